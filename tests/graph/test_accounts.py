"""Accounts and API tokens through the schema, executed as `graph.execution.operations` does it."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest

import errors
from db.models.users import User
from graph import ids
from limits.charges import Charge, ModelCall
from limits.entries import Outcome
from telemetry import metrics
from tests.graph.account_schema import LOGIN, answer, ask, refused
from tests.resolvers.conftest import *  # noqa: F403 - its fixtures
from tests.resolvers.conftest import NOW, PASSWORD, caller, mails

__all__ = ["answer", "ask", "refused"]

REGISTER = """mutation ($input: RegisterInput!) { register(input: $input) { __typename
  ... on MailAccepted { email }
  ... on UserError { code message }
  ... on InvalidInput { problems { path code } } } }"""
CREATE = """mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { __typename
  ... on ApiTokenCreated { token apiToken { id name hint scopes models unitsPerMinute status expiresAt revokedAt } }
  ... on UserError { code } ... on LimitReached { limit } ... on InvalidInput { problems { path code } } } }"""


async def test_the_journey(answer, signer):
    who = {"email": "Ada@Example.org", "password": PASSWORD}
    assert await answer(REGISTER, input=who) == {"register": {"__typename": "MailAccepted", "email": "ada@example.org"}}
    (mail,) = await mails()
    verify = "mutation ($code: String!) { verifyEmail(code: $code) { __typename ... on EmailVerified { email } } }"
    code = mail["context"]["code"]
    assert (await answer(verify, code=code))["verifyEmail"]["email"] == "ada@example.org"
    assert (await answer(verify, code=code))["verifyEmail"] == {"__typename": "CodeRefused"}

    started = (await answer(LOGIN, **who))["login"]
    assert started["user"] == {
        "email": "ada@example.org",
        "plan": {"name": "free", "maxTokenLifetime": "P365D"},
        "sessions": [{"current": True}],
    }
    by = caller(signer.verify(started["token"]))
    me = await answer("{ me { email locale role displayName suspendedAt } currentApiToken { id } }", by=by)
    assert me["me"] == {
        "email": "ada@example.org",
        "locale": "en",
        "role": "USER",
        "displayName": None,
        "suspendedAt": None,
    }
    assert me["currentApiToken"] is None

    made = (await answer(CREATE, by=by, input={"name": "ci", "expiresIn": "P7D"}))["createApiToken"]
    token = made["apiToken"]
    assert (token["name"], token["scopes"], token["status"]) == ("ci", ["INFER", "READ"], "ACTIVE")
    assert made["token"].startswith("gth_")
    assert made["token"].endswith(token["hint"])
    program = caller(signer.verify(made["token"]))
    assert (await answer("{ currentApiToken { id } }", by=program))["currentApiToken"] == {"id": token["id"]}

    revoke = """mutation ($id: ID!) { revokeApiToken(id: $id) {
        ... on ApiTokenRevoked { apiToken { status revokedAt } } ... on UserError { code } } }"""
    ended = (await answer(revoke, by=by, id=token["id"]))["revokeApiToken"]
    assert ended == {"apiToken": {"status": "REVOKED", "revokedAt": NOW.isoformat()}}
    assert (await answer("mutation { logout { at } }", by=by))["logout"] == {"at": NOW.isoformat()}


async def test_refusals_are_members_of_the_unions(answer, ada, eve):
    wrong = await answer(REGISTER, input={"email": "x", "password": "x"})
    assert wrong["register"]["code"] == "INVALID_INPUT"
    assert wrong["register"]["problems"] == [
        {"path": ["input", "email"], "code": "INVALID_EMAIL"},
        {"path": ["input", "password"], "code": "TOO_SHORT"},
    ]
    for _ in range(10):
        refusal = (await answer(LOGIN, email="ada@example.org", password=PASSWORD[1:]))["login"]
        assert refusal == {"__typename": "LoginRefused", "code": "LOGIN_REFUSED"}
    refusal = (await answer(LOGIN, email="ada@example.org", password=PASSWORD))["login"]
    assert (refusal["code"], refusal["retryAfterSeconds"] > 800) == ("TOO_MANY_ATTEMPTS", True)
    for number in range(10):
        await answer(CREATE, by=ada.caller, input={"name": str(number), "expiresIn": "PT1H"})
    full = await answer(CREATE, by=ada.caller, input={"name": "10", "expiresIn": "PT1H"})
    assert full["createApiToken"] == {"__typename": "LimitReached", "code": "LIMIT_REACHED", "limit": 10}
    taken = await answer(CREATE, by=ada.caller, input={"name": "1", "expiresIn": "PT1H"})
    assert taken["createApiToken"] == {"__typename": "NameTaken", "code": "NAME_TAKEN"}


IDS = ["", "x", "a" * 1000, "é", ids.write("User", "x"), "QXBpVG9rZW46AAAA", ids.write("Session", "0" * 32)]


@pytest.mark.parametrize("given", IDS)
async def test_malformed_ids_are_not_found(answer, ada, given):
    ends = """mutation ($id: ID!) {
        a: revokeApiToken(id: $id) { ... on UserError { code } }
        b: deleteApiToken(id: $id) { ... on UserError { code } }
        c: updateApiToken(id: $id, input: {}) { ... on UserError { code } }
        d: revokeSession(id: $id) { ... on UserError { code } } }"""
    found = await answer(ends, by=ada.caller, id=given)
    assert found == {name: {"code": "NOT_FOUND"} for name in "abcd"}
    assert (await answer("query ($id: ID!) { me { apiToken(id: $id) { id } } }", by=ada.caller, id=given)) == {
        "me": {"apiToken": None}
    }


@pytest.mark.parametrize("given", ["x", ids.write("ApiToken", "0" * 32), ids.write("Session", "0" * 32)])
@pytest.mark.parametrize(
    "field",
    [
        "revokeApiToken(id: $id)",
        "deleteApiToken(id: $id)",
        "updateApiToken(id: $id, input: {})",
        "revokeSession(id: $id)",
    ],
)
async def test_only_a_session_is_answered_about_ids(refused, ada, given, field):
    document = f"mutation ($id: ID!) {{ {field} {{ __typename }} }}"

    assert await refused(document, by=ada.by_token("INFER", "READ"), id=given) == ["FORBIDDEN"]
    assert await refused(document, id=given) == ["UNAUTHENTICATED"]


PRIVATE = [
    "email",
    "emailVerifiedAt",
    "displayName",
    "locale",
    "role",
    "createdAt",
    "suspendedAt",
    "sessions { id }",
    "apiTokens { totalCount }",
    "apiToken(id: 1) { id }",
]


@pytest.mark.parametrize("field", PRIVATE)
async def test_an_api_token_does_not_see(refused, ada, field):
    assert await refused(f"{{ me {{ {field} }} }}", by=ada.by_token("INFER", "READ")) == ["FORBIDDEN"]


async def test_an_api_token_sees_id_plan_and_usage(answer, refused, ada):
    document = """{ me { id plan { id name unitsPerMinute unitsPerDay concurrentRequests maxApiTokens models }
        usage(from: "2026-03-01", to: "2026-03-02") { start calls units model refusals { count } } } }"""

    seen = (await answer(document, by=ada.by_token("READ")))["me"]

    assert seen["id"] == ids.write("User", ada.id)
    assert seen["plan"]["unitsPerDay"] == 10_000
    (point,) = seen["usage"]
    assert point == {"start": "2026-03-01T00:00:00+00:00", "calls": 0, "units": 0, "model": None, "refusals": []}
    assert await refused(document, by=ada.by_token("INFER")) == ["FORBIDDEN"]


async def test_an_operation_rolls_up_once_for_any_number_of_usage_fields(answer, ada, gate):
    admission = await gate.admit(ada.caller.credential, Charge("plan", (ModelCall("a", 3),), timedelta(seconds=1)))
    await gate.settle(admission, [Outcome("a", calls=1, failed=0, units=3)])
    # Read now: the test may run long after its collection, and midnight may pass while it runs.
    day = datetime.now(UTC).date()
    after = day + timedelta(days=1)
    usage = f'usage(from: "{day}", to: "{after}") {{ units }}'
    before = rollups()

    document = f"{{ a: me {{ {usage} }} me {{ {' '.join(f'u{n}: {usage}' for n in range(15))} }} }}"
    seen = await answer(document, by=ada.caller)

    assert rollups() == before + 1
    assert seen == {"a": {"usage": [{"units": 3}]}, "me": {f"u{n}": [{"units": 3}] for n in range(15)}}


def rollups():
    samples = (sample for family in metrics.REDIS_SECONDS.collect() for sample in family.samples)
    return sum(one.value for one in samples if one.name.endswith("_count") and one.labels["script"] == "xrange")


@pytest.mark.parametrize(
    "act",
    [
        'createApiToken(input: {name: "x", expiresIn: "P1D"}) { __typename }',
        "logout { at }",
        "revokeOtherSessions { count }",
        'revokeSession(id: "U2Vzc2lvbjpmNmI0ZTZkMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDA") { __typename }',
    ],
)
async def test_a_caller_without_the_right_gets_an_error(refused, ada, act):
    assert await refused(f"mutation {{ {act} }}") == ["UNAUTHENTICATED"]
    assert await refused(f"mutation {{ {act} }}", by=ada.by_token("INFER", "READ")) == ["FORBIDDEN"]


async def test_me_is_null_for_an_anonymous_caller_and_in_a_dry_run(answer, ada):
    nobody = {"me": None, "currentApiToken": None}

    assert await answer("{ me { id } currentApiToken { id } }") == nobody
    assert await answer("{ me { id } currentApiToken { id } }", by=ada.caller, dry_run=True) == nobody


async def test_pages_of_tokens(answer, refused, ada):
    for number in range(3):
        at = NOW + timedelta(seconds=number)
        await answer(CREATE, by=ada.caller, at=at, input={"name": str(number), "expiresIn": "PT1H", "models": []})
    document = """query ($first: Int!, $after: String) { me { apiTokens(first: $first, after: $after) {
        nodes { name models } edges { cursor node { name } } totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""

    one = (await answer(document, by=ada.caller, first=2))["me"]["apiTokens"]
    two = (await answer(document, by=ada.caller, first=2, after=one["pageInfo"]["endCursor"]))["me"]["apiTokens"]

    assert one["nodes"] == [{"name": "2", "models": []}, {"name": "1", "models": []}]
    assert [edge["node"]["name"] for edge in two["edges"]] == ["0"]
    assert (one["pageInfo"]["hasNextPage"], two["pageInfo"]["hasNextPage"], two["totalCount"]) == (True, False, 3)
    for after in ("", "x", "é", "MjAyNg==", urlsafe_b64encode(b"2026-11-22T12:00:00 x").decode()):
        assert await refused(document, by=ada.caller, first=2, after=after) == ["BAD_REQUEST"]
    for first in (0, -1, 101):
        assert await refused(document, by=ada.caller, first=first) == ["BAD_REQUEST"]


async def test_tokens_are_found_by_a_part_of_the_name_or_by_the_hint(answer, refused, ada, eve):
    document = """query ($search: String, $after: String) { me { apiTokens(first: 2, search: $search, after: $after) {
        nodes { name } totalCount pageInfo { hasNextPage endCursor } } } }"""
    hints = {}
    for number, name in enumerate(("Backup 100%", "backup_2", "night build", "BACKUP 3")):
        given = {"name": name, "expiresIn": "PT1H"}
        made = await answer(CREATE, by=ada.caller, at=NOW + timedelta(seconds=number), input=given)
        hints[name] = made["createApiToken"]["apiToken"]["hint"]
    await answer(CREATE, by=eve.caller, input={"name": "backup of eve", "expiresIn": "PT1H"})

    async def found(search, after=None):
        return (await answer(document, by=ada.caller, search=search, after=after))["me"]["apiTokens"]

    one = await found(" bacKup ")
    two = await found("backup", one["pageInfo"]["endCursor"])
    assert [node["name"] for node in one["nodes"] + two["nodes"]] == ["BACKUP 3", "backup_2", "Backup 100%"]
    assert (one["totalCount"], one["pageInfo"]["hasNextPage"], two["pageInfo"]["hasNextPage"]) == (3, True, False)
    # These stand for themselves, and not for any text.
    assert [(await found(text))["nodes"] for text in ("%", "p_2")] == [
        [{"name": "Backup 100%"}],
        [{"name": "backup_2"}],
    ]
    assert (await found(hints["night build"]))["nodes"] == [{"name": "night build"}]
    assert (await found(hints["night build"][1:]))["totalCount"] == 0
    assert (await found("night build"))["nodes"] == [{"name": "night build"}]
    assert (await found("x" * 80))["totalCount"] == 0
    assert {text: (await found(text))["totalCount"] for text in ("of eve", "", None)} == {"of eve": 0, "": 4, None: 4}
    for wrong in ("x" * 81, "a\0b"):
        assert await refused(document, by=ada.caller, search=wrong) == ["BAD_REQUEST"]


async def test_a_token_update_tells_omitted_from_null(answer, ada):
    token_input = {"name": "ci", "expiresIn": "PT1H", "models": ["a"], "unitsPerMinute": 5}
    made = (await answer(CREATE, by=ada.caller, input=token_input))["createApiToken"]["apiToken"]
    update = """mutation ($id: ID!, $input: UpdateApiTokenInput!) { updateApiToken(id: $id, input: $input) {
        ... on ApiTokenUpdated { apiToken { name models unitsPerMinute } }
        ... on InvalidInput { problems { path code } } } }"""

    async def run(**given):
        return (await answer(update, by=ada.caller, id=made["id"], input=given))["updateApiToken"]

    assert await run(models=None) == {"apiToken": {"name": "ci", "models": None, "unitsPerMinute": 5}}
    assert await run(unitsPerMinute=None, name="x") == {
        "apiToken": {"name": "x", "models": None, "unitsPerMinute": None}
    }
    assert await run(name=None) == {"problems": [{"path": ["input", "name"], "code": "TOO_SHORT"}]}


async def test_an_unexpected_exception_stays_an_error(ask, ada, monkeypatch):
    async def fail(*_, **__):
        raise RuntimeError("secret")

    monkeypatch.setattr("resolvers.registration.verify", fail)

    result = await ask('mutation { verifyEmail(code: "x") { __typename } }')

    assert result.data == {"verifyEmail": None}
    assert isinstance(result.errors[0].original_error, RuntimeError)


async def test_a_refusal_that_the_union_lacks_stays_an_error(ask, ada, monkeypatch):
    async def fail(*_, **__):
        raise errors.ServiceUnavailable

    monkeypatch.setattr("resolvers.logins.login", fail)

    result = await ask(LOGIN, email="a@b.c", password=PASSWORD)

    assert [problem.original_error.code for problem in result.errors] == ["SERVICE_UNAVAILABLE"]
    assert await User.all().count() == 1
