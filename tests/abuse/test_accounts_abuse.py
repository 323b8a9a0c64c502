"""One account against its owner, its neighbours and its limits: what a token may not do, what is done again and again,
and leaving in order to come back."""

import asyncio
import re
from collections import Counter
from uuid import uuid4

import pytest

from access.passwords import Hasher
from tests.journey.client import TEXT, codes, create_token, revoke_token
from tests.mails import caught_by, until

PASSWORD, NEXT = "correct horse battery", "another horse battery"
LIST = "{ me { apiTokens(first: 10) { nodes { id hint } } } }"
MIXED = "{ me { apiTokens(first: 10) { nodes { id } } } models(first: 1) { totalCount } }"
CHANGE = """mutation ($old: String!, $new: String!) { changePassword(currentPassword: $old, newPassword: $new) {
  __typename ... on UserError { code } } }"""
UPDATE = """mutation ($id: ID!, $input: UpdateApiTokenInput!) { updateApiToken(id: $id, input: $input) {
  __typename ... on UserError { code } } }"""
LOGOUT = "mutation { logout { at } }"
REGISTER = """mutation ($email: String!, $password: String!) {
  register(input: {email: $email, password: $password}) { __typename } }"""
VERIFY = "mutation ($code: String!) { verifyEmail(code: $code) { __typename } }"
LOGIN = """mutation ($email: String!, $password: String!) {
  login(input: {email: $email, password: $password}) { ... on LoggedIn { token } } }"""
DELETE = "mutation ($password: String!) { deleteAccount(password: $password) { __typename } }"
WINDOWS = "{ rateLimit { windows { name scope used } } }"
_CODE = r"([A-Z2-7]{4}-){7}[A-Z2-7]{4}"
# Of one person: what revocations write.
_ROWS = """
SELECT (SELECT count(*) FROM credential_events WHERE user_id = $1) AS events,
    (SELECT count(*) FROM audit_events WHERE user_id = $1) AS audited,
    (SELECT count(*) FROM credential_events WHERE user_id = $1 AND done_at IS NULL) AS undone
"""


@pytest.fixture
async def ada(attacked):
    return await with_password(attacked)


async def with_password(attacked, **plan):
    made = await attacked.person(**plan)
    hasher = Hasher(1, passes=1, memory_kib=8)
    async with attacked.database() as database:
        digest = await hasher.hash(PASSWORD)
        await database.execute("UPDATE users SET password_digest = $2 WHERE id = $1", made.id, digest)
    hasher.close()
    return made


async def all_at_once(clients, query, number, /, **variables):
    """So many over the clients in turn, sixty at a time."""
    answers = []
    for started in range(0, number, 60):
        sixty = range(started, min(number, started + 60))
        answers += await asyncio.gather(*(clients[n % len(clients)].post(query, **variables) for n in sixty))
    return answers


async def rows(attacked, person):
    async with attacked.database() as database:
        return dict(await database.fetchrow(_ROWS, person.id))


async def test_what_a_token_may_not_do_is_charged_to_the_token(attacked, client_at, ada):
    owner = client_at(0, ada.session)
    leaked = await create_token(owner, scopes=["INFER"])
    thief = [client_at(number, leaked["token"]) for number in (0, 1)]

    answers = await all_at_once(thief, "{ me { id } }", 320)

    assert codes(answers) == {(200, "FORBIDDEN"): 300, (429, "RATE_LIMITED"): 20}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["errors"][0]["extensions"]["window"] == "token-account-minute"
    assert '"token-account-minute";r=0;' in refused.headers["RateLimit"]
    assert '"account-minute"' not in refused.headers["RateLimit"]
    # Nor does it come by asking for what no limit refuses to its owner.
    for query in (LOGOUT, "mutation { revokeOtherSessions { count } }"):
        assert codes([await thief[0].post(query)]) == {(429, "RATE_LIMITED"): 1}
    seen = await owner.run(f"{{ me {{ id }} {WINDOWS[2:-2]} }}")
    used = {window["name"]: (window["scope"], window["used"]) for window in seen["rateLimit"]["windows"]}
    # One unit for the token that was made, one for this.
    assert used["account-minute"] == ("USER", 2)


async def test_whatever_a_leaked_token_has_spent_its_owner_lists_makes_and_revokes(attacked, client_at):
    ada = await with_password(attacked, per_minute=100, per_day=150)
    owner = client_at(0, ada.session)
    leaked = await create_token(owner)
    thief = [client_at(number, leaked["token"]) for number in (0, 1)]
    await all_at_once(thief, TEXT, 120)
    await all_at_once(thief, DELETE, 320, password=PASSWORD)
    assert codes([await thief[0].post(TEXT)]) == {(429, "RATE_LIMITED"): 1}

    listed = await owner.post(LIST)
    made = await create_token(owner, name="another")
    changed = await owner.post(UPDATE, id=leaked["apiToken"]["id"], input={"unitsPerMinute": 1})
    password = await owner.post(CHANGE, old="wrong", new=NEXT)
    mixed = await owner.post(MIXED)
    revoked = await revoke_token(owner, leaked)
    left = await owner.post(LOGOUT)

    assert codes([listed, changed, password, revoked, left]) == {(200, "OK"): 5}
    assert leaked["apiToken"]["id"] in {node["id"] for node in listed.json()["data"]["me"]["apiTokens"]["nodes"]}
    assert made["__typename"] == "ApiTokenCreated"
    assert changed.json()["data"]["updateApiToken"] == {"__typename": "ApiTokenUpdated"}
    assert password.json()["data"]["changePassword"]["code"] == "WRONG_PASSWORD"
    # Beside a field of the plan's, it is charged to the plan: docs/limits.md.
    assert codes([mixed]) == {(429, "RATE_LIMITED"): 1}
    assert codes([await client.post(TEXT) for client in thief]) == {(401, "UNAUTHENTICATED"): 2}


