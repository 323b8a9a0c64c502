"""A token is rotated while programs call with it: none of them is refused, and the old one ends when it was to end."""

import asyncio
from datetime import UTC, datetime
from itertools import cycle

import httpx2
import pytest

from tests.journey.client import TEXT, code, codes, create_token, revoke_token
from tests.mails import until

ROTATE = """mutation ($id: ID!, $expiresIn: Duration, $keepOldFor: Duration! = "PT0S") {
  rotateApiToken(id: $id, expiresIn: $expiresIn, keepOldFor: $keepOldFor) {
    __typename
    ... on ApiTokenCreated { token apiToken { id name models unitsPerMinute status } }
    ... on UserError { code } ... on InvalidInput { problems { path code } }
} }"""
AT_ONCE = "mutation ($id: ID!) { rotateApiToken(id: $id) { ... on ApiTokenCreated { token apiToken { id } } } }"
OF_OLD = "query ($id: ID!) { me { apiToken(id: $id) { status expiresAt lastUsedAt replacedBy { id } } } }"
LISTED = "{ me { apiTokens(first: 10) { nodes { name replacedBy { name } } } } rateLimit { cost } }"
WINDOWS = "{ models(first: 1) { totalCount } rateLimit { windows { name used } } }"
_OPEN_MODELS = "UPDATE plans SET models = $2 WHERE id = (SELECT plan_id FROM users WHERE id = $1)"


@pytest.fixture
async def ada(installation):
    return await installation.person(per_minute=100_000)


@pytest.fixture
async def session(client_at, ada):
    return client_at(0, ada.session)


async def rotate(session, created, **arguments):
    return (await session.run(ROTATE, id=created["apiToken"]["id"], **arguments))["rotateApiToken"]


async def seen(session, created):
    return (await session.run(OF_OLD, id=created["apiToken"]["id"]))["me"]["apiToken"]


async def test_of_1000_calls_with_both_over_two_processes_none_is_refused(client_at, session):
    old = await create_token(session, unitsPerMinute=5000)

    new = await rotate(session, old, keepOldFor="PT1H")

    assert (new["__typename"], new["apiToken"]["name"]) == ("ApiTokenCreated", old["apiToken"]["name"])
    clients = [client_at(number, one["token"]) for number in (0, 1) for one in (old, new)]
    first = await asyncio.gather(*(client.post(WINDOWS) for client in clients * 10))
    # One window for both in both processes: no two calls were the same one of those that it has counted.
    assert sorted(own_window(answer) for answer in first) == list(range(1, 41))
    rest = []
    for _ in range(24):
        rest += await asyncio.gather(*(client.post(WINDOWS) for client in clients * 10))
    assert codes(first + rest) == {(200, "OK"): 1000}
    found = await seen(session, old)
    assert (found["status"], found["replacedBy"]) == ("ACTIVE", {"id": new["apiToken"]["id"]})


def own_window(answer):
    windows = answer.json()["data"]["rateLimit"]["windows"]
    return next(window["used"] for window in windows if window["name"] == "token-minute")


async def test_of_calls_that_begin_after_the_end_of_the_old_one_none_is_accepted(client_at, session):
    old = await create_token(session)
    new = await rotate(session, old, keepOldFor="PT3S")
    end = datetime.fromisoformat((await seen(session, old))["expiresAt"])
    clients = cycle([(client_at(number, one["token"]), one is old) for number in (0, 1) for one in (old, new)])
    before: list[httpx2.Response] = []
    after: list[httpx2.Response] = []
    by_new: list[httpx2.Response] = []

    while len(after) < 100:
        client, is_old = next(clients)
        began = datetime.now(UTC)
        answer = await client.post(TEXT)
        if not is_old:
            by_new.append(answer)
        elif began >= end:
            after.append(answer)
        elif datetime.now(UTC) < end:
            before.append(answer)

    assert codes(after) == {(401, "UNAUTHENTICATED"): 100}
    assert codes(before) in ({}, {(200, "OK"): len(before)})
    assert codes(by_new) == {(200, "OK"): len(by_new)}
    assert (await seen(session, old))["status"] == "EXPIRED"


async def test_the_last_use_of_the_old_one_shows_when_the_change_is_done(client_at, session):
    old = await create_token(session)
    new = await rotate(session, old, keepOldFor="P7D")
    assert (await seen(session, old))["lastUsedAt"] is None

    assert (await client_at(1, new["token"]).post(TEXT)).status_code == 200
    assert (await client_at(1, old["token"]).post(TEXT)).status_code == 200

    async def is_noted():
        return (await seen(session, old))["lastUsedAt"] is not None

    await until(is_noted)


async def test_without_an_overlap_the_old_one_is_dead_and_revoking_the_new_one_does_not_revive_it(client_at, session):
    old = await create_token(session)
    new = (await session.run(AT_ONCE, id=old["apiToken"]["id"]))["rotateApiToken"]

    answers = [await client_at(number, old["token"]).post(TEXT) for number in (0, 1)]
    assert codes(answers) == {(401, "UNAUTHENTICATED"): 2}
    assert (await client_at(1, new["token"]).post(TEXT)).status_code == 200
    await revoke_token(session, new)
    answers = [await client_at(number, one["token"]).post(TEXT) for number in (0, 1) for one in (old, new)]
    assert codes(answers) == {(401, "UNAUTHENTICATED"): 4}


async def test_a_model_that_the_owner_may_no_longer_use_is_not_in_the_new_one(installation, session, ada):
    await open_models(installation, ada, '["private"]')
    old = await create_token(session, models=["private", "identity", "not there yet"], unitsPerMinute=7)
    kept = await rotate(session, old, keepOldFor="PT1H")
    await open_models(installation, ada, "[]")

    new = await rotate(session, kept, keepOldFor="PT1H", expiresIn="PT1H")

    assert kept["apiToken"]["models"] == ["private", "identity", "not there yet"]
    assert (new["apiToken"]["models"], new["apiToken"]["unitsPerMinute"]) == (["identity", "not there yet"], 7)


async def open_models(installation, person, models):
    async with installation.database() as database:
        await database.execute(_OPEN_MODELS, person.id, models)


async def test_a_token_does_not_see_what_it_was_rotated_to(client_at, session):
    old = await create_token(session)
    await rotate(session, old, keepOldFor="PT1H")

    answer = await client_at(0, old["token"]).post("{ currentApiToken { status replacedBy { id } } }")

    assert (answer.json()["data"], code(answer)) == (
        {"currentApiToken": {"status": "ACTIVE", "replacedBy": None}},
        "FORBIDDEN",
    )


async def test_replacements_in_a_list_are_paid_for_by_the_row(session):
    old = await create_token(session, name="one")
    await rotate(session, old, keepOldFor="PT1H")

    answer = await session.run(LISTED)

    nodes = answer["me"]["apiTokens"]["nodes"]
    assert nodes == [{"name": "one", "replacedBy": None}, {"name": "one", "replacedBy": {"name": "one"}}]
    assert answer["rateLimit"]["cost"] == 11


async def test_a_refused_rotation_says_what_is_wrong(session):
    old = await create_token(session)
    await rotate(session, old, keepOldFor="PT1H")

    again = await rotate(session, old, keepOldFor="P8D")

    assert again["problems"] == [
        {"path": ["id"], "code": "ALREADY_ROTATED"},
        {"path": ["keepOldFor"], "code": "TOO_LONG"},
    ]
    assert (await session.run(ROTATE, id="nothing"))["rotateApiToken"] == {
        "__typename": "NotFound",
        "code": "NOT_FOUND",
    }
