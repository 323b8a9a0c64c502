"""Administration over the wire, with two processes: what one of them has answered holds in the other."""

import asyncio

import pytest

from tests.journey.accounts import Browser, NetworkClient, mails_to
from tests.journey.administrators import new_administrator as new_administrator
from tests.journey.administrators import user_id
from tests.journey.client import TEXT, code, codes, create_token
from tests.mails import until

SUSPEND = """mutation ($id: ID!, $reason: String! = "Spam.") { suspendUser(id: $id, reason: $reason) {
  __typename ... on UserSuspended { user { id email suspendedAt sessions { id } apiTokens { totalCount } } }
  ... on UserError { code message } ... on InvalidInput { problems { path code } } } }"""
REINSTATE = """mutation ($id: ID!) { reinstateUser(id: $id) {
  __typename ... on UserReinstated { user { suspendedAt } } } }"""
SET_ROLE = """mutation ($id: ID!, $role: Role!) { setUserRole(id: $id, role: $role) {
  __typename ... on UserRoleSet { user { role } } ... on UserError { code } } }"""
SET_PLAN = """mutation ($id: ID!, $plan: String!) { setUserPlan(id: $id, plan: $plan) {
  __typename ... on UserPlanSet { user { plan { name } } } ... on InvalidInput { problems { path code } } } }"""
SAVE = """mutation ($input: PlanInput!) { savePlan(input: $input) {
  __typename ... on PlanSaved { plan { name unitsPerMinute maxTokenLifetime weight models } }
  ... on InvalidInput { problems { path code } } } }"""
REVOKE = """mutation ($id: ID!) { revokeUserApiToken(id: $id) {
  __typename ... on ApiTokenRevoked { apiToken { status } } ... on UserError { code } } }"""
ROTATE = """mutation ($id: ID!) { rotateApiToken(id: $id) { ... on ApiTokenCreated { apiToken { id } } } }"""
REFUSALS = "{ me { refusals { code count } } }"
LIMITS = "{ rateLimit { windows { name limit } } models { totalCount } }"
LOGOUT = "mutation { logout { at } }"
EVENTS = """query ($id: ID, $action: String) { auditEvents(userId: $id, action: $action) { totalCount nodes {
  action actorKind actor { email } subject detail ipAddress changes { field before after } } } }"""
OWN = """{ me { securityEvents { nodes {
  action actorKind actor { email } detail ipAddress userAgent changes { field before after } } } } }"""
