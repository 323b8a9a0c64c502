"""What a call costs whom, what becomes of it when it fails, and that limits, headers and counts say the same."""

import asyncio
import re
from datetime import UTC, datetime

import pytest

from tests.journey.client import TEXT, code, codes, create_token, usage
from tests.mails import until

LIMITS = """rateLimit { cost
  windows { name scope length limit used remaining nextAt resetAt } concurrency { limit used } }"""
ASK = f"{{ {LIMITS} }}"
FAIL = """query ($how: String!) {
  infer(model: "failing", inputs: [{name: "HOW", shape: [1], data: {values: [$how]}}]) { version } }"""
COSTLY = 'infer(model: "costly", inputs: [{name: "IN", shape: [1], data: {values: [1]}}]) { version }'
SLOW = """query ($ms: Int!) {
  infer(model: "slow", inputs: [{name: "MILLISECONDS", shape: [1], data: {values: [$ms]}}]) { version } }"""


def fails(how):
    return FAIL.replace("$how]", f'"{how}"]').replace("query ($how: String!) ", "")


def sleeps(milliseconds):
    return SLOW.replace("$ms]", f"{milliseconds}]").replace("query ($ms: Int!) ", "")


async def used(client):
    """Units by window, as the client is told."""
    windows = (await client.run(ASK))["rateLimit"]["windows"]
    return {window["name"]: window["used"] for window in windows}


@pytest.fixture
async def ada(installation):
    return await installation.person(per_minute=20, per_day=1000, at_once=2)


async def test_limits_headers_and_counts_say_the_same(client_at, ada):
    token = await create_token(client_at(0, ada.session), unitsPerMinute=10)
    clients = [client_at(process, token["token"]) for process in (0, 1)]
    await clients[0].run(f"{{ {COSTLY} }}")

    response = await clients[1].post(f"{{ {TEXT.strip('{}')} {LIMITS} }}")

    limits = response.json()["data"]["rateLimit"]
    assert limits["cost"] == 1
    assert limits["concurrency"] == {"limit": 2, "used": 1}
    shown = {w["name"]: (w["scope"], w["length"], w["limit"], w["used"], w["remaining"]) for w in limits["windows"]}
    assert list(shown.items()) == [
        ("token-minute", ("TOKEN", "PT1M", 10, 8, 2)),
        ("minute", ("USER", "PT1M", 20, 8, 12)),
        ("day", ("USER", "P1D", 1000, 8, 992)),
    ]
    assert response.headers["RateLimit-Policy"] == '"token-minute";q=10;w=60, "minute";q=20;w=60, "day";q=1000;w=86400'
    states = re.findall(r'"([\w-]+)";r=(\d+);t=(\d+)', response.headers["RateLimit"])
    assert [(name, int(left)) for name, left, _ in states] == [("token-minute", 2), ("minute", 12), ("day", 992)]
    for window, (_, _, wait) in zip(limits["windows"], states, strict=True):
        assert window["nextAt"] is None
        reset = (datetime.fromisoformat(window["resetAt"]) - datetime.now(UTC)).total_seconds()
        assert abs(reset - int(wait)) < 5
    assert await usage(clients[0]) == {"costly": (1, 0, 7), "text": (1, 0, 1)}


async def test_beyond_a_limit_nothing_is_spent(client_at, ada):
    client = client_at(0, ada.session)
    await client.run(f"{{ a: {COSTLY} b: {COSTLY} }}")
    before = await used(client), await usage(client)

    refused = await client.post(f"{{ {COSTLY} {LIMITS} }}")

    assert refused.status_code == 429
    ((error),) = refused.json()["errors"]
    assert "data" not in refused.json()
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert error["extensions"]["window"] == "minute"
    assert int(refused.headers["Retry-After"]) == error["extensions"]["retryAfterSeconds"]
    assert 50 < int(refused.headers["Retry-After"]) <= 61
    assert '"minute";r=6;t=' in refused.headers["RateLimit"]
    assert (await used(client), await usage(client)) == before
    assert before == ({"minute": 14, "day": 14}, {"costly": (2, 0, 14)})
    # What fits is still admitted, in the other process too.
    assert codes([await client_at(1, ada.session).post(TEXT) for _ in range(7)]) == {
        (200, "OK"): 6,
        (429, "RATE_LIMITED"): 1,
    }


