"""Two-factor login through the schema, executed as `graph.execution.operations` does it."""

from datetime import timedelta

import pytest

from access.credentials import Kind
from db.models.second_factors import RecoveryCode, SecondFactor
from graph import ids
from graph.context import Context
from graph.http import cookies
from tests.graph.account_schema import LOGIN, NOTHING, executed
from tests.graph.holding import holds
from tests.resolvers.conftest import *  # noqa: F403 - its fixtures
from tests.resolvers.conftest import NOW, PASSWORD, caller
from tests.resolvers.programs import *  # noqa: F403 - its fixtures
from tests.resolvers.programs import LATER, STEP, WRONG, reading

ENROL = """mutation ($password: String!) { enrolTwoFactor(password: $password) { __typename
  ... on TwoFactorOffered { uri recoveryCodes } ... on UserError { code } } }"""
CONFIRM = """mutation ($code: String!) { confirmTwoFactor(code: $code) { __typename
  ... on TwoFactorChanged { enabled at } ... on UserError { code }
  ... on TooManyAttempts { retryAfterSeconds } } }"""
DISABLE = """mutation ($password: String!, $code: String!) { disableTwoFactor(password: $password, code: $code) {
  __typename ... on TwoFactorChanged { enabled at } ... on UserError { code }
  ... on TooManyAttempts { retryAfterSeconds } } }"""
CHALLENGE = """mutation ($email: String!, $password: String!) { login(input: {email: $email, password: $password}) {
  ... on SecondFactorNeeded { challenge expiresAt } } }"""
COMPLETE = """mutation ($challenge: String!, $code: String!, $cookie: Boolean! = false) {
  completeLogin(challenge: $challenge, code: $code, cookie: $cookie) { __typename
    ... on LoggedIn { token expiresAt user { id email sessions { current } } } ... on UserError { code message }
    ... on TooManyAttempts { retryAfterSeconds } } }"""

ADA = {"email": "ada@example.org", "password": PASSWORD}


@pytest.fixture
def ask_with_cookies(tools):
    """The answer, and the cookies that go with it."""

    async def run(document, /, *, by=None, at=LATER, **variables):
        context = Context(
            request_id="1", caller=by or caller(), tools=tools, models=NOTHING, health=NOTHING, at=at, **holds()
        )
        return await executed(document, context, **variables), context.cookies

    return run


@pytest.fixture
def answer(ask_with_cookies):
    """The one field of an answer without errors."""

    async def run(document, /, **given):
        result, _ = await ask_with_cookies(document, **given)
        assert result.errors is None, result.errors
        (found,) = result.data.values()
        return found

    return run


@pytest.fixture
def refused(ask_with_cookies):
    async def run(document, /, **given):
        result, _ = await ask_with_cookies(document, **given)
        return [problem.original_error.code for problem in result.errors or ()]

    return run


async def test_the_journey(ask_with_cookies, answer, ada, tools):
    offer = await answer(ENROL, by=ada.caller, at=NOW, password=PASSWORD)
    assert (offer["__typename"], len(offer["recoveryCodes"])) == ("TwoFactorOffered", 10)
    program = reading(offer["uri"], offer["recoveryCodes"])
    assert (await answer(LOGIN, **ADA, at=NOW))["__typename"] == "LoggedIn"

    confirmed = await answer(CONFIRM, by=ada.caller, at=NOW, code=program.shows(NOW))
    assert confirmed == {"__typename": "TwoFactorChanged", "enabled": True, "at": NOW.isoformat()}
    challenged = await answer(CHALLENGE, **ADA)
    assert challenged["expiresAt"] == (LATER + timedelta(minutes=5)).isoformat()

    result, kept = await ask_with_cookies(COMPLETE, challenge=challenged["challenge"], code=program.shows(LATER))
    started = result.data["completeLogin"]
    assert started["__typename"] == "LoggedIn"
    assert started["user"] == {
        "id": ids.write("User", ada.id),
        "email": "ada@example.org",
        "sessions": [{"current": True}, {"current": False}],
    }
    assert started["token"]
    assert set(kept) == {cookies.DEVICE}

    after = LATER + 2 * STEP
    changed = await answer(DISABLE, by=ada.caller, at=after, password=PASSWORD, code=program.shows(after))
    assert changed == {"__typename": "TwoFactorChanged", "enabled": False, "at": after.isoformat()}
    assert (await answer(LOGIN, **ADA, at=after))["__typename"] == "LoggedIn"


