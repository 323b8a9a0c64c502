"""Passwords, addresses, profiles and what is stored, through the schema."""

import json
from typing import Any

import pytest

from db.models.mail_codes import Purpose
from db.models.users import User
from graph.context import Context
from graph.http import cookies
from tests.graph.account_schema import executed
from tests.graph.holding import holds
from tests.resolvers.accounts import ADDRESS, NEW_PASSWORD, issue, stored
from tests.resolvers.conftest import *  # noqa: F403 - its fixtures
from tests.resolvers.conftest import NOW, PASSWORD, caller, is_admitted, mails

NOTHING: Any = None
AT = NOW.isoformat()

REQUEST_RESET = """mutation ($email: String!) { requestPasswordReset(email: $email) { __typename
  ... on MailAccepted { email } ... on UserError { code } ... on InvalidInput { problems { path code } } } }"""
RESET = """mutation ($code: String!, $newPassword: String!) {
  resetPassword(code: $code, newPassword: $newPassword) { __typename ... on PasswordChanged { at }
    ... on UserError { code } ... on InvalidInput { problems { path code } } } }"""
CHANGE = """mutation ($currentPassword: String!, $newPassword: String!) {
  changePassword(currentPassword: $currentPassword, newPassword: $newPassword) { __typename
    ... on PasswordChanged { at } ... on UserError { code } ... on TooManyAttempts { retryAfterSeconds }
    ... on InvalidInput { problems { path code } } } }"""
REQUEST_EMAIL = """mutation ($newEmail: String!, $password: String!) {
  requestEmailChange(newEmail: $newEmail, password: $password) { __typename ... on MailAccepted { email }
    ... on UserError { code } ... on InvalidInput { problems { path code } } } }"""
CONFIRM_EMAIL = """mutation ($code: String!) { confirmEmailChange(code: $code) { __typename
  ... on EmailChanged { email } ... on UserError { code } } }"""
UPDATE = """mutation ($input: ProfileInput!) { updateProfile(input: $input) { __typename
  ... on ProfileUpdated { user { displayName locale plan { name } } }
  ... on UserError { code } ... on InvalidInput { problems { path code } } } }"""
DELETE = """mutation ($password: String!) { deleteAccount(password: $password) { __typename
  ... on AccountDeleted { at } ... on UserError { code } ... on TooManyAttempts { retryAfterSeconds } } }"""
EXPORT = """mutation ($password: String!) { exportAccount(password: $password) { __typename
  ... on AccountExported { json } ... on UserError { code } } }"""


@pytest.fixture
def context(tools):
    def make(by=None):
        return Context(
            request_id="1", caller=by or caller(), tools=tools, models=NOTHING, health=NOTHING, at=NOW, **holds()
        )  # fmt: skip

    return make


@pytest.fixture
def ask_within(context):
    """Executes in a context of the test's own, or in a new one of the caller's."""

    async def run(document, /, *, within=None, by=None, **variables):
        return await executed(document, within or context(by), **variables)

    return run


@pytest.fixture
def answer(ask_within):
    async def run(document, /, **given):
        result = await ask_within(document, **given)
        assert result.errors is None, result.errors
        (only,) = result.data.values()
        return only

    return run


async def test_a_forgotten_password_is_reset_and_the_browser_known(answer, context, tools, ada):
    asked = await answer(REQUEST_RESET, email="Ada@Example.org")
    assert asked == {"__typename": "MailAccepted", "email": ADDRESS}
    code = (await mails())[0]["context"]["code"]
    within = context()

    done = await answer(RESET, within=within, code=code, newPassword=NEW_PASSWORD)

    assert done == {"__typename": "PasswordChanged", "at": AT}
    (device,) = within.cookies.values()
    value = device.removeprefix(f"{cookies.DEVICE}=").partition(";")[0]
    assert tools.devices.recognise(value, ADDRESS, at=NOW) is not None
    assert list(within.cookies) == [cookies.DEVICE]


async def test_refusals_of_a_reset_are_members_of_its_unions(answer, context, ada):
    assert await answer(REQUEST_RESET, email="ada") == {
        "__typename": "InvalidInput",
        "code": "INVALID_INPUT",
        "problems": [{"path": ["email"], "code": "INVALID_EMAIL"}],
    }
    within, code = context(), await issue(ada.id, Purpose.RESET_PASSWORD)
    assert await answer(RESET, within=within, code="x", newPassword=NEW_PASSWORD) == {
        "__typename": "CodeRefused",
        "code": "CODE_REFUSED",
    }
    assert await answer(RESET, within=within, code=code, newPassword="ada") == {
        "__typename": "InvalidInput",
        "code": "INVALID_INPUT",
        "problems": [{"path": ["newPassword"], "code": "TOO_SHORT"}],
    }
    assert within.cookies == {}


