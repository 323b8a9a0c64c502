"""`gatehouse keys`, as an operator types it."""

import asyncio
import re
import stat
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

import cli
from access import key_changes, key_retirement, signing_keys
from access.keyring import Keyring
from store import epoch
from tests.environ import environ
from tests.keys import file as file
from tests.keys import keys, kids


def test_new_keys_are_closed_to_others_and_can_be_read(tmp_path):
    file = tmp_path / "keys.json"

    ended = keys("new", file)

    assert (ended.returncode, ended.stderr) == (0, "")
    ((kid,), (_,)) = kids(file)
    assert ended.stdout == f"{file} has the new key {kid}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_new_keys_remove_what_was_left_of_some_that_were_never_finished(tmp_path):
    file = tmp_path / "keys.json"
    signing_keys.write_draft(file, {"keys": [signing_keys.new_signing_key()]})

    ended = keys("new", file)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == [file]


def test_a_key_that_is_added_signs_after_five_minutes(file):
    ((old,), (secret,)) = kids(file)
    before = datetime.now(UTC).replace(microsecond=0)

    ended = keys("new", file)

    assert (ended.returncode, ended.stderr) == (0, "")
    ((first, new), (same,)) = kids(file)
    assert (first, same) == (old, secret)
    begins_at = datetime.fromtimestamp(signing_keys.read(file).begins_at[new], UTC)
    assert timedelta(minutes=5) <= begins_at - before < timedelta(minutes=6)
    assert ended.stdout == (f"{file} has the new key {new}, which signs from {begins_at:%Y-%m-%d %H:%M:%S} UTC on\n")


def test_a_secret_key_is_added_at_once_where_that_is_wanted(file):
    ((signing,), (old,)) = kids(file)

    ended = keys("new", file, "--secret", "--signs-after", "0")

    ((same,), (first, new)) = kids(file)
    assert (same, first) == (signing, old)
    assert ended.stdout == f"{file} has the new key {new}, which encrypts\n"
    assert Keyring(file).keys().encrypting_at(datetime.now(UTC)).kid == new


@pytest.mark.parametrize("delay", ["-1", "31536001", "soon", "1.5", ""])
def test_a_delay_that_is_none_is_said(file, delay):
    before = file.read_bytes()

    ended = keys("new", file, f"--signs-after={delay}")

    assert ended.returncode == 2
    assert ended.stderr.endswith(
        "error: argument --signs-after: it must be a whole number of seconds, at most one year\n"
    )
    assert file.read_bytes() == before


def test_what_is_no_file_of_keys_stays_as_it_is(tmp_path):
    file = tmp_path / "keys.json"
    file.write_text("precious")
    file.chmod(0o600)

    ended = keys("new", file)

    assert ended.returncode == 2
    assert ended.stderr == (
        f"gatehouse: GATEHOUSE_SIGNING_KEYS_FILE, {file}: it must be a JSON Web Key Set with at least one key.\n"
    )
    assert file.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [file]


def test_keys_that_cannot_be_written_are_said(tmp_path):
    file = tmp_path / "none" / "keys.json"

    ended = keys("new", file)

    assert ended.returncode == 1
    assert ended.stderr == f"gatehouse: {file} cannot be written: No such file or directory.\n"


@pytest.fixture
def away(file):
    """The settings of an installation whose Postgres does not answer."""
    return environ(DATABASE_URL="postgres://gatehouse:pass-word@127.0.0.1:1/gatehouse", SIGNING_KEYS_FILE=str(file))


def test_without_postgres_what_the_file_tells_is_listed(file, away):
    ((signing,), (secret,)) = kids(file)

    ended = keys("list", settings=away)

    assert ended.returncode == 1
    assert ended.stdout.splitlines() == [
        f"{'KEY':43}  KIND     USE",
        f"{signing}  signing  signs",
        f"{secret}  secret   encrypts",
    ]
    assert re.fullmatch("gatehouse: Postgres cannot be asked which keys were retired: .+\\.\n", ended.stderr)
    assert "pass-word" not in ended.stderr


def test_without_postgres_nothing_is_retired(file, away):
    key_changes.add(file, secret=False, begins_at=0)
    before, kid = file.read_bytes(), kids(file)[0][0]

    ended = keys("retire", kid, settings=away)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"gatehouse: {kid} may still be accepted. Postgres does not answer: ")
    assert ended.stderr.count("\n") == 1
    assert file.read_bytes() == before


def test_a_database_without_tables_is_reported_in_a_sentence_too(file, database_url):
    key_changes.add(file, secret=False, begins_at=0)
    kid, settings = kids(file)[0][0], environ(DATABASE_URL=database_url, SIGNING_KEYS_FILE=str(file))

    listed, retired = keys("list", settings=settings), keys("retire", kid, settings=settings)

    assert (listed.returncode, retired.returncode) == (1, 1)
    assert re.fullmatch("gatehouse: Postgres cannot be asked .+ does not exist\\.\n", listed.stderr)
    assert re.fullmatch(f"gatehouse: {kid} may still be accepted. .+ does not exist. Try again\\.\n", retired.stderr)


async def test_the_list_tells_of_each_key_what_it_does(file, migrated_url):
    ((old,), (secret,)) = kids(file)
    used = key_changes.add(file, secret=False, begins_at=1)
    coming = key_changes.add(file, secret=False, begins_at=2**32)
    stopped = key_changes.add(file, secret=False, begins_at=2)
    later = key_changes.add(file, secret=True, begins_at=2**32)
    database = await asyncpg.connect(migrated_url)
    for kid in (stopped, "long-gone"):
        await database.execute("INSERT INTO retired_keys VALUES ($1, '2026-11-23T12:00:00Z')", kid)
    await database.close()
    # Not the file of the settings: one that is to be looked at before it is put in its place.
    settings = environ(DATABASE_URL=migrated_url, SIGNING_KEYS_FILE="/nowhere")

    ended = keys("list", file, settings=settings)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert [line.split(maxsplit=2) for line in ended.stdout.splitlines()] == [
        ["KEY", "KIND", "USE"],
        [old, "signing", "verifies"],
        [used, "signing", "signs"],
        [coming, "signing", "signs from 2106-02-07 06:28:16 UTC on"],
        [stopped, "signing", "retired 2026-11-23 12:00:00 UTC"],
        [secret, "secret", "encrypts"],
        [later, "secret", "encrypts from 2106-02-07 06:28:16 UTC on"],
        ["long-gone", "-", "retired 2026-11-23 12:00:00 UTC"],
    ]


async def test_what_cannot_be_encrypted_again_yet_is_reported(file, migrated_url, monkeypatch, capsys):
    _, (kid,) = kids(file)
    new = key_changes.add(file, secret=True, begins_at=1)
    for name, value in environ(DATABASE_URL=migrated_url, SIGNING_KEYS_FILE=str(file)).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(epoch, "KNOWN_EVERYWHERE_AFTER", timedelta(0))
    monkeypatch.setattr(key_retirement, "OTHERS_WITHIN", timedelta(seconds=0.1))
    database = await asyncpg.connect(migrated_url)
    async with database.transaction():
        await database.execute("SELECT pg_current_xact_id()")

        status = await asyncio.to_thread(cli.main, ["keys", "retire", kid])

    await database.close()
    assert (status, kids(file)[1]) == (1, [kid, new])
    assert tuple(capsys.readouterr()) == (
        "",
        f"gatehouse: {kid} is retired: no process uses it. What it had encrypted is not encrypted again yet, because a "
        "transaction in Postgres has been open for 0 s. Run the command again when that has ended.\n",
    )
