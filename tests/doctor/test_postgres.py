from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from db import migrate
from doctor import postgres
from tests import pgbouncer
from tests.doctor.conftest import said

# The tests' Postgres is a throw-away one.
FSYNC = "FAIL Postgres fsync: is off: acknowledged changes may be lost, revocations too. Turn it on."
ROOM = "ok   Postgres connections: 100 less 3 reserved, at 12 a process: room for 8 processes of API and worker."
CLOCK = "ok   Postgres clock: agrees with this machine's within N s."
NEAR = "ok   Postgres TLS: it is off, and the server is on this machine or in a private network."


async def test_a_postgres_that_is_well_but_for_its_disk(new_settings):
    assert await said(postgres.examine, new_settings()) == [
        "ok   Postgres: answers, version 18.",
        FSYNC,
        ROOM,
        CLOCK,
        NEAR,
        "ok   migrations: up to date.",
    ]


@pgbouncer.needed
@pytest.mark.parametrize(
    ("mode", "line"),
    [
        ("session", "ok   Postgres pooler: there is one, such as PgBouncer, in session mode."),
        (
            "transaction",
            "warn Postgres pooler: there is one, such as PgBouncer, in transaction mode: `gatehouse migrate` and the "
            "worker do not work through it. Set GATEHOUSE_DATABASE_DIRECT_URL to the address of Postgres itself.",
        ),
    ],
)
async def test_a_pooler_is_named_with_its_mode(new_settings, migrated_url, tmp_path, mode, line):
    with pgbouncer.before(migrated_url, tmp_path, mode=mode) as url:
        lines = await said(postgres.examine, new_settings(DATABASE_URL=url))

    assert lines[0] == line


@pgbouncer.needed
async def test_a_way_around_a_pooler_is_looked_at(new_settings, migrated_url, tmp_path):
    with pgbouncer.before(migrated_url, tmp_path, mode="transaction") as url:
        around = await said(postgres.examine, new_settings(DATABASE_URL=url, DATABASE_DIRECT_URL=migrated_url))
        swapped = await said(postgres.examine, new_settings(DATABASE_URL=migrated_url, DATABASE_DIRECT_URL=url))
    gone = await said(postgres.examine, new_settings(DATABASE_URL=url, DATABASE_DIRECT_URL=migrated_url))

    assert around == [
        "ok   Postgres pooler: there is one, such as PgBouncer, in transaction mode, and a way around it.",
        "ok   Postgres: answers, version 18.",
        FSYNC,
        "ok   Postgres connections: 100 less 3 reserved, at 2 a process: room for 48 processes of API and worker.",
        CLOCK,
        NEAR,
        "ok   migrations: up to date.",
    ]
    assert swapped[:2] == [
        "warn Postgres pooler: there is none at GATEHOUSE_DATABASE_URL: leave GATEHOUSE_DATABASE_DIRECT_URL out.",
        "FAIL Postgres pooler: GATEHOUSE_DATABASE_DIRECT_URL leads to a pooler in transaction mode: name Postgres "
        "itself there.",
    ]
    assert gone[:2] == [
        "FAIL Postgres pooler: it does not answer at GATEHOUSE_DATABASE_URL: nothing listens there.",
        "ok   Postgres: answers, version 18.",
    ]


async def test_synchronous_commit_off_is_reported(new_settings, migrated_url):
    lines = await said(postgres.examine, new_settings(DATABASE_URL=f"{migrated_url}?synchronous_commit=off"))

    assert lines[1:3] == [
        FSYNC,
        "FAIL Postgres synchronous_commit: is off: acknowledged changes may be lost, revocations too. Turn it on.",
    ]


async def test_an_empty_database_lacks_every_migration(new_settings, database_url):
    settings = new_settings(DATABASE_URL=database_url)

    lines = await said(postgres.examine, settings)

    missing = ", ".join(await migrate.pending(settings))
    assert lines[-1] == f"FAIL migrations: {missing} missing: run `gatehouse migrate`."


