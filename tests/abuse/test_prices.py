"""What an account may have for its units: a price for each point of usage, each row of a page, each crowded image."""

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests import images
from tests.journey.client import AccountClient, code, codes
from tests.journey.installation import Installation
from tests.mails import until
from tests.service import Service

# 1,000 points, by the hour.
USAGE = 'usage(from: "2026-01-01", to: "2026-02-11", interval: HOUR) { units }'
LIMITS = "rateLimit { cost windows { name used } }"
THIRTY = " ".join(f"a{number}: {USAGE}" for number in range(30))
CREATE = (
    'mutation { createApiToken(input: {name: "%s", expiresIn: "P1D"}) { ... on ApiTokenCreated { apiToken { id } } } }'
)
MANY = """query ($images: [ImageInput!]!) { readTexts(images: $images) {
  __typename ... on UserError { code message } } }"""
SLEEPS = 'infer(model: "slow", inputs: [{name: "MILLISECONDS", shape: [1], data: {values: [%s]}}]%s) { version }'
READ = "query ($image: ImageInput!) { readText(image: $image) { text } }"


async def spent(client) -> int:
    """Of the account window, before this question."""
    windows = (await client.run(f"{{ me {{ id }} {LIMITS} }}"))["rateLimit"]["windows"]
    return int(next(window["used"] for window in windows if window["name"] == "account-minute")) - 1


async def test_thirty_years_of_usage_by_the_hour_cost_the_account_what_they_give(attacked, client_at):
    client = client_at(0, (await attacked.person()).session)

    # 30 times 1,000 points are 300 units, all that an account has in a minute; the question itself is one more.
    answers = [await client.post(f"{{ me {{ {THIRTY} }} }}") for _ in range(3)]

    assert codes(answers) == {(200, "OK"): 1, (429, "RATE_LIMITED"): 2}
    assert len(answers[0].json()["data"]["me"]["a29"]) == 1000 - 16
    assert answers[1].json()["errors"][0]["extensions"]["window"] == "account-minute"


async def test_six_connections_that_ask_for_all_of_it_leave_others_their_answers(attacked, client_at):
    attackers = [client_at(0, (await attacked.person()).session) for _ in range(2)]
    bystander = client_at(0, (await attacked.person()).session)

    began = time.monotonic()
    flood = [asyncio.create_task(each.post(f"{{ me {{ {THIRTY} }} }}")) for each in attackers * 3]
    seen = [code(await bystander.post("{ me { id } }")) for _ in range(10)]
    answers = await asyncio.gather(*flood)
    minutes = int(time.monotonic() - began) // 60

    assert seen == ["OK"] * 10
    found = codes(answers)
    assert found.keys() == {(200, "OK"), (429, "RATE_LIMITED")}
    # Each account had it once, or once more in each minute that a busy machine took.
    assert 2 <= found[200, "OK"] <= 2 * (1 + minutes)


@pytest.mark.parametrize(
    ("fields", "cost"),
    [
        ("id", 1),
        ("id email plan { name }", 1),
        ("sessions { id } apiTokens { totalCount }", 2),
        ("a: twoFactor b: twoFactor c: twoFactor", 3),
        (USAGE, 10),
        ('usage(from: "2026-01-01", to: "2026-04-11") { units }', 1),
        ('usage(from: "2026-01-01", to: "2026-04-12") { units }', 2),
        ('usage(from: "2026-01-01", to: "2026-12-31", interval: MONTH) { units }', 1),
        ('usage(from: "2026-01-01", to: "2026-04-11", byModel: true, model: "text") { units }', 1),
        # Refused when it runs, and so without work.
        ('usage(from: "2026-01-01", to: "2036-01-01", interval: HOUR) { units }', 1),
        ('usage(from: "2026-01-02", to: "2026-01-01") { units }', 1),
        # Below each row of a page once more.
        (f"apiTokens(first: 20) {{ nodes {{ {USAGE} }} }}", 201),
        (f"apiTokens(first: 20) {{ edges {{ node {{ {USAGE} }} }} }}", 201),
        (f"apiTokens(first: 7) {{ nodes {{ id }} nodes {{ a: {USAGE} }} edges {{ node {{ b: {USAGE} }} }} }}", 141),
        ("securityEvents(first: 50) { nodes { actor { twoFactor sessions { id } } } }", 101),
    ],
)
async def test_the_reported_price_is_what_is_spent(attacked, client_at, fields, cost):
    client = client_at(0, (await attacked.person()).session)

    told = await client.run(f"{{ me {{ {fields} }} rateLimit(dryRun: true) {{ cost }} }}")
    await client.post(f"{{ me {{ {fields} }} }}")

    assert told["rateLimit"]["cost"] == cost
    assert await spent(client) == cost


