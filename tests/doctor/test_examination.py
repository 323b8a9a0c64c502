"""All examinations together, and the command that runs them."""

import asyncio
import json

import asyncpg
import pytest

from db import migrate
from doctor import examination
from doctor.findings import Finding, Verdict, ok
from inference.declarations import read_repository
from local import servers
from settings import Settings
from tests import forked
from tests.conftest import SHIPPED_MODELS, TEST_MODELS
from tests.doctor.conftest import steady
from tests.environ import environ

SECRET = "pass-word"  # noqa: S105 - it opens nothing


def run(settings, *arguments):
    return forked.run("doctor", *arguments, environ=settings)


@pytest.fixture(scope="module")
def durable_postgres(tmp_path_factory):
    with servers.Postgres(tmp_path_factory.mktemp("durable")) as server:
        yield server


@pytest.fixture(scope="module")
async def well(durable_postgres, own_redis, triton, catcher, signing_keys_file):
    """The settings of a service that is well."""
    settings = environ(
        DATABASE_URL=durable_postgres.url,
        REDIS_URL=own_redis.url,
        TRITON_URL=triton.url,
        SMTP_URL=catcher.url,
        SIGNING_KEYS_FILE=str(signing_keys_file),
        FRONTEND_URL="https://front.gatehouse.dev",
        MAIL_FROM="Gatehouse <noreply@gatehouse.dev>",
        TRUSTED_PROXIES="10.0.0.1",
    )
    await migrate.migrate(Settings.from_environ(settings))
    database = await asyncpg.connect(durable_postgres.url)
    # As a worker leaves it.
    await database.execute("INSERT INTO usage_comparisons VALUES ('7', '2100-01-01Z', 3, 0, 0, 0)")
    await database.close()
    return settings


def test_where_all_is_well_the_doctor_says_so(well):
    declared = [one for folder in (SHIPPED_MODELS, TEST_MODELS) for one in read_repository(folder)]
    public = ", ".join(sorted(one.name for one in declared if one.public))

    ended = run(well)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert steady(ended.stdout).splitlines() == [
        "ok   keys: only its owner can read the file; strong keys: 1 to sign, 1 to encrypt.",
        "ok   front end: links in emails begin with https.",
        "ok   proxies: 1 named, and no other one is trusted.",
        "ok   Postgres: answers, version 18.",
        "ok   Postgres durability: every commit is on disk.",
        "ok   Postgres connections: 100 less 3 reserved, at 12 a process: room for 8 processes of API and worker.",
        "ok   Postgres clock: agrees with this machine's within N s.",
        "ok   Postgres TLS: it is off, and the server is on this machine or in a private network.",
        "ok   migrations: up to date.",
        "ok   Redis: answers: Valkey, version 9.1.2.",
        "ok   Redis eviction: a full Redis drops nothing.",
        "ok   Redis memory: N MiB used, and maxmemory sets no bound.",
        "ok   Redis file: appendonly is on, appendfsync is everysec.",
        "ok   Redis clock: agrees with this machine's within N s.",
        "ok   Redis access: it is on this machine.",
        "ok   Triton: answers in N ms.",
        f"ok   models: all {len(declared)} are ready.",
        f"ok   public models: {public}.",
        "ok   other models: private. Only users whose plan names such a model see it; to open it to all callers add "
        'gatehouse.public = "true" to its config.pbtxt.',
        "ok   sender: emails come from gatehouse.dev; its SPF and DKIM must name the mail server.",
        "ok   SMTP: answers without TLS, on this machine, and accepts the login.",
        "ok   objects: there is no object store, so inputs and results of jobs may be up to 1 MB.",
        "ok   emails given up: none.",
        "ok   emails waiting: none.",
        "ok   jobs: none in the queue, none running.",
        "ok   calls: all are counted, except those of the last seconds.",
        "ok   calls set aside: none.",
        "ok   counts: those of all 3 users and days agree, at 2100-01-01 00:00:00 UTC.",
    ]


def test_where_nothing_answers_the_doctor_names_all_of_it_and_shows_no_password(well):
    ended = run(
        well
        | environ(
            DATABASE_URL=f"postgres://gatehouse:{SECRET}@127.0.0.1:1/gatehouse",
            REDIS_URL=f"redis://:{SECRET}@127.0.0.1:1/0",
            TRITON_URL="127.0.0.1:1",
            SMTP_URL=f"smtp://gatehouse:{SECRET}@127.0.0.1:1",
            SIGNING_KEYS_FILE="/none",
            FRONTEND_URL="https://front.gatehouse.dev",
            MAIL_FROM="noreply@gatehouse.dev",
        ),
        "--json",
    )

    assert (ended.returncode, ended.stderr) == (1, "")
    told = json.loads(ended.stdout)
    assert told["failed"] is True
    assert [finding["subject"] for finding in told["findings"] if finding["verdict"] == "FAIL"] == [
        "keys",
        "Postgres",
        "Redis",
        "Triton",
        "SMTP",
    ]
    assert told["findings"][3] == {
        "verdict": "FAIL",
        "subject": "Postgres",
        "sentence": "it does not answer at GATEHOUSE_DATABASE_URL: nothing listens there.",
    }
    assert SECRET not in ended.stdout


def test_a_setting_that_is_missing_is_named(well):
    ended = run({name: value for name, value in well.items() if name != "GATEHOUSE_REDIS_URL"})

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "gatehouse: GATEHOUSE_REDIS_URL is not set; docs/settings.md says what it holds.\n"


async def test_a_check_that_hangs_is_reported_and_delays_no_other(new_settings, own_redis):
    async def hangs(settings):
        yield ok("first", "was found before.")
        await asyncio.Event().wait()

    async def answers(settings):
        yield ok("other", "is well.")

    found = await examination.examine(
        new_settings(), checks={"slow": hangs, "quick": answers}, within=examination.WITHIN / 50
    )

    assert [str(finding) for finding in found] == [
        "ok   first: was found before.",
        "FAIL slow: does not answer within 0.1 s, so the rest was not checked.",
        "ok   other: is well.",
    ]


@pytest.mark.parametrize(
    ("verdicts", "failed"),
    [((Verdict.OK, Verdict.WARN), False), ((Verdict.OK, Verdict.FAIL), True), ((), False)],
)
def test_a_warning_is_no_failure(verdicts, failed):
    assert examination.has_failed([Finding(verdict, "one", "sentence.") for verdict in verdicts]) is failed


async def test_servers_that_hang_are_reported_in_time(new_settings, own_redis, catcher):
    own_redis.pause()
    catcher.pause()
    try:
        found = await examination.examine(new_settings(), within=examination.WITHIN / 50)
    finally:
        own_redis.resume()
        catcher.resume()

    assert {"Redis", "SMTP"} <= {finding.subject for finding in found if finding.verdict is Verdict.FAIL}