async def test_a_newer_database_is_accepted_and_reported(new_settings, migrated_url):
    database = await asyncpg.connect(migrated_url)
    try:
        await database.execute("INSERT INTO aerich (version, app, content) VALUES ('999_newer.py', 'models', '{}')")
        lines = await said(postgres.examine, new_settings())
    finally:
        await database.execute("DELETE FROM aerich WHERE version = '999_newer.py'")
        await database.close()

    assert lines[-1] == ("warn migrations: the database is newer than this version, which works with it: 999_newer.py.")


async def test_another_encoding_is_reported(new_settings, migrated_url):
    server = await asyncpg.connect(migrated_url)
    await server.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    try:
        latin = urlsplit(migrated_url)._replace(path="/latin").geturl()
        lines = await said(postgres.examine, new_settings(DATABASE_URL=latin))
    finally:
        await server.execute("DROP DATABASE latin WITH (FORCE)")
        await server.close()

    assert lines[1] == "FAIL Postgres encoding: is LATIN1: create the database again with ENCODING 'UTF8'."


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"netloc": "gatehouse:pass-word@127.0.0.1:1"}, "nothing listens there"),
        ({"netloc": "gatehouse:pass-word@127.0.0.1:pass-word"}, None),
        ({"netloc": "gatehouse:pass/word@127.0.0.1:5432"}, None),
        ({"scheme": "mysql"}, None),
        ({"path": "/none"}, "it has no database of that name"),
    ],
)
async def test_an_unreachable_postgres_is_reported_without_its_address(new_settings, migrated_url, change, why):
    url = urlsplit(migrated_url)._replace(**change).geturl()

    lines = await said(postgres.examine, new_settings(DATABASE_URL=url))

    why = why or (
        "it must be like postgres://user:password@host:5432/name, with special characters of user and password "
        "percent-encoded"
    )
    assert lines == [f"FAIL Postgres: it does not answer at GATEHOUSE_DATABASE_URL: {why}."]


async def test_a_wrong_password_is_reported(new_settings, migrated_url):
    password = urlsplit(migrated_url).password or ""

    lines = await said(postgres.examine, new_settings(DATABASE_URL=migrated_url.replace(password, "wrong")))

    assert lines == [
        "FAIL Postgres: it does not answer at GATEHOUSE_DATABASE_URL: it refuses the user or the password."
    ]


async def test_a_remote_server_without_tls_is_reported(new_settings):
    # Nobody connects to it.
    finding = await postgres.tls(new_settings(DATABASE_URL="postgres://u:p@8.8.8.8/gatehouse"))

    assert str(finding) == (
        "warn Postgres TLS: it is off, and the server is in a public network: add ?sslmode=verify-full to "
        "GATEHOUSE_DATABASE_URL."
    )


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ({"most": 20, "reserved": 3, "used": 1}, "FAIL Postgres connections: 20 less 3 reserved, at 12 a process: room "
         "for 1, and API and worker are two. Raise max_connections."),
        ({"most": 100, "reserved": 3, "used": 90}, "warn Postgres connections: 100 less 3 reserved, at 12 a process: "
         "room for 8; 90 are taken now. Raise max_connections."),
    ],
)  # fmt: skip
async def test_the_room_for_processes_is_reckoned(new_settings, state, line):
    assert str(postgres.connections(state, new_settings())) == line


def test_an_old_version_a_standby_and_a_superuser_are_reported():
    state: Any = {"version": 15, "is_standby": True, "encoding": "UTF8", "is_superuser": True}

    assert [str(finding) for finding in postgres.server(state)] == [
        "FAIL Postgres: is version 15; 16 or newer is needed.",
        "FAIL Postgres: is a standby, which is read-only: name the primary in GATEHOUSE_DATABASE_URL.",
        "warn Postgres role: is a superuser: create a role that owns only this database.",
    ]