async def test_by_model_each_model_has_its_points(attacked, client_at):
    client = client_at(0, (await attacked.person()).session)
    public = (await client.run("{ models(first: 1) { totalCount } }"))["models"]["totalCount"]
    fields = 'usage(from: "2026-01-01", to: "2026-02-01", byModel: true) { units }'

    told = await client.run(f"{{ me {{ {fields} }} rateLimit(dryRun: true) {{ cost }} }}")

    assert told["rateLimit"]["cost"] == -(-31 * (public + 1) // 100)


async def test_more_than_an_account_has_in_a_minute_is_refused_before_anything_runs(attacked, client_at):
    client = client_at(0, (await attacked.person()).session)

    refused = await client.post(f"{{ me {{ apiTokens(first: 100) {{ nodes {{ {USAGE} }} }} }} }}")

    assert (refused.status_code, code(refused)) == (400, "QUERY_TOO_COMPLEX")
    assert await spent(client) == 0


async def test_usage_has_its_price_below_a_mutation_too(attacked, client_at):
    client = client_at(0, (await attacked.person()).session)
    made = (await client.run(CREATE % "a"))["createApiToken"]["apiToken"]
    revoke = 'mutation { revokeApiToken(id: "%s") { ... on ApiTokenRevoked { apiToken { id %s } } } }'

    await client.run(revoke % (made["id"], USAGE))
    with_usage = await spent(client)
    await client.run(revoke % (made["id"], ""))

    # One to make it; and the revocation alone spends nothing, however often.
    assert (with_usage, await spent(client)) == (1 + 10, 1 + 10 + 1)


async def test_each_page_of_the_catalogue_costs_a_unit(attacked, client_at):
    client = client_at(0, (await attacked.person()).session)
    pages = " ".join(f"a{number}: models(first: 100) {{ nodes {{ example {{ variables }} }} }}" for number in range(29))

    told = await client.run(f"{{ {pages} rateLimit {{ cost windows {{ name used }} }} }}")

    assert told["rateLimit"]["cost"] == 29
    assert {window["name"]: window["used"] for window in told["rateLimit"]["windows"]} == {"minute": 29, "day": 29}


def crowded(rows: int, columns: int) -> dict[str, Any]:
    """A page with words enough that each stands alone."""
    image = Image.new("RGB", (columns * 60 + 40, rows * 30 + 40), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(14)
    for row in range(rows):
        for column in range(columns):
            draw.text((20 + column * 60, 20 + row * 30), f"w{row}{column}", fill="black", font=font)
    file = BytesIO()
    image.save(file, "PNG")
    return {"base64": b64encode(file.getvalue()).decode()}


@pytest.fixture
def seconds() -> int:
    """How long a call may take."""
    return 10


@pytest.fixture
def reading(attacked: Installation, triton, tmp_path: Path, seconds: int) -> Iterator[Service]:
    """A third process of the installation, with a Triton that has the shipped models too."""
    changed = {"GATEHOUSE_TRITON_URL": triton.url, "GATEHOUSE_INFERENCE_TIMEOUT_SECONDS": str(seconds)}
    with Service(attacked.environ | changed, tmp_path / "service.log") as started:
        yield started


@pytest.fixture
async def reader(reading: Service) -> AsyncIterator[Callable[[str], Awaitable[AccountClient]]]:
    async with AsyncExitStack() as closing:

        async def client(session: str) -> AccountClient:
            return await closing.enter_async_context(AccountClient(reading.url, session))

        yield client


async def units(client) -> int:
    """Of the day: what was read may have taken a busy machine more than a minute."""
    windows = (await client.run(f"{{ {LIMITS} }}"))["rateLimit"]["windows"]
    return int(next(window["used"] for window in windows if window["name"] == "day"))


@pytest.mark.parametrize("seconds", [600])
async def test_crowded_pages_are_refused_before_they_are_read_and_others_are_read(attacked, reader):
    attacker, bystander = [await reader((await attacked.person()).session) for _ in range(2)]
    page, small = crowded(20, 16), {"base64": b64encode(images.written("Gatehouse")).decode()}

    attack = asyncio.create_task(attacker.run(MANY, images=[page] * 4))
    read = [(await bystander.run(READ, image=small))["readText"]["text"] for _ in range(3)]
    refused = (await attack)["readTexts"]

    assert read == ["Gatehouse"] * 3
    # Read whole, they would take longer than they may.
    message = "The image has more than 300 lines of text. Crop it or split it."
    assert refused == [{"__typename": "ImageRefused", "code": "INVALID_IMAGE", "message": message}] * 4
    assert (await units(attacker), await units(bystander)) == (20, 15)


@pytest.mark.parametrize("seconds", [1])
async def test_a_call_that_takes_longer_than_it_may_is_paid_by_its_caller(attacked, reader):
    client = await reader((await attacked.person()).session)
    slow = SLEEPS % (20_000, ', timeout: "PT0.2S"')

    assert code(await client.post(f"{{ a: {slow} }}")) == "DEADLINE_EXCEEDED"
    assert code(await client.post(f"{{ a: {SLEEPS % (2_000, '')} }}")) == "DEADLINE_EXCEEDED"

    assert await units(client) == 2


async def admitted(client, expected: int) -> bool:
    return await units(client) == expected


async def order_of_ends(service: Service, *answers: httpx2.Response) -> list[httpx2.Response]:
    """As the service has logged them. This process may learn of several at once."""
    ids = {answer: answer.headers["X-Request-ID"] for answer in answers}
    await until(lambda: all(one in service.log.read_text() for one in ids.values()))
    log = service.log.read_text()
    return sorted(answers, key=lambda answer: log.index(ids[answer]))


def many(images_read: int) -> str:
    fields = " ".join(f"a{number}: readText(image: $image) {{ width }}" for number in range(images_read))
    return f"query ($image: ImageInput!) {{ {fields} }}"


@pytest.mark.parametrize("seconds", [600])
async def test_a_caller_who_reads_many_images_waits_for_their_own(attacked, reader, reading):
    attacker, bystander = [await reader((await attacked.person()).session) for _ in range(2)]
    page = crowded(1, 10)  # all of it is read
    small = {"base64": b64encode(images.written("Gatehouse")).decode()}

    attack = asyncio.create_task(attacker.post(many(6), image=page))
    await until(lambda: admitted(attacker, 30))
    read = await bystander.post(READ, image=small)
    attacked_until = await attack

    assert read.json()["data"]["readText"]["text"] == "Gatehouse"
    assert attacked_until.json()["data"] == {f"a{number}": {"width": 10 * 60 + 40} for number in range(6)}
    # The attack ends when all its images are read. Its deadline is far away, on a busy machine too.
    assert await order_of_ends(reading, attacked_until, read) == [read, attacked_until]
    assert await units(attacker) == 30


@pytest.mark.parametrize("seconds", [2])
async def test_images_that_are_not_read_in_time_are_paid_by_their_caller(attacked, reader):
    attacker = await reader((await attacked.person()).session)

    late = (await attacker.post(many(29), image=crowded(4, 20))).json()["errors"]

    # The caller's own images took the time.
    assert {error["extensions"]["code"] for error in late} == {"DEADLINE_EXCEEDED"}
    assert await units(attacker) == 145