async def test_the_session_can_be_kept_in_a_cookie(ask_with_cookies, answer, ada, program, tools):
    challenged = await answer(CHALLENGE, **ADA)

    result, kept = await ask_with_cookies(
        COMPLETE, challenge=challenged["challenge"], code=program.shows(LATER), cookie=True
    )

    assert result.data["completeLogin"]["token"] is None
    assert set(kept) == {cookies.SESSION, cookies.DEVICE}
    device = kept[cookies.DEVICE].partition("=")[2].partition(";")[0]
    assert tools.devices.recognise(device, "ada@example.org", at=LATER) is not None


async def test_refusals_are_members_of_the_unions(ask_with_cookies, answer, ada, program):
    challenged = await answer(CHALLENGE, **ADA)
    given = {"challenge": challenged["challenge"], "code": WRONG}
    refusal = {"__typename": "CodeRefused", "code": "CODE_REFUSED"}

    assert await answer(ENROL, by=ada.caller, password="wrong") == {  # noqa: S106 - a test's own
        "__typename": "WrongPassword",
        "code": "WRONG_PASSWORD",
    }
    assert await answer(CONFIRM, by=ada.caller, code=program.shows(LATER)) == refusal
    assert (await answer(DISABLE, by=ada.caller, password="", code=WRONG))["code"] == "WRONG_PASSWORD"
    assert await answer(DISABLE, by=ada.caller, password=PASSWORD, code=WRONG) == refusal
    for _ in range(10):
        result, kept = await ask_with_cookies(COMPLETE, **given)
        assert result.data["completeLogin"] == {
            **refusal,
            "message": "This code is unknown, used, expired or made for something else. Try a new one.",
        }
        assert kept == {}
    late = await answer(COMPLETE, challenge=challenged["challenge"], code=program.shows(LATER))
    assert (late["code"], late["retryAfterSeconds"] > 800) == ("TOO_MANY_ATTEMPTS", True)
    assert (await SecondFactor.all().count(), await RecoveryCode.all().count()) == (1, 10)


async def test_too_many_attempts_are_counted_by_session_too(answer, ada, program):
    for _ in range(10):
        await answer(CONFIRM, by=ada.caller, code=WRONG)

    for document, given in (
        (ENROL, {"password": PASSWORD}),
        (CONFIRM, {"code": program.shows(LATER)}),
        (DISABLE, {"password": PASSWORD, "code": program.shows(LATER)}),
    ):
        assert (await answer(document, by=ada.caller, **given))["code"] == "TOO_MANY_ATTEMPTS"


async def test_enrolling_again_while_it_is_on_is_an_error(refused, ada, program):
    assert await refused(ENROL, by=ada.caller, password=PASSWORD) == ["FORBIDDEN"]


@pytest.mark.parametrize(
    ("document", "given"),
    [
        (ENROL, {"password": PASSWORD}),
        (CONFIRM, {"code": "123456"}),
        (DISABLE, {"password": PASSWORD, "code": "123456"}),
    ],
)
async def test_a_caller_without_the_right_gets_an_error(refused, ada, document, given):
    assert await refused(document, **given) == ["UNAUTHENTICATED"]
    assert await refused(document, by=ada.by_token("INFER", "READ"), **given) == ["FORBIDDEN"]


async def test_a_logged_in_caller_becomes_the_user_of_the_challenge(answer, ada, eve, program, signer):
    challenged = await answer(CHALLENGE, **ADA, at=NOW)
    given = {"challenge": challenged["challenge"], "code": program.recovery_codes[0]}

    started = await answer(COMPLETE, by=eve.caller, at=NOW, **given)

    assert started["user"]["email"] == "ada@example.org"
    credential = signer.verify(started["token"])
    assert (credential.kind, credential.user_id) == (Kind.SESSION, ada.id)
