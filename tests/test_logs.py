"""What the logs tell of a person's journey, as JSON and at DEBUG, and what they do not."""

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import asyncpg
import pytest

from local import servers
from tests import logs, together
from tests.journey.client import create_token
from tests.journey.documents import CODE, LOGIN, PASSWORD, REGISTER, VERIFY
from tests.mails import caught, until
from tests.service import Client, Service, Worker

ADDRESS = "grace.of.the.logs@example.org"
NEXT, WRONG = "another horse battery staple", "a wrong horse battery"
RECOVER = "mutation ($email: String!) { requestPasswordReset(email: $email) { __typename } }"
RESET = """mutation Reset($code: String!, $password: String!) {
  resetPassword(code: $code, newPassword: $password) { __typename } }"""
INFER = """query Twice {
  failing: infer(model: "failing", inputs: [{name: "HOW", shape: [1], data: {values: ["exception"]}}]) { version }
  text: infer(model: "text", inputs: [{name: "IN", shape: [1], data: {values: ["a"]}}]) { version } }"""


@pytest.fixture(scope="module")
async def journey(
    new_service: Callable[..., Service],
    catcher: servers.Mail,
    service_database_url: str,
    server_folder: Path,
):
    """`answers` by what was asked; `lines` of the service and of the worker, after both have ended."""
    service = new_service(LOG_FORMAT="json", LOG_LEVEL="debug", TRUSTED_PROXIES="127.0.0.0/8")
    worker = Worker(service.settings, server_folder / "worker-of-logs.log")
    with together.running(service, worker):
        client = Client(service.url)
        # No other test's: the network's attempts that it spends would be missing here.
        client.http.headers["X-Forwarded-For"] = "203.0.113.177"
        try:
            answers = await _journey(client, catcher.mails)
        finally:
            await client.aclose()
    database = await asyncpg.connect(service_database_url)
    user_id = await database.fetchval("SELECT id FROM users WHERE email = $1", ADDRESS)
    await database.close()
    texts = [one.log.read_text() for one in (service, worker)]
    lines = [[json.loads(line) for line in text.splitlines()] for text in texts]
    return SimpleNamespace(answers=answers, lines=lines, texts=texts, user_id=str(user_id))


async def _journey(client, mails):
    answers = {"register": await client.post(REGISTER, email=ADDRESS, password=PASSWORD)}
    answers["verify"] = await client.post(VERIFY, code=await _code(mails, 1))
    answers["wrong"] = await client.post(LOGIN, email=ADDRESS, password=WRONG)
    answers["login"] = await client.post(LOGIN, email=ADDRESS, password=PASSWORD)
    client.http.headers["Authorization"] = f"Bearer {answers['login'].json()['data']['login']['token']}"
    made = await create_token(client)
    client.http.headers["Authorization"] = f"Bearer {made['token']}"
    answers["infer"] = await client.post(INFER)
    client.http.headers["Authorization"] = f"Bearer {made['token']}x"
    answers["forged"] = await client.post("{ me { email } }")
    del client.http.headers["Authorization"]
    answers["invalid"] = await client.post("query Nothing { nothing }")
    answers["recover"] = await client.post(RECOVER, email=ADDRESS)
    answers["reset"] = await client.post(RESET, code=await _code(mails, 2), password=NEXT)
    for path in ("/healthz", "/readyz", "/.well-known/jwks.json", "/nowhere"):
        await client.http.get(path)
    await client.http.get("/graphql", headers={"Accept": "text/html"})
    assert [name for name, answer in answers.items() if answer.status_code not in (200, 400, 401)] == []
    return answers


async def _code(mails, number):
    """Of that many emails to the person, the last one's."""
    found: list[str] = []

    def all_there():
        texts = [mail.as_bytes().decode() for mail in caught(mails) if mail["to"] == ADDRESS]
        found[:] = [match[0] for match in map(CODE.search, texts) if match]
        return len(found) == number

    await until(all_there)
    return found[-1]


def line_of(journey, name):
    """The one line about it, without the times."""
    request_id = journey.answers[name].headers["X-Request-ID"]
    about = [line for line in journey.lines[0] if line.get("request_id") == request_id]
    (found,) = [dict(line) for line in about if line["logger"] == "gatehouse.requests"]
    assert datetime.fromisoformat(found.pop("time")).tzinfo == UTC
    assert found.pop("milliseconds") > 0
    return found


def test_a_request_is_logged_in_one_line(journey):
    assert line_of(journey, "infer") == {
        "level": "INFO",
        "logger": "gatehouse.requests",
        "message": "Answered",
        "request_id": journey.answers["infer"].headers["X-Request-ID"],
        "user_id": journey.user_id,
        "network": "203.0.113.0/24",
        "credential": "api-token",
        "operation": "Twice",
        "fields": ["infer"],
        "cost": 2,
        "status": 200,
        "codes": ["INTERNAL"],
    }