async def test_what_costs_more_than_a_limit_is_never_tried_again(client_at, ada):
    client = client_at(0, ada.session)

    refused = await client.post(f"{{ a: {COSTLY} b: {COSTLY} c: {COSTLY} }}")

    assert (refused.status_code, code(refused)) == (400, "QUERY_TOO_COMPLEX")
    assert "Retry-After" not in refused.headers
    assert await used(client) == {"minute": 0, "day": 0}
    assert await usage(client) == {}


async def test_a_token_has_limits_scopes_and_models_of_its_own(client_at, ada):
    session = client_at(0, ada.session)
    narrow = client_at(0, (await create_token(session, name="narrow", unitsPerMinute=10, models=["text"]))["token"])
    reads = client_at(1, (await create_token(session, name="reads", scopes=["READ"]))["token"])
    infers = client_at(1, (await create_token(session, name="infers", scopes=["INFER"]))["token"])

    assert code(await narrow.post(f"{{ {COSTLY} }}")) == "MODEL_NOT_FOUND"
    assert (await narrow.run("{ models { nodes { name } } }"))["models"]["nodes"] == [{"name": "text"}]
    refused = [await narrow.post(TEXT) for _ in range(3)][-1]
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["window"]) == (429, "token-minute")
    # Its limit is no one else's.
    assert code(await session.post(TEXT)) == "OK"
    assert code(await reads.post(TEXT)) == "FORBIDDEN"
    assert code(await reads.post("{ models { totalCount } me { id } }")) == "OK"
    assert code(await infers.post(TEXT)) == "OK"
    assert code(await infers.post("{ models { totalCount } }")) == "FORBIDDEN"
    assert code(await infers.post('{ me { usage(from: "2026-01-01", to: "2026-01-02") { units } } }')) == "FORBIDDEN"
    for client in (narrow, reads, infers):
        assert (
            code(await client.post('mutation { createApiToken(input: {name: "b", expiresIn: "P1D"}) { __typename } }'))
            == "FORBIDDEN"
        )


async def test_our_failures_are_given_back_and_the_callers_mistakes_are_not(client_at, ada):
    client = client_at(0, ada.session)
    wrong = '{ infer(model: "text", inputs: [{name: "IN", shape: [2], data: {values: ["a"]}}]) { version } }'

    assert code(await client.post(fails("exception"))) == "INTERNAL"
    assert code(await client.post(fails("unavailable"))) == "MODEL_UNAVAILABLE"
    assert await used(client) == {"minute": 0, "day": 0}
    assert await usage(client) == {"failing": (2, 2, 0)}
    assert code(await client.post(wrong)) == "INVALID_TENSOR"
    assert code(await client.post(fails("invalid"))) == "BAD_REQUEST"
    assert await used(client) == {"minute": 2, "day": 2}
    assert await usage(client) == {"failing": (3, 3, 1), "text": (1, 1, 1)}
    # Of several only those that failed for reasons of ours.
    mixed = f"{{ a: {COSTLY} b: {fails('exception').strip('{} ')} }} }}"
    answer = (await client.post(mixed)).json()
    assert (answer["data"]["a"], answer["data"]["b"]) == ({"version": "1"}, None)
    assert await used(client) == {"minute": 9, "day": 9}
    assert await usage(client) == {"failing": (4, 4, 1), "text": (1, 1, 1), "costly": (1, 0, 7)}


async def test_who_hangs_up_keeps_what_was_spent_and_frees_the_place(installation, client_at, ada):
    client = client_at(0, ada.session)
    hanging = [asyncio.create_task(client.post(sleeps(20_000))) for _ in range(2)]
    await until(lambda: _is_running(installation, ada, 2))
    assert (await client.run(ASK))["rateLimit"]["concurrency"] == {"limit": 2, "used": 2}
    refused = await client.post(TEXT)
    assert (refused.status_code, code(refused)) == (429, "RATE_LIMITED")
    assert refused.json()["errors"][0]["extensions"]["window"] == "concurrency"

    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    await until(lambda: _is_running(installation, ada, 0))

    assert code(await client_at(1, ada.session).post(TEXT)) == "OK"
    assert await used(client) == {"minute": 3, "day": 3}
    assert await usage(client) == {"slow": (2, 2, 2), "text": (1, 0, 1)}


