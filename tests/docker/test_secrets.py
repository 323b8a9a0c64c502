"""Passwords are files; one that nobody can have meant stops the start."""

import shutil
import subprocess
from urllib.parse import unquote, urlsplit

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as NotThere

from local import redis as redis_program
from tests.docker.compose import FOLDER
from tests.mails import until
from tests.service import free_port

ADDRESS = "postgres://gatehouse:PASSWORD@postgres:5432/gatehouse"
GOOD = "b1946ac92492d2347c6235b4d2611184"


def start(folder, text, *, name="DATABASE", address=ADDRESS):
    file = folder / "a-password"
    file.write_text(text)
    environ = {f"GATEHOUSE_{name}_URL": address, f"GATEHOUSE_{name}_PASSWORD_FILE": str(file), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        ["sh", FOLDER / "entrypoint.sh", "sh", "-c", f'printf %s "$GATEHOUSE_{name}_URL"'],
        env=environ,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("password", [GOOD, "a:b@c/d?e#f%20 g$(h)`i`", "'\"\\ü日本語 16 characters"])
def test_a_password_arrives_whatever_it_holds(tmp_path, password):
    started = start(tmp_path, f"{password}\n")

    parts = urlsplit(started.stdout)
    assert (started.returncode, started.stderr, parts.scheme, parts.hostname) == (0, "", "postgres", "postgres")
    assert (parts.username, unquote(parts.password or ""), parts.path) == ("gatehouse", password, "/gatehouse")


def test_the_same_password_goes_into_the_address_past_a_pooler(tmp_path):
    file = tmp_path / "a-password"
    file.write_text(GOOD)
    environ = {
        "GATEHOUSE_DATABASE_URL": ADDRESS.replace("postgres:5432", "pooler:6432"),
        "GATEHOUSE_DATABASE_DIRECT_URL": ADDRESS,
        "GATEHOUSE_DATABASE_PASSWORD_FILE": str(file),
        "PATH": "/usr/bin:/bin",
    }
    said = 'printf "%s %s" "$GATEHOUSE_DATABASE_URL" "$GATEHOUSE_DATABASE_DIRECT_URL"'
    command = ["sh", str(FOLDER / "entrypoint.sh"), "sh", "-c", said]
    started = subprocess.run(command, env=environ, capture_output=True, text=True)

    found = [urlsplit(address) for address in started.stdout.split()]
    assert [(one.hostname, unquote(one.password or "")) for one in found] == [("pooler", GOOD), ("postgres", GOOD)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("\n", "is empty"),
        ("change-me", "holds a placeholder"),
        ("please CHANGE_ME before the start", "holds a placeholder"),
        ("password", "holds a placeholder"),
        ("example-password-of-the-docs", "holds a placeholder"),
        ("gatehouse", "holds a placeholder"),
        ("b1946ac92492d23", "holds fewer than 16 characters"),
    ],
)
def test_an_unsafe_password_stops_the_start(tmp_path, text, reason):
    refused = start(tmp_path, text)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith(f"gatehouse: {tmp_path}/a-password {reason}")
    assert refused.stderr.count("\n") == 1


def test_a_providers_password_may_be_short_and_not_a_placeholder(tmp_path):
    smtp = "smtp://me%40here:PASSWORD@smtp.example.org:587"

    assert start(tmp_path, "k3y", name="SMTP", address=smtp).stdout == "smtp://me%40here:%6b%33%79@smtp.example.org:587"
    assert start(tmp_path, "change-me", name="SMTP", address=smtp).returncode == 2


def test_an_address_without_a_place_for_one_needs_none(tmp_path):
    assert start(tmp_path, "", name="SMTP", address="smtp://127.0.0.1:1025").stdout == "smtp://127.0.0.1:1025"