async def test_a_password_is_changed_or_refused_with_the_reason(answer, ada):
    async def change(current, new):
        return await answer(CHANGE, by=ada.caller, currentPassword=current, newPassword=new)

    assert await change("wrong", NEW_PASSWORD) == {"__typename": "WrongPassword", "code": "WRONG_PASSWORD"}
    assert (await change(PASSWORD, PASSWORD))["problems"] == [{"path": ["newPassword"], "code": "UNCHANGED"}]
    assert await change(PASSWORD, NEW_PASSWORD) == {"__typename": "PasswordChanged", "at": AT}
    for _ in range(9):
        await change("wrong", NEW_PASSWORD)
    refusal = await change(NEW_PASSWORD, PASSWORD)
    assert (refusal["__typename"], refusal["code"]) == ("TooManyAttempts", "TOO_MANY_ATTEMPTS")
    assert refusal["retryAfterSeconds"] > 800


async def test_an_address_is_changed_by_a_code_and_without_a_session(answer, ada):
    new = "lovelace@example.org"
    refusal = await answer(REQUEST_EMAIL, by=ada.caller, newEmail=ADDRESS, password=PASSWORD)
    assert refusal["problems"] == [{"path": ["newEmail"], "code": "UNCHANGED"}]
    asked = await answer(REQUEST_EMAIL, by=ada.caller, newEmail=new, password=PASSWORD)
    assert asked == {"__typename": "MailAccepted", "email": new}
    code = (await mails())[0]["context"]["code"]

    assert await answer(CONFIRM_EMAIL, code=code) == {"__typename": "EmailChanged", "email": new}
    assert await answer(CONFIRM_EMAIL, code=code) == {"__typename": "CodeRefused", "code": "CODE_REFUSED"}


async def test_a_profile_update_tells_omitted_from_null(answer, ada):
    async def update(**given):
        return await answer(UPDATE, by=ada.caller, input=given)

    await update(displayName="Ada", locale="ja")

    plan = {"name": "free"}
    assert (await update())["user"] == {"displayName": "Ada", "locale": "ja", "plan": plan}
    assert (await update(displayName=None))["user"] == {"displayName": None, "locale": "ja", "plan": plan}
    assert (await update(locale=None))["user"] == {"displayName": None, "locale": "en", "plan": plan}
    assert (await update(locale="x"))["problems"] == [{"path": ["input", "locale"], "code": "INVALID_LOCALE"}]


async def test_an_account_is_exported_and_deleted_with_the_cookie_of_its_session(answer, context, gate, ada):
    exported = await answer(EXPORT, by=ada.caller, password=PASSWORD)
    assert json.loads(exported["json"])["user"]["email"] == ADDRESS
    wrong = {"__typename": "WrongPassword", "code": "WRONG_PASSWORD"}
    within = context(ada.caller)
    assert await answer(DELETE, within=within, password="wrong") == wrong  # noqa: S106 - a wrong one
    assert within.cookies == {}

    deleted = await answer(DELETE, within=within, password=PASSWORD)

    assert deleted == {"__typename": "AccountDeleted", "at": AT}
    assert within.cookies == cookies.drop_session()
    assert await User.filter(id=ada.id).count() == 0
    assert not await is_admitted(gate, ada.caller.credential)


@pytest.mark.parametrize(
    ("document", "given"),
    [
        (CHANGE, {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}),
        (REQUEST_EMAIL, {"newEmail": "lovelace@example.org", "password": PASSWORD}),
        (UPDATE, {"input": {"displayName": "Ada"}}),
        (DELETE, {"password": PASSWORD}),
        (EXPORT, {"password": PASSWORD}),
    ],
    ids=["changePassword", "requestEmailChange", "updateProfile", "deleteAccount", "exportAccount"],
)
async def test_who_may_not_act_gets_an_error_and_nothing_changes(ask_within, ada, hasher, document, given):
    before, computed = await stored(), hasher.computed

    by_nobody = await ask_within(document, **given)
    by_token = await ask_within(document, by=ada.by_token("INFER", "READ"), **given)

    codes = [problem.original_error.code for result in (by_nobody, by_token) for problem in result.errors]
    assert codes == ["UNAUTHENTICATED", "FORBIDDEN"]
    assert (await stored(), hasher.computed) == (before, computed)
