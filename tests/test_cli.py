"""What stops a command is said in one sentence."""

import re
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import ExitStack

import pytest

from email_templates.templates import Template
from tests import forked
from tests.environ import environ
from tests.service import gatehouse

# Nothing in them answers; the keys alone are real, put in by a fixture.
SETTINGS = environ(
    DATABASE_URL="postgres://gatehouse:pass-word@127.0.0.1:1/gatehouse",
    REDIS_URL="redis://:pass-word@127.0.0.1:1/0",
    TRITON_URL="127.0.0.1:1",
    SMTP_URL="smtp://gatehouse:pass-word@127.0.0.1:1",
    FRONTEND_URL="https://front.example.org",
    MAIL_FROM="Gatehouse <noreply@example.org>",
) | {"PYTHONWARNINGS": "error"}


@pytest.fixture(autouse=True)
def _keys(signing_keys_file, monkeypatch):
    monkeypatch.setitem(SETTINGS, "GATEHOUSE_SIGNING_KEYS_FILE", str(signing_keys_file))


def run(*arguments: str, settings: Mapping[str, str] = SETTINGS) -> subprocess.CompletedProcess[str]:
    return forked.run(*arguments, environ=settings)


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
@pytest.mark.parametrize(
    "name",
    ["DATABASE_URL", "REDIS_URL", "TRITON_URL", "SMTP_URL", "SIGNING_KEYS_FILE", "FRONTEND_URL", "MAIL_FROM"],
)
def test_a_setting_that_is_missing_is_named(command, name):
    settings = {key: value for key, value in SETTINGS.items() if key != f"GATEHOUSE_{name}"}

    ended = run(command, settings=settings)

    assert ended.returncode == 2
    assert ended.stderr == f"gatehouse: GATEHOUSE_{name} is not set; docs/settings.md says what it holds.\n"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("INFERENCE_PLACES", "many", "GATEHOUSE_INFERENCE_PLACES must be a whole number."),
        ("INFERENCE_PLACES", "0", "GATEHOUSE_INFERENCE_PLACES must be 1 or more."),
        ("FREE_WEIGHT", "101", "GATEHOUSE_FREE_WEIGHT must be 100 or less."),
        ("GRAPHIQL", "perhaps", "GATEHOUSE_GRAPHIQL must be true or false."),
        (
            "TRITON_URL",
            "http://127.0.0.1:8000",
            "GATEHOUSE_TRITON_URL must be HOST:PORT, grpc://HOST:PORT, grpcs://HOST:PORT (TLS) or unix:PATH, the "
            "address of Triton's gRPC service, not 'http://127.0.0.1:8000'.",
        ),
        (
            "DATABASE_URL",
            "mysql://here/gatehouse",
            "GATEHOUSE_DATABASE_URL must be an address like postgres://user:password@host:5432/name.",
        ),
        (
            "REDIS_URL",
            "127.0.0.1:6379",
            "GATEHOUSE_REDIS_URL must be redis://[USER:PASSWORD@]HOST:PORT/NUMBER, or rediss:// with TLS. For a "
            "cluster it is redis+cluster://[USER:PASSWORD@]HOST:PORT,HOST:PORT or rediss+cluster://.",
        ),
    ],
)
def test_a_setting_that_is_wrong_stops_the_start(name, value, said):
    ended = run("serve", "--port", "0", settings=SETTINGS | {f"GATEHOUSE_{name}": value})

    assert ended.returncode == 2
    assert ended.stderr == f"gatehouse: {said}\n"


def test_a_database_that_does_not_answer_is_said_without_its_password():
    ended = run("migrate")

    assert ended.returncode == 1
    assert ended.stderr.startswith("gatehouse: The database at GATEHOUSE_DATABASE_URL could not be migrated: ")
    assert ended.stderr.count("\n") == 1
    assert "pass-word" not in ended.stderr