async def test_the_owner_changes_the_password_while_a_token_floods(attacked, client_at, ada):
    owner = client_at(0, ada.session)
    leaked = await create_token(owner, scopes=["INFER"])
    thief = [client_at(number, leaked["token"]) for number in (0, 1)]
    flood = asyncio.create_task(all_at_once(thief, CHANGE, 400, old="x", new="y"))

    answer = await owner.run(CHANGE, old=PASSWORD, new=NEXT)

    assert answer["changePassword"] == {"__typename": "PasswordChanged"}
    assert codes(await flood) == {(200, "FORBIDDEN"): 300, (429, "RATE_LIMITED"): 100}


async def test_600_revocations_of_a_dead_token_write_nothing(attacked, client_at, ada):
    owner, bystander = [client_at(number, ada.session) for number in (0, 1)], await attacked.person()
    token, session = await create_token(owner[0]), await attacked.session_of(ada.id)
    (other,) = [node["id"] for node in await sessions_of(client_at(1, session), ada) if node["current"]]
    await revoke_token(owner[0], token)
    await owner[0].run("mutation ($id: ID!) { revokeSession(id: $id) { __typename } }", id=other)
    before = await rows(attacked, ada)
    dead = " ".join(f"a{n}: revokeApiToken(id: $token) {{ __typename }}" for n in range(10))
    others = "revokeSession(id: $session) { __typename } revokeOtherSessions { count }"
    again = f"mutation ($token: ID!, $session: ID!) {{ {dead} {others} }}"

    attack = asyncio.create_task(all_at_once(owner, again, 60, token=token["apiToken"]["id"], session=other))
    asked = [await client_at(n % 2, bystander.session).post("{ me { id } }") for n in range(20)]
    answers = await attack

    assert codes(answers) == {(200, "OK"): 60}
    found = Counter(
        field["__typename"] for answer in answers for name, field in answer.json()["data"].items() if name[0] == "a"
    )
    assert found == {"ApiTokenRevoked": 600}
    assert codes(asked) == {(200, "OK"): 20}
    assert await rows(attacked, ada) == before
    assert before == {"events": 2, "audited": 3, "undone": 0}


async def sessions_of(client, person):
    return (await client.run("{ me { sessions { id current } } }"))["me"]["sessions"]


async def test_600_changes_of_a_token_to_what_it_is_write_nothing(attacked, client_at, ada):
    owner = [client_at(number, ada.session) for number in (0, 1)]
    token = await create_token(owner[0], unitsPerMinute=7)
    same = {"unitsPerMinute": 7, "models": None, "name": "a"}
    before = await rows(attacked, ada)

    answers = await all_at_once(owner, UPDATE, 310, id=token["apiToken"]["id"], input=same)

    # One of the owner's 300 was for making it.
    assert codes(answers) == {(200, "OK"): 299, (429, "RATE_LIMITED"): 11}
    assert await rows(attacked, ada) == before


async def test_an_account_that_is_deleted_and_registered_again_has_no_new_units(attacked, client_at):
    """The plan `free` of this installation: 20 units a minute, and 2 calls at once."""
    address = f"{uuid4()}@example.org"
    for nth, asked, admitted, spent in ((1, 12, 12, 12), (2, 16, 8, 20), (3, 16, 0, 20)):
        session = await sign_up(attacked, client_at, address, nth=nth)
        clients = [client_at(process, session) for process in (0, 1)]

        answers = await one_after_another(clients, asked)

        expected = {(200, "OK"): admitted, (429, "RATE_LIMITED"): asked - admitted}
        assert codes(answers) == {how: number for how, number in expected.items() if number}
        windows = {w["name"]: w["used"] for w in (await clients[0].run(WINDOWS))["rateLimit"]["windows"]}
        assert (windows["minute"], windows["day"]) == (spent, spent)
        assert (await clients[1].run(DELETE, password=PASSWORD))["deleteAccount"] == {"__typename": "AccountDeleted"}
    # An address that nobody had begins at zero.
    other = client_at(0, await sign_up(attacked, client_at, f"{uuid4()}@example.org", nth=1))
    assert codes([await other.post(TEXT)]) == {(200, "OK"): 1}


async def one_after_another(clients, number):
    """Over both processes at once, and one at a time in each."""
    calls = [[client.post(TEXT) for _ in range(number // 2)] for client in clients]
    return [answer for answers in await asyncio.gather(*map(_in_turn, calls)) for answer in answers]


async def _in_turn(calls):
    return [await call for call in calls]


async def sign_up(attacked, client_at, address, *, nth):
    """A session of a new user, whose email is the `nth` to this address."""
    anonymous = client_at(nth % 2)
    await anonymous.run(REGISTER, email=address, password=PASSWORD)
    await until(lambda: len(codes_to(attacked, address)) >= nth)
    await anonymous.run(VERIFY, code=codes_to(attacked, address)[-1])
    return (await anonymous.run(LOGIN, email=address, password=PASSWORD))["login"]["token"]


def codes_to(attacked, address):
    texts = [str(mail.get_body(["plain"])) for mail in caught_by(attacked.mail.mails, address)]
    return [found.group() for text in texts if (found := re.search(_CODE, text))]
