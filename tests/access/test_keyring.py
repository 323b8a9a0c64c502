"""The file of keys while it changes, and what a process makes of it."""

import fcntl
import logging
import os
import resource
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import orjson
import pytest

import errors
from access import key_changes, signing_keys
from access.credentials import Credential, Kind, Signer
from access.keyring import Keyring
from settings import SettingsError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = int(NOW.timestamp())
ADA = Credential(Kind.SESSION, UUID(int=1), UUID(int=2), frozenset(), NOW + timedelta(days=1))


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "keys.json"
    signing_keys.create(file)
    return file


@pytest.fixture
def process(file):
    """The signer of one more process, and whom it knows to be retired; its clock shows NOW and some minutes."""

    def make(*, retired=frozenset(), minutes=0):
        clock = NOW + timedelta(minutes=minutes)
        return Signer(Keyring(file, retired).keys, issuer="i", audience="a", clock=lambda: clock)

    return make


def first(file):
    return signing_keys.read(file).signing[0].kid


def signed_by(signer, text):
    return signer.verify(text).signed_by


def test_a_new_key_verifies_at_once_and_signs_when_its_time_has_come(file, process):
    before, later, old = process(), process(minutes=5), first(file)
    sessions = [signer.sign(ADA, NOW) for signer in (before, later)]

    new = key_changes.add(file, secret=False, begins_at=SECOND + 300)

    after = process()
    sessions += [signer.sign(ADA, NOW) for signer in (before, later, after)]
    for signer in (before, later, after):
        assert [signed_by(signer, text) for text in sessions] == [old, old, old, new, old]
        assert [key["kid"] for key in signer.jwks()["keys"]] == [old, new]


def test_a_new_secret_key_leaves_what_signs(file, process):
    signer, old = process(), first(file)

    key_changes.add(file, secret=True, begins_at=SECOND)

    assert signed_by(signer, signer.sign(ADA, NOW)) == old
    assert len(signing_keys.read(file).secret) == 2


def test_what_a_key_has_signed_is_refused_when_it_has_left_the_file_though_it_was_verified_before(file, process):
    signer, old = process(minutes=5), first(file)
    text = signer.sign(ADA, NOW)
    assert signer.verify(text) == ADA
    key_changes.add(file, secret=False, begins_at=SECOND)

    key_changes.remove(file, old)

    with pytest.raises(errors.Unauthenticated):
        signer.verify(text)
    assert signer.verify(signer.sign(ADA, NOW)) == ADA


def test_what_a_retired_key_has_signed_is_refused_though_it_was_verified_before(file, process):
    retired: set[str] = set()
    old = first(file)
    signer = process(retired=retired)
    text = signer.sign(ADA, NOW)
    assert signer.verify(text) == ADA
    new = key_changes.add(file, secret=False, begins_at=SECOND + 300)

    retired.add(old)

    with pytest.raises(errors.Unauthenticated):
        signer.verify(text)
    # Nothing is signed by a key that is known to be retired, even where no other has started.
    assert signed_by(signer, signer.sign(ADA, NOW)) == new
    assert [key["kid"] for key in signer.jwks()["keys"]] == [new]


def test_where_every_key_is_retired_no_credential_is_issued(file, process, caplog):
    signer = process(retired={first(file)})

    with pytest.raises(errors.ServiceUnavailable):
        signer.sign(ADA, NOW)

    assert caplog.messages == ["Every key that signs credentials is retired. Add one with `gatehouse keys new FILE`."]
    assert signer.jwks() == {"keys": []}


@pytest.mark.parametrize("trouble", ["gone", "half", "open", "folder"])
def test_an_unusable_file_is_logged_once_and_the_keys_stay(file, caplog, trouble):
    keyring = Keyring(file)
    keys, content = keyring.keys(), file.read_bytes()
    match trouble:
        case "gone":
            file.unlink()
        case "half":
            file.write_bytes(content[:100])
        case "open":
            file.chmod(0o644)
        case "folder":
            file.unlink()
            file.mkdir()

    assert [keyring.keys() for _ in range(3)] == [keys] * 3

    (told,) = caplog.messages
    assert told.startswith(f"GATEHOUSE_SIGNING_KEYS_FILE, {file}: ")
    assert told.endswith(" The keys stay as they were.")


