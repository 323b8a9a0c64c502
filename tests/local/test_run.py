"""What `make run` sets up, seen from outside while it serves."""

import re
import socket
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx2
import psutil
import pytest
import redis as redis_client
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.local.conftest import Run


@pytest.fixture(scope="module")
def run(launch: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    started = launch(Path(tmp_path_factory.mktemp("run")) / "my data").until_ready()
    yield started
    if started.make.poll() is None:
        started.stop()


def test_the_address_is_all_it_prints_to_standard_output(run: Run) -> None:
    assert run.output == f"Gatehouse is ready at http://127.0.0.1:{run.port}/graphql\n"
    assert httpx2.get(f"http://127.0.0.1:{run.port}/readyz").status_code == 200


def test_it_says_where_mails_land_and_how_to_end_it(run: Run) -> None:
    said = f"No email leaves this machine: each is a file in {run.data / 'mail'}. Ctrl-C ends everything."

    run.until(lambda: said in run.errors.splitlines())


def test_a_model_that_is_not_public_is_named_before_it_is_ready(run: Run) -> None:
    (said,) = [line for line in run.errors.splitlines() if "Public models" in line]

    assert said.endswith(
        " INFO inference.catalogue: Public models: none. Not public: echo. Only users whose plan names such a model "
        'see it; to open it to all callers add gatehouse.public = "true" to its config.pbtxt (docs/models.md).'
    )


def test_a_mail_is_a_line_with_its_link_also_where_the_file_cannot_be_read(run: Run) -> None:
    query = """mutation { register(input: {email: "yuki@example.com", password: "correct horse battery staple",
      locale: "ja-JP"}) { __typename ... on UserError { message } } }"""
    answer = httpx2.post(f"http://127.0.0.1:{run.port}/graphql", json={"query": query})
    assert answer.json() == {"data": {"register": {"__typename": "MailAccepted"}}}

    run.until(lambda: "Email to " in run.errors)

    (line,) = [line for line in run.errors.splitlines() if line.startswith("Email to ")]
    address = f"Email to yuki@example.com: http://127.0.0.1:{run.port}/verify-email#code="
    assert re.fullmatch(re.escape(address) + r"[A-Z2-7]([A-Z2-7-]{20,})[A-Z2-7]", line), line
    # The file breaks the link over lines, or hides it; no log of a server holds the code.
    code = line.removeprefix(address)
    (file,) = (run.data / "mail").glob("*.eml")
    assert f"#code={code}" not in file.read_text()
    logs = [file.read_text(errors="replace") for file in run.data.rglob("log*") if file.is_file()]
    assert len(logs) == 4
    assert not [log for log in logs if code in log]
    others = [one for one in run.errors.splitlines() if one != line]
    assert not [one for one in others if code in one or "yuki" in one]


def test_a_healthy_start_logs_no_warning(run: Run) -> None:
    run.until(lambda: "Triton answers." in run.errors)

    assert [line for line in run.errors.splitlines() if "WARNING" in line] == []
    assert {f"{name} answers." for name in ("Postgres", "Redis", "Triton")} <= set(
        re.findall(r"INFO .*?(\w+ answers\.)", run.errors)
    )


def test_the_env_file_holds_every_setting_in_lines_that_a_shell_can_source(run: Run) -> None:
    env = run.env()

    assert sorted(env) == [
        "GATEHOUSE_CAUGHT_MAILS",
        "GATEHOUSE_DATABASE_URL",
        "GATEHOUSE_FRONTEND_URL",
        "GATEHOUSE_ISSUER",
        "GATEHOUSE_MAILS_PER_NETWORK",
        "GATEHOUSE_MAIL_FROM",
        "GATEHOUSE_OBJECTS",
        "GATEHOUSE_REDIS_URL",
        "GATEHOUSE_SIGNING_KEYS_FILE",
        "GATEHOUSE_SMTP_URL",
        "GATEHOUSE_STANDSTILL_SECONDS",
        "GATEHOUSE_TRITON_HTTP_URL",
        "GATEHOUSE_TRITON_URL",
    ]
    assert env["GATEHOUSE_FRONTEND_URL"] == f"http://127.0.0.1:{run.port}"
    # Not the address: with another PORT, or the next time, credentials go on working.
    assert env["GATEHOUSE_ISSUER"] == "http://127.0.0.1:8000"
    assert env["GATEHOUSE_SIGNING_KEYS_FILE"] == str(run.data / "signing-keys.json")
    assert env["GATEHOUSE_OBJECTS"] == str(run.data / "objects")
    assert env["GATEHOUSE_MAIL_FROM"] == "Gatehouse <gatehouse@localhost>"
    sourced = subprocess.check_output(["sh", "-c", 'set -a; . "$1"; env -0', "-", run.data / "env"], text=True)
    assert {line for line in sourced.split("\0") if line.startswith("GATEHOUSE_")} >= {
        f"{name}={value}" for name, value in env.items()
    }


async def test_postgres_is_version_18_in_utf_8_and_utc_and_the_role_an_ordinary_one(run: Run) -> None:
    connection = await asyncpg.connect(run.env()["GATEHOUSE_DATABASE_URL"])
    facts = await connection.fetchrow(
        """SELECT current_setting('server_version_num')::int / 10000 AS version, current_user AS role,
        current_database() AS database, current_setting('server_encoding') AS encoding,
        current_setting('timezone') AS zone, current_setting('fsync') AS fsync,
        datcollate AS collation, rolsuper AS super
        FROM pg_database, pg_roles WHERE datname = current_database() AND rolname = current_user"""
    )
    await connection.close()

    assert facts is not None
    assert dict(facts) == {
        "version": 18,
        "role": "gatehouse",
        "database": "gatehouse",
        "encoding": "UTF8",
        "zone": "UTC",
        "fsync": "on",
        "collation": "C.UTF-8",
        "super": False,
    }


def test_redis_keeps_what_it_acknowledged(run: Run) -> None:
    with redis_client.Redis.from_url(run.env()["GATEHOUSE_REDIS_URL"], decode_responses=True) as client:
        settings = {
            name: client.config_get(name)[name] for name in ("appendonly", "appendfsync", "maxmemory-policy", "bind")
        }

    assert settings == {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "bind": "127.0.0.1",
    }


@pytest.mark.parametrize("user", ["gatehouse", "postgres"])
async def test_postgres_refuses_connections_without_the_password(run: Run, user: str) -> None:
    port = urlsplit(run.env()["GATEHOUSE_DATABASE_URL"]).port

    for password in (None, "", "gatehouse"):
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
            await asyncpg.connect(host="127.0.0.1", port=port, user=user, password=password, database="gatehouse")


def test_redis_refuses_connections_without_the_password(run: Run) -> None:
    port = urlsplit(run.env()["GATEHOUSE_REDIS_URL"]).port

    with (
        redis_client.Redis(port=port or 0, retry=Retry(NoBackoff(), 0)) as client,
        pytest.raises(redis_client.AuthenticationError),
    ):
        client.ping()


def test_only_four_ports_are_open_and_only_on_the_loopback(run: Run) -> None:
    env = run.env()
    listening = {
        (connection.laddr.ip, connection.laddr.port)
        for process in run.processes()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }

    assert listening == {
        ("127.0.0.1", run.port),
        ("127.0.0.1", urlsplit(env["GATEHOUSE_DATABASE_URL"]).port),
        ("127.0.0.1", urlsplit(env["GATEHOUSE_REDIS_URL"]).port),
        ("127.0.0.1", urlsplit(env["GATEHOUSE_SMTP_URL"]).port),
    }


def test_other_users_can_open_neither_the_data_nor_tritons_sockets(run: Run) -> None:
    for name in ("GATEHOUSE_TRITON_URL", "GATEHOUSE_TRITON_HTTP_URL"):
        socket_file = Path(run.env()[name].removeprefix("unix:"))
        assert stat.S_ISSOCK(socket_file.stat().st_mode)
        assert stat.S_IMODE(socket_file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((run.data / "env").stat().st_mode) == 0o600
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in [run.data, *run.data.rglob("*")]} == {0}


def test_no_command_line_holds_a_password(run: Run) -> None:
    env = run.env()
    servers_with_one = ("GATEHOUSE_DATABASE_URL", "GATEHOUSE_REDIS_URL", "GATEHOUSE_SMTP_URL")
    passwords = [urlsplit(env[name]).password or "" for name in servers_with_one]

    lines = [" ".join(process.cmdline()) for process in run.processes()]

    assert [len(password) > 10 for password in passwords] == [True] * 3
    assert len(lines) > 5
    assert [line for line in lines for password in passwords if password in line] == []


def test_a_second_run_on_the_same_data_is_refused(run: Run, launch: Callable[..., Run]) -> None:
    second = launch(run.data, record="second", PORT="8999")

    assert second.refusal == (
        f"DATA_DIR {run.data} is in use by another run: stop that one, or choose another with DATA_DIR=path."
    )
    assert httpx2.get(f"http://127.0.0.1:{run.port}/readyz").status_code == 200


def test_a_taken_port_is_refused(run: Run, launch: Callable[..., Run], tmp_path: Path) -> None:
    second = launch(tmp_path / "data", PORT=str(run.port))

    assert (
        second.refusal == f"Port {run.port} is taken: choose another with PORT=number, or end the program that has it."
    )
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_port_that_is_taken_on_every_address_is_refused(launch: Callable[..., Run], tmp_path: Path) -> None:
    with socket.socket() as everywhere:
        everywhere.bind(("0.0.0.0", 0))  # noqa: S104 - it is to be in the way
        everywhere.listen()
        port = everywhere.getsockname()[1]

        assert (
            launch(tmp_path / "data", PORT=str(port)).refusal
            == f"Port {port} is taken: choose another with PORT=number, or end the program that has it."
        )


def test_it_ends_and_leaves_nothing_but_its_data(run: Run) -> None:
    run.stop()

    assert run.left() == []
    assert run.errors.splitlines()[-1].startswith("Gatehouse has stopped, and everything that it started.")
    assert sorted(path.name for path in run.data.iterdir()) == [
        "launcher.lock",
        "mail",
        "mail-catcher",
        "objects",
        "postgres",
        "redis",
        "servers.lock",
        "signing-keys.json",
        "triton",
    ]