def test_a_repository_that_is_not_there_is_named(tmp_path):
    ended = run("schema", "--models", str(tmp_path / "none"), settings={})

    assert ended.returncode == 1
    assert (
        ended.stderr
        == f"gatehouse: There is no folder {tmp_path / 'none'}: --models names a Triton model repository.\n"
    )


def test_an_unreadable_declaration_is_reported(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "config.pbtxt").write_text(
        'parameters: { key: "gatehouse.cost" value: { string_value: "free" } }'
    )

    ended = run("schema", "--models", str(tmp_path), settings={})

    assert ended.returncode == 1
    assert ended.stderr == (
        "gatehouse: Model 'm': gatehouse.cost must be a whole number from 1 to 1048576, not 'free'.\n"
    )


def test_keys_that_are_not_there_stop_the_start(tmp_path):
    ended = run("serve", "--port", "0", settings=SETTINGS | {"GATEHOUSE_SIGNING_KEYS_FILE": str(tmp_path / "none")})

    assert ended.returncode == 2
    assert ended.stderr == (
        f"gatehouse: GATEHOUSE_SIGNING_KEYS_FILE, {tmp_path / 'none'}: it cannot be read (No such file or directory); "
        "`gatehouse keys new FILE` makes one.\n"
    )


def test_mails_are_previewed_without_any_setting(tmp_path):
    folder = tmp_path / "new" / "mails"

    ended = run("mail", "preview", str(folder), settings={"PYTHONWARNINGS": "error"})

    assert (ended.returncode, ended.stderr) == (0, "")
    number = 3 * len(Template)
    assert ended.stdout == f"{number} emails are in {folder}; open {folder / 'index.html'} to look at them.\n"
    assert sorted(path.name for path in folder.iterdir()) == ["en", "index.html", "ja", "zh-Hant"]


def test_mails_of_one_language_are_previewed_alone(tmp_path):
    ended = run("mail", "preview", str(tmp_path), "--language", "ja", settings={})

    number = len(Template)
    assert ended.stdout == f"{number} emails are in {tmp_path}; open {tmp_path / 'index.html'} to look at them.\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "ja"]


def test_a_language_without_mails_is_said(tmp_path):
    ended = run("mail", "preview", str(tmp_path), "--language", "../en", settings={})

    assert ended.returncode == 1
    assert ended.stderr == "gatehouse: There are no emails in '../en'; --language takes one of en, ja, zh-Hant.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_preview_does_not_replace_a_file(tmp_path):
    file = tmp_path / "mails"
    file.write_text("precious")

    ended = run("mail", "preview", str(file), settings={})

    assert ended.returncode == 1
    assert ended.stderr == f"gatehouse: {file} is a file; the emails go into a folder.\n"
    assert file.read_text() == "precious"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "DATABASE_URL",
            "mysql://here/gatehouse",
            "GATEHOUSE_DATABASE_URL must be an address like postgres://user:password@host:5432/name.",
        ),
        (
            "REDIS_URL",
            "127.0.0.1:6379",
            "GATEHOUSE_REDIS_URL must be redis://[USER:PASSWORD@]HOST:PORT/NUMBER, or rediss:// with TLS. For a "
            "cluster it is redis+cluster://[USER:PASSWORD@]HOST:PORT,HOST:PORT or rediss+cluster://.",
        ),
    ],
)
def test_a_setting_that_is_wrong_stops_a_worker_too(name, value, said):
    ended = run("worker", settings=SETTINGS | {f"GATEHOUSE_{name}": value})

    assert ended.returncode == 2
    assert ended.stderr == f"gatehouse: {said}\n"


def test_a_port_that_is_taken_is_said():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("serve", "--port", str(port))

    assert ended.returncode == 1
    assert ended.stderr == f"gatehouse: Cannot listen at 127.0.0.1, port {port}: [Errno 98] Address already in use.\n"