def test_a_file_that_was_mended_is_used(file, caplog):
    keyring = Keyring(file)
    content = file.read_bytes()
    file.write_bytes(content[:100])
    keyring.keys()

    file.write_bytes(content)
    new = key_changes.add(file, secret=False, begins_at=0)

    assert [key.kid for key in keyring.keys().signing][1:] == [new]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_a_file_for_which_there_was_no_descriptor_is_read_later_though_it_has_not_changed_since(file, caplog):
    keyring = Keyring(file)
    keys, new = keyring.keys(), key_changes.add(file, secret=False, begins_at=0)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        meanwhile = [keyring.keys() for _ in range(3)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    later = keyring.keys()

    assert meanwhile == [keys] * 3
    assert [key.kid for key in later.signing][1:] == [new]
    (told,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert told.startswith(f"GATEHOUSE_SIGNING_KEYS_FILE, {file}: it cannot be read (Too many open files); ")


def test_a_file_that_is_put_into_a_mounted_folder_is_seen(tmp_path):
    """As Kubernetes does it: a link to a link, of which one is replaced."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        signing_keys.create(tmp_path / name / "keys.json")
    (tmp_path / "data").symlink_to("one")
    (tmp_path / "keys.json").symlink_to("data/keys.json")
    keyring = Keyring(tmp_path / "keys.json")
    assert keyring.keys().signing[0].kid == first(tmp_path / "one" / "keys.json")

    (tmp_path / "next").symlink_to("two")
    (tmp_path / "next").rename(tmp_path / "data")

    assert keyring.keys().signing[0].kid == first(tmp_path / "two" / "keys.json")


def test_of_many_who_add_a_key_at_once_none_is_lost(file):
    def add(number):
        return key_changes.add(file, secret=number % 2 == 0, begins_at=0)

    with ThreadPoolExecutor(8) as threads:
        added = set(threads.map(add, range(16)))

    keys = signing_keys.read(file)
    assert added < {key.kid for key in keys.signing} | {key.kid for key in keys.secret}
    assert (len(keys.signing), len(keys.secret)) == (9, 9)
    assert os.listdir(file.parent) == ["keys.json"]


def test_what_was_left_by_somebody_who_was_killed_is_removed(file):
    left = signing_keys.write_draft(file, {"keys": [signing_keys.new_signing_key()]})
    others = [file.with_name(name) for name in (".keys.json.swp", ".other.json.0123456789abcdef")]
    for other in others:
        other.write_text("precious")

    key_changes.add(file, secret=False, begins_at=0)

    assert not left.exists()
    assert sorted(file.parent.iterdir()) == sorted([file, *others])


def test_a_file_that_somebody_else_goes_on_changing_is_left_alone(file, monkeypatch):
    monkeypatch.setattr(signing_keys, "ALONE_WITHIN", timedelta(0))
    before, folder = file.read_bytes(), os.open(file.parent, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        with pytest.raises(TimeoutError, match="another command is changing it"):
            key_changes.add(file, secret=False, begins_at=0)
        with pytest.raises(TimeoutError, match="another command is changing it"):
            signing_keys.create(file.with_name("new.json"))
    finally:
        os.close(folder)

    assert (file.read_bytes(), os.listdir(file.parent)) == (before, ["keys.json"])


@pytest.mark.parametrize("mode", [0o600, 0o440])
def test_mode_and_whatever_else_the_file_says_of_keys_are_kept(file, mode):
    content = orjson.loads(file.read_bytes())
    content["keys"][0]["note"] = "of ada"
    file.write_bytes(orjson.dumps(content))
    file.chmod(mode)

    new = key_changes.add(file, secret=False, begins_at=7)
    key_changes.remove(file, new)

    assert orjson.loads(file.read_bytes()) == content
    assert stat.S_IMODE(file.stat().st_mode) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_is_kept(file):
    os.chown(file, 65534, 65534)

    key_changes.add(file, secret=False, begins_at=0)

    assert (file.stat().st_uid, file.stat().st_gid) == (65534, 65534)


def test_a_link_goes_on_leading_to_the_file(file):
    link = file.with_name("link.json")
    link.symlink_to("keys.json")

    key_changes.add(link, secret=False, begins_at=0)

    assert link.readlink() == Path("keys.json")
    assert len(signing_keys.read(file).signing) == 2


def test_what_is_no_file_of_keys_stays_as_it_is(file):
    file.write_text("precious")

    with pytest.raises(SettingsError, match="it must be a JSON Web Key Set with at least one key"):
        key_changes.add(file, secret=False, begins_at=0)

    assert file.read_text() == "precious"
    assert os.listdir(file.parent) == ["keys.json"]


def test_a_file_does_not_grow_beyond_what_can_be_read(file, monkeypatch):
    before = file.read_bytes()
    monkeypatch.setattr(signing_keys, "LARGEST", len(before) + 10)

    with pytest.raises(SettingsError, match="would have too many keys"):
        key_changes.add(file, secret=False, begins_at=0)

    assert file.read_bytes() == before
    assert os.listdir(file.parent) == ["keys.json"]


def test_a_key_that_is_not_there_is_no_change(file):
    before = file.stat()

    key_changes.remove(file, "another")

    assert file.stat().st_ino == before.st_ino
