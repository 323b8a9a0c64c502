"""What a user sees of refused requests: of the session and of each API token, within a second, from every process."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.journey.client import TEXT, codes, create_token, revoke_token, usage
from tests.mails import until

NAMED = f"query Nightly {TEXT}"
ENTRY = "{ at code count operation window seenFrom retryAt message }"
MINE = f"query ($last: Int! = 50) {{ me {{ refusals(last: $last) {ENTRY} }} }}"
OF_TOKEN = f"query ($id: ID!) {{ me {{ apiToken(id: $id) {{ refusals {ENTRY} }} }} }}"
OWN = f"{{ currentApiToken {{ refusals(last: 5) {ENTRY} }} }}"
COUNTS = """query ($from: Date!, $to: Date!) { me { usage(from: $from, to: $to, interval: DAY, byModel: true) {
  model calls units refusals { code count } } } }"""


@pytest.fixture
async def ada(installation):
    return await installation.person(per_minute=3)


async def refusals(client):
    return (await client.run(MINE))["me"]["refusals"]


async def counted(client):
    """By model: how many requests were refused, by code."""
    today = datetime.now(UTC).date()
    days = {"from": str(today - timedelta(days=1)), "to": str(today + timedelta(days=1))}
    found: Counter[tuple[str | None, str]] = Counter()
    for point in (await client.run(COUNTS, **days))["me"]["usage"]:
        for refused in point["refusals"]:
            found[point["model"], refused["code"]] += refused["count"]
    return found


async def test_a_flood_of_one_kind_is_one_entry_that_says_all_about_it(client_at, ada):
    clients = [client_at(number, ada.session) for number in (0, 1)]
    begun_at = datetime.now(UTC)
    assert codes([await clients[0].post(NAMED) for _ in range(3)]) == {(200, "OK"): 3}
    answers = await asyncio.gather(*(client.post(NAMED) for client in clients for _ in range(20)))
    assert codes(answers) == {(429, "RATE_LIMITED"): 40}

    async def are_recorded():
        return sum(entry["count"] for entry in await refusals(clients[1])) == 40

    await until(are_recorded)
    # Two where an hour begins meanwhile.
    entries = await refusals(clients[0])
    assert len(entries) in (1, 2)
    for entry in entries:
        at, retry_at = datetime.fromisoformat(entry.pop("at")), datetime.fromisoformat(entry.pop("retryAt"))
        assert begun_at - timedelta(seconds=5) < at < retry_at < at + timedelta(seconds=61)
        assert entry.pop("message") in {answer.json()["errors"][0]["message"] for answer in answers}
        del entry["count"]
        assert entry == {
            "code": "RATE_LIMITED",
            "operation": "Nightly",
            "window": "minute",
            "seenFrom": "127.0.0.1",
        }
    assert await counted(clients[0]) == {("text", "RATE_LIMITED"): 40}
    # They spent nothing, and are no calls.
    assert await usage(clients[0]) == {"text": (3, 0, 3)}


async def test_each_api_token_has_its_own_and_a_dead_one_too(client_at, ada):
    session = client_at(0, ada.session)
    token, other = [await create_token(session, name=name) for name in ("a", "b")]
    dead = client_at(1, token["token"])
    await revoke_token(session, token)
    assert codes([await dead.post(TEXT) for _ in range(3)]) == {(401, "UNAUTHENTICATED"): 3}

    async def of(token):
        return (await session.run(OF_TOKEN, id=token["apiToken"]["id"]))["me"]["apiToken"]["refusals"]

    async def are_recorded():
        return sum(entry["count"] for entry in await of(token)) == 3

    await until(are_recorded)
    assert {(entry["code"], entry["window"], entry["operation"], entry["retryAt"]) for entry in await of(token)} == {
        ("UNAUTHENTICATED", None, None, None)
    }
    assert await of(other) == []
    assert sum(entry["count"] for entry in await refusals(session)) == 3


async def test_an_api_token_reads_only_its_own_refusals(client_at, ada):
    session = client_at(0, ada.session)
    token = await create_token(session, unitsPerMinute=1)
    client = client_at(1, token["token"])
    assert codes([await client.post(TEXT) for _ in range(3)]) == {(200, "OK"): 1, (429, "RATE_LIMITED"): 2}

    async def are_recorded():
        return (await client.run(OWN))["currentApiToken"]["refusals"] != []

    await until(are_recorded)
    ((window, code),) = {
        (entry["window"], entry["code"]) for entry in (await client.run(OWN))["currentApiToken"]["refusals"]
    }
    assert (window, code) == ("token-minute", "RATE_LIMITED")
    answer = (await client.post(MINE)).json()
    assert answer["data"] == {"me": {"refusals": None}}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]


async def test_nobody_sees_those_of_others_and_the_number_is_bounded(client_at, installation, ada):
    eve = client_at(0, (await installation.person()).session)
    session = client_at(1, ada.session)
    assert codes([await session.post(TEXT) for _ in range(4)]) == {(200, "OK"): 3, (429, "RATE_LIMITED"): 1}

    async def is_recorded():
        return len(await refusals(session)) == 1

    await until(is_recorded)
    assert await refusals(eve) == []
    for last in (0, 101, -1):
        answer = (await eve.post(MINE, last=last)).json()
        assert answer["data"] == {"me": {"refusals": None}}
        (error,) = answer["errors"]
        assert (error["extensions"]["code"], error["message"]) == ("BAD_REQUEST", "`last` must be 1 to 100.")
