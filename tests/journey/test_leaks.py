"""Leaked tokens are found with the page's expression and script, and reported: then they are dead in every process."""

import asyncio
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import blocks
from tests.journey.accounts import mails_to
from tests.journey.client import TEXT, code, codes, create_token
from tests.mails import until

PAGE = Path(__file__).parents[2] / "docs" / "tokens.md"
REPORT = "mutation ($tokens: [String!]!) { reportLeakedTokens(tokens: $tokens) { at } }"
SECTION = "A leaked token"
_EVENTS = "SELECT count(*) FROM audit_events WHERE user_id = $1 AND action = 'API_TOKEN_REPORTED'"
_JAPANESE = "UPDATE users SET locale = 'ja' WHERE id = $1"


@pytest.fixture
async def ada(installation):
    return await installation.person()


@pytest.fixture
async def session(client_at, ada):
    return client_at(0, ada.session)


def noise(*secrets):
    """As secrets stand in a repository."""
    lines = [f'GATEHOUSE_TOKEN="{secret}" # {number}' for number, secret in enumerate(secrets)]
    return "\n".join(["gth_", "gth_eyJhbGciOi.eyJpc3Mi.AAAA", *lines, "xgth_" + secrets[0]])


async def test_the_expression_finds_secrets_and_nothing_else(session):
    (expression,) = [block.text.strip() for block in blocks.of(PAGE, section=SECTION) if block.language == "text"]
    created = [await create_token(session, name=str(number)) for number in range(3)]
    rotation = "mutation ($id: ID!) { rotateApiToken(id: $id) { ... on ApiTokenCreated { token } } }"
    rotated = (await session.run(rotation, id=created[0]["apiToken"]["id"]))["rotateApiToken"]

    secrets = [one["token"] for one in (*created, rotated)]
    assert re.findall(expression, noise(*secrets)) == secrets
    assert re.findall(expression, session.http.headers["Authorization"]) == []


async def test_the_script_prints_what_this_service_has_signed(installation, session, tmp_path):
    (script,) = [block for block in blocks.of(PAGE, section=SECTION) if block.file == "find_tokens.py"]
    (tmp_path / "find_tokens.py").write_text(script.text)
    created, forged = await create_token(session), (await create_token(session, name="forged"))["token"]
    forged = forged[:-20] + ("A" * 20)

    process = await asyncio.create_subprocess_exec(
        sys.executable, tmp_path / "find_tokens.py", installation.urls[1],
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    found, _ = await process.communicate(noise(created["token"], forged, created["token"]).encode())

    assert (process.returncode, found.decode()) == (0, created["token"] + "\n")


async def test_a_reported_token_is_dead_in_every_process_and_its_owner_gets_a_mail(
    installation, client_at, session, ada
):
    async with installation.database() as database:
        await database.execute(_JAPANESE, ada.id)
    created = await create_token(session)
    clients = [client_at(number, created["token"]) for number in (0, 1)]
    assert codes([await client.post(TEXT) for client in clients]) == {(200, "OK"): 2}

    answer = await client_at(1).post(REPORT, tokens=[created["token"], "nothing"])

    assert codes([await client.post(TEXT) for client in clients * 20]) == {(401, "UNAUTHENTICATED"): 40}
    assert (answer.status_code, list(answer.json()["data"]["reportLeakedTokens"])) == (200, ["at"])
    await until(lambda: mails_to(installation, ada.email))
    (mail,) = mails_to(installation, ada.email)
    assert mail["Subject"] == "漏えいした API トークンを失効させました"
    assert f"a (...{created['apiToken']['hint']})" in mail.get_body(("plain",)).get_content()
    async with installation.database() as database:
        assert await database.fetchval(_EVENTS, ada.id) == 1


async def test_every_report_gets_the_same_answer(client_at, session):
    created = await create_token(session)
    expired = await create_token(session, name="b", expires_in="PT1S")
    await until(lambda: datetime.now(UTC) >= datetime.fromisoformat(expired["apiToken"]["expiresAt"]))

    reports = (created, created, expired)
    answers = [await client_at(0).post(REPORT, tokens=[one["token"]]) for one in reports]
    answers += [await client_at(1).post(REPORT, tokens=[text]) for text in ("nothing", created["token"][:-1] + "A")]

    assert codes(answers) == {(200, "OK"): 5}
    assert {shape(answer) for answer in answers} == {'{"data":{"reportLeakedTokens":{"at":"T"}}}'}


def shape(answer):
    return re.sub(r"\d{4}-[^\"]*", "T", answer.text)


async def test_a_report_of_more_than_a_hundred_is_refused_and_ends_nothing(client_at, session):
    created = await create_token(session)

    answer = await client_at(0).post(REPORT, tokens=[created["token"]] * 101)

    assert (answer.json()["data"], code(answer)) == ({"reportLeakedTokens": None}, "BAD_REQUEST")
    assert (await client_at(1, created["token"]).post(TEXT)).status_code == 200


async def test_a_hundred_rotated_tokens_fit_into_a_report_without_a_credential(client_at, session):
    created = await create_token(session)
    rotation = "mutation ($id: ID!) { rotateApiToken(id: $id) { ... on ApiTokenCreated { token } } }"
    secret = (await session.run(rotation, id=created["apiToken"]["id"]))["rotateApiToken"]["token"]

    assert code(await client_at(0).post(REPORT, tokens=[secret] * 100)) == "OK"

    assert code(await client_at(1, secret).post(TEXT)) == "UNAUTHENTICATED"


async def test_a_leaked_token_may_report_itself(client_at, session):
    created = await create_token(session)
    client = client_at(0, created["token"])

    assert code(await client.post(REPORT, tokens=[created["token"]])) == "OK"

    assert code(await client.post(TEXT)) == "UNAUTHENTICATED"