async def _is_running(installation, person, number):
    return await installation.running(person) == number


async def test_the_account_does_not_touch_what_the_plan_gives(client_at, ada):
    client = client_at(0, ada.session)
    for _ in range(5):
        await client.run("{ me { email apiTokens { totalCount } } }")

    account = await client.run(f"{{ me {{ email }} {LIMITS} }}")

    windows = account["rateLimit"]["windows"]
    assert [(window["name"], window["limit"], window["used"]) for window in windows] == [
        ("minute", 20, 0),
        ("account-minute", 300, 6),
        ("day", 1000, 0),
    ]
    await client.run(f"{{ a: {COSTLY} b: {COSTLY} }}")
    # Nor the other way round: with the plan spent, its owner still gets at the account.
    for _ in range(6):
        await client.run(TEXT)
    assert code(await client.post(TEXT)) == "RATE_LIMITED"
    assert code(await client.post("{ me { email } }")) == "OK"
    assert await usage(client) == {"costly": (2, 0, 14), "text": (6, 0, 6)}


async def test_a_dry_run_tells_the_price_and_spends_nothing(client_at, ada):
    client = client_at(0, ada.session)

    answer = await client.run(f"{{ a: {COSTLY} b: {COSTLY} rateLimit(dryRun: true) {{ cost windows {{ used }} }} }}")

    assert answer == {"a": None, "b": None, "rateLimit": {"cost": 14, "windows": [{"used": 0}, {"used": 0}]}}
    assert await used(client) == {"minute": 0, "day": 0}
    assert await usage(client) == {}


async def test_the_price_of_a_hidden_model_does_not_tell_that_it_exists(client_at, ada):
    client = client_at(0, ada.session)
    infer = 'infer(model: "%s", inputs: []) { version } rateLimit(dryRun: true) { cost }'

    prices = [await client.run(f"{{ {infer % model} }}") for model in ("private", "no-such-model")]

    assert prices == [{"infer": None, "rateLimit": {"cost": 1}}] * 2
    for name in ("private", "no-such-model"):
        response = await client.post(f'{{ infer(model: "{name}", inputs: []) {{ version }} }}')
        assert code(response) == "MODEL_NOT_FOUND"
    assert await used(client) == {"minute": 2, "day": 2}


@pytest.mark.parametrize(
    "name",
    ["x" * 256, "x" * 65_536, "a|b|c", "größe\n模型", "\U0010ffff" * 255, "", "private"],
    ids=lambda name: ascii(name[:12]),
)
async def test_a_name_that_is_not_in_the_catalogue_is_counted_under_no_model(installation, client_at, ada, name):
    client = client_at(0, ada.session)
    infer = f"query ($m: String!) {{ infer(model: $m, inputs: []) {{ version }} b: {TEXT.strip('{} ')} }} }}"

    answer = (await client.post(infer, m=name)).json()

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["MODEL_NOT_FOUND"]
    assert answer["data"] == {"infer": None, "b": {"version": "1"}}
    # The field that named it spends a unit and is no call of any model.
    assert await used(client) == {"minute": 2, "day": 2}
    assert await usage(client) == {None: (0, 0, 1), "text": (1, 0, 1)}
    assert await installation.counted(ada) == {"": (1, 1, 1), "text": (1, 0, 1)}


async def test_a_read_of_text_whose_model_is_missing_is_counted_under_no_model(client_at, ada):
    client = client_at(0, ada.session)

    answer = await client.post('{ readText(image: {base64: "AAAA"}) { text } }')

    assert code(answer) == "MODEL_NOT_FOUND"
    assert answer.json()["errors"][0]["message"] == (
        "`readText` needs the model 'text_reader', which this service does not run or you may not use. `models` lists "
        "the models that you may use."
    )
    assert await usage(client) == {None: (0, 0, 1)}


async def test_a_hidden_model_is_counted_under_its_name_for_users_who_may_call_it(installation, client_at, ada):
    async with installation.database() as database:
        await database.execute(
            "UPDATE plans SET models = '[\"private\"]' WHERE id = (SELECT plan_id FROM users WHERE id = $1)", ada.id
        )
    client = client_at(0, ada.session)

    answer = await client.post('{ infer(model: "private", inputs: []) { version } }')

    assert code(answer) == "INVALID_TENSOR"
    assert await usage(client) == {"private": (1, 1, 2)}