USERS = """query ($search: String, $state: UserState, $plan: String, $first: Int! = 50, $after: String) {
  users(search: $search, state: $state, plan: $plan, first: $first, after: $after) {
    totalCount nodes { email role twoFactor plan { name } } edges { cursor }
    pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
PRO = {
    "unitsPerMinute": 777,
    "unitsPerDay": 7777,
    "concurrentRequests": 7,
    "maxApiTokens": 7,
    "maxTokenLifetime": "P7D",
    "weight": 3,
}


@pytest.fixture
async def root(new_administrator):
    return await new_administrator()


@pytest.fixture
async def ada(installation):
    return await installation.person()


async def test_a_suspended_user_is_out_in_both_processes_and_comes_back(installation, client_at, root, ada):
    token = await create_token(client_at(0, ada.session))
    clients = [client_at(number, credential) for number in (0, 1) for credential in (token["token"], ada.session)]
    assert codes([await client.post(TEXT) for client in clients]) == {(200, "OK"): 4}
    loads = [asyncio.create_task(_until_refused(client)) for client in clients for _ in range(5)]

    suspended = (await client_at(0, root.session).run(SUSPEND, id=user_id(ada)))["suspendUser"]

    after = await asyncio.gather(*(client.post(TEXT) for client in clients for _ in range(20)))
    assert codes(after) == {(401, "UNAUTHENTICATED"): 80}
    assert set(await asyncio.gather(*loads)) == {(401, "UNAUTHENTICATED")}
    assert suspended["user"].pop("suspendedAt") is not None
    assert suspended == {
        "__typename": "UserSuspended",
        "user": {"id": user_id(ada), "email": ada.email, "sessions": [], "apiTokens": {"totalCount": 1}},
    }
    await until(lambda: len(mails_to(installation, ada.email)) == 1)
    assert "Spam." in mails_to(installation, ada.email)[0].get_body(("plain",)).get_content()

    assert (await client_at(1, root.session).run(REINSTATE, id=user_id(ada)))["reinstateUser"] == {
        "__typename": "UserReinstated",
        "user": {"suspendedAt": None},
    }
    assert codes([await client.post(TEXT) for client in clients]) == {(200, "OK"): 2, (401, "UNAUTHENTICATED"): 2}


async def _until_refused(client):
    while (response := await client.post(TEXT)).status_code == 200:
        pass
    return response.status_code, code(response)


@pytest.mark.parametrize("document", [LOGOUT, "mutation Bye { logout { at } }  # not read before"])
async def test_a_suspended_user_can_still_log_out(client_at, root, ada, document):
    await client_at(0, root.session).run(SUSPEND, id=user_id(ada))

    for number in (0, 1):
        assert (await client_at(number, ada.session).run(document))["logout"]["at"]
        for refused in (
            "{ me { id } }",
            "mutation { logout { at } revokeOtherSessions { count } }",
            "mutation { logout: revokeOtherSessions { count } }",
            "query logout { me { id } }",
        ):
            assert code(await client_at(number, ada.session).post(refused)) == "UNAUTHENTICATED"


async def test_logging_out_drops_the_cookie_of_a_suspended_user(installation, root, ada, client_at):
    await client_at(0, root.session).run(SUSPEND, id=user_id(ada))
    browser = Browser(NetworkClient(installation.urls[1]))
    browser.cookies = {"__Host-gatehouse-session": ada.session}

    assert (await browser.run(LOGOUT))["at"]

    assert browser.cookies == {}
    await browser.client.__aexit__(None, None, None)


async def test_a_session_that_was_revoked_otherwise_cannot_even_log_out(client_at, ada):
    client = client_at(0, ada.session)
    await client.run(LOGOUT)

    assert code(await client.post(LOGOUT)) == "UNAUTHENTICATED"


async def test_roles_and_plans_hold_in_the_other_process(client_at, root, ada):
    first, second = client_at(0, root.session), client_at(1, ada.session)
    assert code(await second.post("{ plans { name } }")) == "FORBIDDEN"
    name = f"pro of {ada.id}"

    saved = (await first.run(SAVE, input={"name": name, **PRO, "models": ["private"]}))["savePlan"]
    given = (await first.run(SET_PLAN, id=user_id(ada), plan=name))["setUserPlan"]

    assert saved["plan"] == {
        "name": name,
        "unitsPerMinute": 777,
        "maxTokenLifetime": "P7D",
        "weight": 3,
        "models": ["private"],
    }
    assert given == {"__typename": "UserPlanSet", "user": {"plan": {"name": name}}}
    assert await _minute(second) == 777

    await first.run(SAVE, input={"name": name, **PRO, "unitsPerMinute": 778})

    assert await _minute(second) == 778
    raised = await first.run(SET_ROLE, id=user_id(ada), role="ADMIN")
    assert raised["setUserRole"] == {"__typename": "UserRoleSet", "user": {"role": "ADMIN"}}
    # An administrator without a second factor.
    assert code(await second.post("{ plans { name } }")) == "FORBIDDEN"
    await first.run(SET_ROLE, id=user_id(ada), role="USER")
    assert (await second.run("{ me { role } }"))["me"]["role"] == "USER"
    unknown = await first.run(SET_PLAN, id=user_id(ada), plan="gold")
    assert unknown["setUserPlan"]["problems"] == [{"path": ["plan"], "code": "UNKNOWN_PLAN"}]


async def _minute(client):
    windows = (await client.run(LIMITS))["rateLimit"]["windows"]
    return next(window["limit"] for window in windows if window["name"] == "minute")


async def test_every_act_is_in_the_log_and_its_user_sees_it(client_at, root, ada):
    admin, user = client_at(0, root.session), client_at(1, ada.session)
    token = await create_token(user, name="leaked")
    revoked = await admin.run(REVOKE, id=token["apiToken"]["id"])
    await admin.run(SET_ROLE, id=user_id(ada), role="ADMIN")

    log = (await admin.run(EVENTS, id=user_id(ada)))["auditEvents"]
    own = (await user.run(OWN))["me"]["securityEvents"]["nodes"]

    assert revoked["revokeUserApiToken"] == {"__typename": "ApiTokenRevoked", "apiToken": {"status": "REVOKED"}}
    assert code(await client_at(1, token["token"]).post(TEXT)) == "UNAUTHENTICATED"
    assert [event["action"] for event in log["nodes"]] == [
        "ADMINISTRATOR_APPOINTED",
        "API_TOKEN_REVOKED",
        "API_TOKEN_CREATED",
    ]
    assert log["totalCount"] == 3
    appointed, ended, created = log["nodes"]
    assert appointed == {
        "action": "ADMINISTRATOR_APPOINTED",
        "actorKind": "ADMIN",
        "actor": {"email": root.email},
        "subject": None,
        "detail": None,
        "ipAddress": "127.0.0.1",
        "changes": [{"field": "role", "before": "USER", "after": "ADMIN"}],
    }
    assert (ended["subject"], ended["changes"][0]["field"]) == ("leaked", "revokedAt")
    assert (created["actor"], created["changes"]) == ({"email": ada.email}, [])
    assert own[0] == {
        "action": "ADMINISTRATOR_APPOINTED",
        "actorKind": "ADMIN",
        "actor": None,
        "detail": None,
        "ipAddress": None,
        "userAgent": None,
        "changes": [{"field": "role", "before": "USER", "after": "ADMIN"}],
    }
    only = (await admin.run(EVENTS, id=user_id(ada), action="API_TOKEN_REVOKED"))["auditEvents"]
    assert [event["action"] for event in only["nodes"]] == ["API_TOKEN_REVOKED"]
    for other in ({"id": token["apiToken"]["id"]}, {"id": user_id(ada), "action": "no such"}):
        assert (await admin.run(EVENTS, **other))["auditEvents"] == {"totalCount": 0, "nodes": []}


PAGES = """query ($id: ID, $after: String) { auditEvents(first: 2, userId: $id, after: $after) {
  totalCount nodes { action } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""


async def test_the_log_has_pages(client_at, root, ada):
    admin = client_at(0, root.session)
    for role in ("ADMIN", "USER", "ADMIN"):
        await admin.run(SET_ROLE, id=user_id(ada), role=role)

    one = (await admin.run(PAGES, id=user_id(ada)))["auditEvents"]
    two = (await admin.run(PAGES, id=user_id(ada), after=one["pageInfo"]["endCursor"]))["auditEvents"]

    seen = [event["action"] for page in (one, two) for event in page["nodes"]]
    assert seen == ["ADMINISTRATOR_APPOINTED", "ADMINISTRATOR_DISMISSED", "ADMINISTRATOR_APPOINTED"]
    assert [(page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]) for page in (one, two)] == [
        (False, True),
        (True, False),
    ]
    assert (one["totalCount"], two["totalCount"]) == (3, 3)
    assert code(await admin.post(PAGES, id=user_id(ada), after="x")) == "BAD_REQUEST"


HELD = """query ($id: ID!, $token: ID!) { user(id: $id) { refusals { code count }
  apiToken(id: $token) { refusals { code count } replacedBy { id } } } }"""


async def test_an_administrator_sees_the_refusals_and_rotations_of_the_user_and_not_their_own(client_at, root, ada):
    admin, user = client_at(0, root.session), client_at(1, ada.session)
    token = await create_token(user)
    new = (await user.run(ROTATE, id=token["apiToken"]["id"]))["rotateApiToken"]
    assert codes([await client_at(1, token["token"]).post(TEXT) for _ in range(3)]) == {(401, "UNAUTHENTICATED"): 3}
    held = {"id": user_id(ada), "token": token["apiToken"]["id"]}

    async def is_recorded():
        return sum(entry["count"] for entry in (await user.run(REFUSALS))["me"]["refusals"]) == 3

    await until(is_recorded)
    found = (await admin.run(HELD, **held))["user"]
    assert sum(entry["count"] for entry in found["refusals"]) == 3
    assert {entry["code"] for entry in found["refusals"]} == {"UNAUTHENTICATED"}
    assert found["apiToken"] == {"refusals": found["refusals"], "replacedBy": new["apiToken"]}
    assert (await admin.run(REFUSALS))["me"]["refusals"] == []


async def test_users_are_found_in_pages(client_at, root, ada):
    admin = client_at(0, root.session)

    found = (await admin.run(USERS, search=str(ada.id)[:20].upper(), state="ACTIVE"))["users"]

    (user,) = found["nodes"]
    assert (user["email"], user["role"], user["twoFactor"]) == (ada.email, "USER", False)
    assert (found["totalCount"], found["pageInfo"]["hasNextPage"]) == (1, False)
    assert (await admin.run(USERS, search=ada.email, state="SUSPENDED"))["users"]["totalCount"] == 0
    first = (await admin.run(USERS, first=1))["users"]
    second = (await admin.run(USERS, first=1, after=first["pageInfo"]["endCursor"]))["users"]
    assert first["totalCount"] == second["totalCount"] >= 2
    assert (first["pageInfo"]["hasPreviousPage"], second["pageInfo"]["hasPreviousPage"]) == (False, True)
    assert first["nodes"] != second["nodes"]
    for wrong in ({"first": 0}, {"first": 101}, {"after": "x"}, {"search": "\0"}, {"plan": "x" * 255}):
        assert code(await admin.post(USERS, **wrong)) == "BAD_REQUEST"


async def test_of_two_administrators_who_dismiss_each_other_in_two_processes_one_stays(
    installation, client_at, new_administrator
):
    people = [await new_administrator(), await new_administrator()]
    async with installation.database() as database:
        # Of other tests.
        await database.execute("UPDATE users SET role = 'USER' WHERE id <> ALL($1::uuid[])", [one.id for one in people])
        answers = await asyncio.gather(
            *(
                client_at(number, people[number].session).post(SET_ROLE, id=user_id(people[1 - number]), role="USER")
                for number in (0, 1)
            )
        )

        left = await database.fetchval("SELECT count(*) FROM users WHERE role = 'ADMIN'")

    assert left == 1
    assert sorted(code(answer) for answer in answers) == ["FORBIDDEN", "OK"]
