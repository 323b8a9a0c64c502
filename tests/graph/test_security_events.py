"""What happened to an account, through the schema."""

from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from db.models.audit_events import ActorKind, AuditEvent
from db.models.second_factors import SecondFactor
from graph import ids
from limits.charges import Rights
from tests.graph.account_schema import answer, ask, refused
from tests.resolvers.administering import SEALED
from tests.resolvers.conftest import *  # noqa: F403 - its fixtures
from tests.resolvers.conftest import NOW, PASSWORD, caller

__all__ = ["answer", "ask", "refused"]

EVENTS = """query ($first: Int! = 50, $after: String) { me { securityEvents(first: $first, after: $after) {
  totalCount nodes { id at action actorKind actor { id email plan { name } } subject ipAddress userAgent detail }
  edges { cursor node { action } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
LOGIN = """mutation ($password: String!) { login(input: {email: "ada@example.org", password: $password}) {
  __typename ... on LoggedIn { user { securityEvents { nodes { action } } } } } }"""


@pytest.fixture
def events(answer):
    async def run(by, **variables):
        return (await answer(EVENTS, by=by, **variables))["me"]["securityEvents"]

    return run


def having(person, role):
    return replace(person.caller, rights=Rights(role, frozenset(), None, frozenset()))


async def with_second_factor(person):
    await SecondFactor.create(user=person.user, sealed_secret=SEALED, confirmed_at=NOW)


async def test_a_user_sees_each_event_whole(answer, events, ada):
    anonymous = caller(address="2001:db8::1")
    await answer(LOGIN, by=anonymous, password=PASSWORD[1:])
    create = 'mutation { createApiToken(input: {name: "ci", expiresIn: "P1D"}) { __typename } }'
    later = NOW + timedelta(seconds=1)
    await answer(create, by=ada.caller, at=later)

    created, failed = (await events(ada.caller))["nodes"]

    assert ids.find("AuditEvent", created.pop("id")) != ids.find("AuditEvent", failed.pop("id"))
    assert created == {
        "at": later.isoformat(),
        "action": "API_TOKEN_CREATED",
        "actorKind": "SELF",
        "actor": None,
        "subject": "ci",
        "ipAddress": ada.caller.address,
        "userAgent": "tests",
        "detail": None,
    }
    assert failed == {
        "at": NOW.isoformat(),
        "action": "LOGIN_REFUSED",
        "actorKind": "VISITOR",
        "actor": None,
        "subject": None,
        "ipAddress": "2001:db8::1",
        "userAgent": "tests",
        "detail": None,
    }


async def test_the_events_read_right_after_a_login_include_it(answer, ada):
    started = (await answer(LOGIN, password=PASSWORD))["login"]

    assert started["user"]["securityEvents"]["nodes"] == [{"action": "LOGGED_IN"}]


async def test_the_actor_is_shown_only_to_administrators_with_a_second_factor(events, ada, eve):
    for actor_id in (ada.id, eve.id, None, uuid4()):
        kind = ActorKind.ADMIN if actor_id else ActorKind.VISITOR
        at = NOW + timedelta(seconds=await AuditEvent.all().count())
        await AuditEvent.create(
            id=uuid4(), at=at, user_id=ada.id, action="PROFILE_UPDATED", actor_kind=kind, actor_id=actor_id
        )

    assert [node["actor"] for node in (await events(having(ada, "ADMIN")))["nodes"]] == [None] * 4
    await with_second_factor(ada)
    seen = await events(having(ada, "ADMIN"))

    assert [node["actor"] for node in seen["nodes"]] == [
        None,
        None,
        {"id": ids.write("User", eve.id), "email": "eve@example.org", "plan": {"name": "free"}},
        {"id": ids.write("User", ada.id), "email": "ada@example.org", "plan": {"name": "free"}},
    ]
    for by in (ada.caller, having(ada, "USER")):
        assert [node["actor"] for node in (await events(by))["nodes"]] == [None] * 4


async def test_every_kind_of_actor_can_be_written(events, ada):
    for kind in ActorKind:
        await AuditEvent.create(id=uuid4(), at=NOW, user_id=ada.id, action="PROFILE_UPDATED", actor_kind=kind)

    seen = await events(ada.caller)

    assert {node["actorKind"] for node in seen["nodes"]} == {"SELF", "API_TOKEN", "ADMIN", "SYSTEM", "VISITOR"}


async def test_pages(events, refused, ada):
    for number in range(3):
        at = NOW + timedelta(seconds=number)
        await AuditEvent.create(
            id=uuid4(), at=at, user_id=ada.id, action=str(number), actor_kind=ActorKind.SELF, actor_id=ada.id
        )

    one = await events(ada.caller, first=2)
    two = await events(ada.caller, first=2, after=one["pageInfo"]["endCursor"])

    assert [node["action"] for node in one["nodes"]] == ["2", "1"]
    assert [edge["node"]["action"] for edge in two["edges"]] == ["0"]
    assert (one["totalCount"], two["totalCount"]) == (3, 3)
    assert [edge["cursor"] for edge in one["edges"]] == [
        one["pageInfo"]["startCursor"],
        one["pageInfo"]["endCursor"],
    ]
    assert [(page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]) for page in (one, two)] == [
        (False, True),
        (True, False),
    ]
    for after in ("", "x", "é", urlsafe_b64encode(b"2026-11-22T12:00:00 x").decode()):
        assert await refused(EVENTS, by=ada.caller, after=after) == ["BAD_REQUEST"]
    for first in (0, -1, 101):
        assert await refused(EVENTS, by=ada.caller, first=first) == ["BAD_REQUEST"]


async def test_an_account_without_events_has_an_empty_page(events, ada):
    assert await events(ada.caller) == {
        "totalCount": 0,
        "nodes": [],
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }


async def test_an_api_token_cannot_read_security_events(refused, ada):
    assert await refused(EVENTS, by=ada.by_token("INFER", "READ")) == ["FORBIDDEN"]