ANONYMOUS = {"user_id": None, "network": "203.0.113.0/24", "credential": None}


@pytest.mark.parametrize(
    ("name", "logged"),
    [
        ("login", {"operation": None, "fields": ["login"], "cost": 1, "status": 200, "codes": []}),
        ("reset", {"operation": "Reset", "fields": ["resetPassword"], "cost": 1, "status": 200, "codes": []}),
        ("forged", {"operation": None, "fields": [], "cost": None, "status": 401, "codes": ["UNAUTHENTICATED"]}),
        ("invalid", {"operation": None, "fields": [], "cost": 0, "status": 400, "codes": ["BAD_REQUEST"]}),
    ],
)
def test_an_anonymous_request_is_logged_with_its_network(journey, name, logged):
    found = line_of(journey, name)

    assert {key: found[key] for key in (*ANONYMOUS, *logged)} == ANONYMOUS | logged


def test_what_else_is_said_of_a_request_has_its_id(journey):
    request_id = journey.answers["infer"].headers["X-Request-ID"]

    said = [line for line in journey.lines[0] if line.get("request_id") == request_id]

    assert [(line["level"], line["logger"]) for line in said] == [
        ("WARNING", "graph.failures"),
        ("INFO", "gatehouse.requests"),
    ]
    assert said[0]["message"].startswith(f"Request {request_id}: Model 'failing' failed.")
    # The model logged an address with a password in it.
    assert "RuntimeError: postgres://[password]@10.0.0.7/secret" in said[0]["message"]


def test_each_request_is_logged_once_and_health_checks_are_not(journey):
    logged = Counter(line["request_id"] for line in journey.lines[0] if line["logger"] == "gatehouse.requests")

    # The one more made the API token.
    assert set(logged.values()) == {1}
    assert len(logged) == len(journey.answers) + 1


def test_every_line_is_an_object_with_a_time_a_level_a_logger_and_a_message(journey):
    for lines in journey.lines:
        assert len(lines) > 3
        for line in lines:
            assert {"time", "level", "logger", "message"} <= line.keys()
    assert {"DEBUG", "INFO"} <= {line["level"] for line in journey.lines[1]}


def test_nothing_secret_and_no_address_is_in_them(journey):
    token = journey.answers["login"].json()["data"]["login"]["token"]
    secrets = [*logs.PASSWORDS, NEXT, token, ADDRESS, ADDRESS.partition("@")[0], "203.0.113.177"]

    assert [list(logs.leaks_in(text, secrets)) for text in journey.texts] == [[], []]


@pytest.mark.parametrize(
    "line",
    [
        "Bearer eyJhbGciOiJFZDI1NTE5Iiwi",
        "gth_eyJhbGci",
        "token gth_abcdef",
        "email to ada@example.org",
        "otpauth://totp/Gatehouse:ada%40example.org",
        "ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ23-4567",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "ABCD-EFGH-IJKL-MNOP-QRST-UVWX",
        "password Correct Horse Battery staple",
        "$argon2id$v=19$m=65536",
        "redis://:secret@127.0.0.1:6379",
        "from 203.0.113.9",
        "from 127.77.0.1,",
        "from 2001:db8::7",
    ],
)
def test_the_search_of_all_logs_finds_what_none_may_hold(line):
    assert list(logs.leaks_in(f"fine\n{line}\nfine")) != []


def test_the_search_of_all_logs_lets_pass_what_they_may_hold():
    fine = [
        "2026-11-23 04:33:04,123 INFO uvicorn.error: Started server process [77]",
        "Error 111 connecting to 127.0.0.1:6379; from 203.0.113.0/24 or 2001:db8:1::/48",
        "user 5a1d6e8a-7b7e-4ab0-9d2c-1f8a3e6f2f10, request 0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "email to [address], [credential] and [code]",
    ]

    assert list(logs.leaks_in("\n".join(fine))) == []
    assert re.fullmatch(CODE, "ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ23-4567")


def test_the_search_of_all_logs_names_the_test_that_wrote_the_line(tmp_path):
    kept, log, other = logs.Logs(), tmp_path / "service.log", tmp_path / "not-written.log"
    kept.kept(other)
    kept.kept(log).write_text("started\n")
    kept.note("test_a")
    with log.open("a") as service:
        service.write("from 203.0.113.9\n")
    kept.note("test_b")
    kept.note("test_c")
    with log.open("a") as service:
        service.write("password[é]: seven bridges and a river\nended\n")
    kept.note("test_d")
    with log.open("a") as service:
        service.write("from 203.0.113.10\n")

    assert kept.leaks(tmp_path) == [
        f"{log}:2, written during test_b: an IPv4 address: from 203.0.113.9",
        f"{log}:3, written during test_d: a password or a code of an email: password[é]: seven bridges and a river",
        f"{log}:5, written during the end of the run: an IPv4 address: from 203.0.113.10",
    ]