def test_a_port_that_is_none_is_said():
    ended = run("serve", "--port", "70000")

    assert ended.returncode == 1
    assert ended.stderr == "gatehouse: Cannot listen at 127.0.0.1, port 70000: bind(): port must be 0-65535.\n"


def test_a_host_that_is_none_is_said():
    ended = run("serve", "--host", "..")

    assert ended.returncode == 1
    assert re.fullmatch(r"gatehouse: Cannot listen at \.\., port 8000: [^\n]+\.\n", ended.stderr)


@pytest.mark.parametrize("seconds", [0.3, 1, 2])
def test_a_signal_ends_the_start_too(seconds):
    with ExitStack() as stack:
        processes = [
            stack.enter_context(subprocess.Popen(gatehouse(*command), env=SETTINGS, stderr=subprocess.PIPE))
            for command in (("serve", "--port", "0"), ("worker",))
        ]
        time.sleep(seconds)
        for process in processes:
            process.send_signal(signal.SIGTERM)

        assert {process.wait(60) for process in processes} <= {0, -signal.SIGTERM}


def test_help_names_every_command():
    ended = subprocess.run(gatehouse("--help"), capture_output=True, text=True, env={}, timeout=60)

    assert ended.returncode == 0
    commands = "serve worker migrate doctor keys credentials admin users plans schema mail".split()
    assert all(re.search(rf"^    {command}\s", ended.stdout, re.MULTILINE) for command in commands)


def test_an_administrator_is_not_claimed_without_postgres():
    ended = run("admin", "appoint", "ada@example.org")

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.splitlines()[-1] == (
        "gatehouse: Postgres does not answer, so the change may or may not have happened. Try again."
    )
    assert "pass-word" not in ended.stderr


@pytest.mark.parametrize("command", ["list", "send-again"])
def test_an_outbox_that_cannot_be_read_is_said(command):
    ended = run("mail", command)

    assert ended.returncode == 1
    assert ended.stderr.startswith("gatehouse: The database at GATEHOUSE_DATABASE_URL does not answer: ")
    assert "pass-word" not in ended.stderr


@pytest.mark.parametrize("text", ["", "gth_a.b.c", "7c9e6679-7425-40de-944b-e07fc1f90ae7"])
def test_what_is_no_credential_of_ours_is_not_revoked(text):
    ended = forked.run("credentials", "revoke", environ=SETTINGS, given=text)

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == ("gatehouse: This is not an API token or a session of this service, or it has expired.\n")


@pytest.mark.parametrize(
    "command", ["serve --port=0", "worker", "migrate", "migrate --check", "mail list", "keys list"]
)
@pytest.mark.parametrize("url", ["postgres://u:se/cret@h/db", "postgres://u:se#cret@h/db"])
def test_a_password_that_is_not_encoded_is_said_without_a_piece_of_it(command, url):
    ended = run(*command.split(), settings=SETTINGS | {"GATEHOUSE_DATABASE_URL": url})

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "gatehouse: GATEHOUSE_DATABASE_URL must be an address like postgres://user:password@host:5432/name, with "
        "special characters of user and password percent-encoded.\n"
    )


def test_without_a_command_it_lists_them():
    ended = run()

    assert (ended.returncode, ended.stdout) == (2, "")
    for name in "serve worker migrate doctor keys credentials admin users plans schema mail".split():
        assert re.search(rf"^    {name}\b", ended.stderr, re.MULTILINE), ended.stderr


def test_the_end_after_a_failure_of_the_object_store_is_not_an_abort():
    bucket = environ(OBJECTS="s3://objects", OBJECTS_ENDPOINT="http://127.0.0.1:1")

    # It was one now and then: beside load 8 of 20 times.
    for _ in range(4):
        ended = subprocess.run(gatehouse("doctor"), capture_output=True, text=True, env=SETTINGS | bucket, timeout=60)

        assert "\nFAIL objects: the object store fails: " in ended.stdout
        assert ended.returncode == 1