def test_a_file_that_is_missing_is_named(tmp_path):
    environ = {"GATEHOUSE_REDIS_URL": "redis://:PASSWORD@redis:6379/0", "PATH": "/usr/bin:/bin"}
    unnamed = subprocess.run(["sh", FOLDER / "entrypoint.sh", "true"], env=environ, capture_output=True, text=True)
    environ["GATEHOUSE_REDIS_PASSWORD_FILE"] = f"{tmp_path}/none"
    missing = subprocess.run(["sh", FOLDER / "entrypoint.sh", "true"], env=environ, capture_output=True, text=True)

    assert (unnamed.returncode, missing.returncode) == (2, 2)
    assert "GATEHOUSE_REDIS_PASSWORD_FILE is not set" in unnamed.stderr
    assert f"{tmp_path}/none cannot be read" in missing.stderr


def test_passwords_are_made_once_and_the_providers_is_asked_for(tmp_path):
    script = shutil.copy(FOLDER / "make-secrets.sh", tmp_path)
    subprocess.run(["sh", script], check=True, capture_output=True)
    made = {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}

    again = subprocess.run(["sh", script], check=True, capture_output=True, text=True)

    assert again.stdout == ""
    assert {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()} == made
    assert made.keys() == {"postgres-password", "redis-password", "grafana-password", "smtp-password"}
    assert len(set(made.values())) == 4
    # No other user of the machine gets in; a user in a container may read a file that is given to it.
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "secrets").iterdir()} == {0o444, 0o644}
    for name in ("postgres-password", "redis-password"):
        assert start(tmp_path, made[name]).returncode == 0
    assert start(tmp_path, made["smtp-password"], name="SMTP").returncode == 2


@pytest.fixture
def of_containers(tmp_path):
    """The files of Redis' container, with this test's folder in the place of its paths; a function to start it."""
    folder = tmp_path / "redis"
    shutil.copytree(FOLDER / "redis", folder)
    programs = tmp_path / "programs"
    programs.mkdir()
    # Valkey takes the same configuration.
    (programs / "redis-server").symlink_to(redis_program.program())
    places = {"/run/secrets": tmp_path, "/etc/redis": folder, "include /tmp": f"include {tmp_path}"}
    places |= {"> /tmp": f"> {tmp_path}", "dir /data": f"dir {tmp_path}"}
    for file in folder.iterdir():
        text = file.read_text()
        for theirs, ours in places.items():
            text = text.replace(theirs, str(ours))
        file.write_text(text)

    def begin(password, *options):
        (tmp_path / "redis-password").write_text(password)
        return subprocess.Popen(
            ["sh", folder / "start.sh", *options],
            env={"PATH": f"{programs}:/usr/bin:/bin"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin


async def test_redis_has_its_password_keeps_its_file_and_forgets_nothing(of_containers):
    port = free_port()
    with of_containers(GOOD, "--port", str(port), "--bind", "127.0.0.1") as process:
        redis = Redis(host="127.0.0.1", port=port, password=GOOD, decode_responses=True, retry=Retry(NoBackoff(), 0))

        async def answers():
            try:
                return await redis.ping()
            except NotThere:
                return False

        try:
            await until(answers)
            wanted = ("appendonly", "appendfsync", "maxmemory-policy", "maxmemory")
            found = [(await redis.config_get(name))[name] for name in wanted]
            anonymous = Redis(host="127.0.0.1", port=port)
            with pytest.raises(AuthenticationError):
                await anonymous.ping()
            await anonymous.aclose()
        finally:
            await redis.aclose()
            process.terminate()

    assert found == ["yes", "everysec", "noeviction", str(512 * 1024**2)]


@pytest.mark.parametrize(("password", "reason"), [("", "fewer than 16"), ("a b" * 9, "letters and digits only")])
def test_redis_does_not_start_without_a_password(of_containers, password, reason):
    with of_containers(password) as process:
        said = process.communicate(timeout=60)[1]

    assert (process.returncode, reason in said) == (1, True)
