"""What happened to an account: who sees it, in which order, and that it is written with what it tells of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

import errors
from db.models.audit_events import ActorKind, AuditEvent
from db.models.sessions import Session
from db.models.users import User
from db.postgres import transaction
from limits.charges import Rights
from resolvers import api_tokens, audit, registration, security_events, sessions
from resolvers.audit import Action
from resolvers.pages import Position
from resolvers.registration import Registration
from resolvers.token_input import NewToken
from tests.resolvers.conftest import NOW, PASSWORD, caller, mails

INPUT = NewToken(name="ci", expires_in=timedelta(days=1), scopes=["READ"])


async def note(user_id, action="LOGGED_IN", *, at=NOW, event_id=None, **more):
    return await AuditEvent.create(
        id=event_id or uuid4(), at=at, user_id=user_id, action=action, **({"actor_kind": ActorKind.VISITOR} | more)
    )


async def page(who, first=50, after=None):
    return await security_events.page(who.caller, first=first, after=after)


async def told(who):
    return [(event.action, event.subject) for event in (await page(who)).rows][::-1]


async def test_the_newest_come_first_and_ids_decide_between_those_of_one_time(ada):
    times = (NOW, NOW, NOW + timedelta(microseconds=1), NOW - timedelta(days=1))
    for number, at in enumerate(times, start=1):
        await note(ada.id, str(number), at=at, event_id=UUID(int=number))

    assert [event.action for event in (await page(ada)).rows] == ["3", "2", "1", "4"]


async def test_pages_have_every_event_once_while_others_are_added(ada):
    for number in range(5):
        await note(ada.id, str(number), at=NOW + timedelta(seconds=number // 2))
    seen, after, facts = [], None, []

    for _ in range(3):
        found = await page(ada, 2, after)
        seen += [event.action for event in found.rows]
        facts.append((found.has_previous, found.has_next, found.total))
        after = Position(found.rows[-1].at, found.rows[-1].id)
        await note(ada.id, "new", at=NOW + timedelta(minutes=1))

    assert sorted(seen) == ["0", "1", "2", "3", "4"]
    assert facts == [(False, True, 5), (True, True, 6), (True, False, 7)]


async def test_a_user_does_not_see_events_of_another(ada, eve):
    await note(ada.id, "ada's")
    await note(eve.id, "eve's", actor_kind=ActorKind.SELF, actor_id=ada.id)
    await note(None, "nobody's")

    found = await page(ada)

    assert ([event.action for event in found.rows], found.total) == (["ada's"], 1)


async def test_events_are_for_sessions_alone(ada, visitor):
    with pytest.raises(errors.Forbidden):
        await security_events.page(ada.by_token("INFER", "READ"), first=1, after=None)
    with pytest.raises(errors.Unauthenticated):
        await security_events.page(visitor, first=1, after=None)


async def test_only_administrators_see_the_actor(ada, eve):
    events = [
        await note(ada.id, actor_kind=ActorKind.SELF, actor_id=ada.id),
        await note(ada.id, actor_kind=ActorKind.ADMIN, actor_id=eve.id),
        await note(ada.id),
        await note(ada.id, actor_kind=ActorKind.ADMIN, actor_id=uuid4()),
    ]

    def having(role):
        return replace(ada.caller, rights=Rights(role, frozenset(), None, frozenset()))

    found = await security_events.actors(replace(having("ADMIN"), administers=True), events)

    assert {user.id: user.plan.name for user in found.values()} == {ada.id: "free", eve.id: "free"}
    for who in (ada.caller, having("USER"), having(None), having("ADMIN")):
        assert await security_events.actors(who, events) == {}


async def test_an_event_is_gone_with_the_change_that_was_rolled_back(ada):
    with pytest.raises(RuntimeError, match="the event was written"):  # noqa: PT012 - the failure comes after the event
        async with transaction() as tx:
            await User.filter(id=ada.id).using_db(tx).update(display_name="Eve")
            await audit.record(tx, Action.PROFILE_UPDATED, ada.id, ada.caller, at=NOW)
            raise RuntimeError("the event was written")

    assert (await User.get(id=ada.id)).display_name is None
    assert await AuditEvent.all().count() == 0


async def test_a_change_that_is_refused_leaves_none(tools, ada, eve, gate):
    created = await api_tokens.create(tools.signer, ada.caller, INPUT, at=NOW)
    await AuditEvent.all().delete()

    with pytest.raises(errors.NameTaken):
        await api_tokens.create(tools.signer, ada.caller, INPUT, at=NOW)
    with pytest.raises(errors.InvalidInput):
        await api_tokens.update(gate, ada.caller, created.token.id, {"name": ""}, at=NOW)
    for end in (api_tokens.revoke, api_tokens.delete):
        with pytest.raises(errors.NotFound):
            await end(gate, eve.caller, created.token.id, at=NOW)
    with pytest.raises(errors.NotFound):
        await sessions.revoke(gate, eve.caller, ada.caller.credential.id, at=NOW)
    await api_tokens.update(gate, ada.caller, created.token.id, {}, at=NOW)

    assert await AuditEvent.all().count() == 0


async def test_each_change_of_a_token_is_one_event(tools, ada, gate):
    created = await api_tokens.create(tools.signer, ada.caller, INPUT, at=NOW)
    token_id = created.token.id

    await api_tokens.update(gate, ada.caller, token_id, {"name": "new"}, at=NOW + timedelta(seconds=1))
    for second in (2, 3):
        await api_tokens.revoke(gate, ada.caller, token_id, at=NOW + timedelta(seconds=second))
    for second in (4, 5):
        await api_tokens.delete(gate, ada.caller, token_id, at=NOW + timedelta(seconds=second))

    assert await told(ada) == [
        ("API_TOKEN_CREATED", "ci"),
        ("API_TOKEN_UPDATED", "new"),
        ("API_TOKEN_REVOKED", "new"),
        ("API_TOKEN_DELETED", "new"),
    ]
    events = await AuditEvent.all().order_by("at")
    assert [event.at for event in events] == [NOW + timedelta(seconds=second) for second in (0, 1, 2, 4)]
    assert {(event.actor_kind, event.actor_id, event.ip_address) for event in events} == {
        (ActorKind.SELF, ada.id, ada.caller.address)
    }


async def test_each_end_of_sessions_is_one_event(new_person, ada, gate):
    again = await new_person("second@example.org")
    await Session.filter(id=again.caller.credential.id).update(user_id=ada.id)

    for second in (0, 1):
        await sessions.revoke(gate, ada.caller, again.caller.credential.id, at=NOW + timedelta(seconds=second))
    assert await sessions.revoke_others(gate, ada.caller, at=NOW + timedelta(seconds=2)) == 0
    await Session.filter(id=again.caller.credential.id).update(revoked_at=None)
    assert await sessions.revoke_others(gate, ada.caller, at=NOW + timedelta(seconds=3)) == 1
    for second in (4, 5):
        await sessions.logout(gate, ada.caller, at=NOW + timedelta(seconds=second))

    assert await told(ada) == [("SESSION_REVOKED", None), ("OTHER_SESSIONS_REVOKED", None), ("LOGGED_OUT", None)]


async def test_a_registration_is_recorded_from_its_start(tools):
    by, later = caller(), NOW + timedelta(minutes=1)
    given = Registration(email="ada@example.org", password=PASSWORD)
    await registration.register(tools, by, given, arrived_at=datetime.now(UTC), at=NOW)
    await registration.resend(tools, by, "ada@example.org", at=NOW + timedelta(seconds=1))
    code = (await mails())[-1]["context"]["code"]
    await registration.verify(tools, caller(), code, at=NOW + timedelta(seconds=2))
    with pytest.raises(errors.CodeRefused):
        await registration.verify(tools, caller(), code, at=NOW + timedelta(seconds=3))

    await registration.register(tools, by, given, arrived_at=datetime.now(UTC), at=later)
    await registration.resend(tools, by, "ada@example.org", at=NOW + timedelta(minutes=2))

    user = await User.get(email="ada@example.org")
    events = await AuditEvent.filter(user_id=user.id).order_by("at")
    assert [(event.action, event.actor_kind, event.actor_id) for event in events] == [
        ("REGISTERED", ActorKind.VISITOR, None),
        ("VERIFICATION_REQUESTED", ActorKind.VISITOR, None),
        ("EMAIL_VERIFIED", ActorKind.SELF, user.id),
        ("REGISTRATION_REPEATED", ActorKind.VISITOR, None),
    ]
    assert await AuditEvent.all().count() == 4


@pytest.mark.parametrize(
    ("whose", "action", "kind"),
    [
        ("ada's session", Action.PROFILE_UPDATED, ActorKind.SELF),
        ("ada's token", Action.PROFILE_UPDATED, ActorKind.API_TOKEN),
        ("eve's session", Action.REGISTRATION_REPEATED, ActorKind.VISITOR),
        ("nobody's", Action.PASSWORD_RESET_REQUESTED, ActorKind.VISITOR),
        ("nobody's", Action.PASSWORD_RESET, ActorKind.SELF),
        ("eve's session", Action.EMAIL_CHANGED, ActorKind.SELF),
    ],
)
async def test_who_did_it(ada, eve, visitor, whose, action, kind):
    callers = {
        "ada's session": ada.caller,
        "ada's token": ada.by_token("READ"),
        "eve's session": eve.caller,
        "nobody's": visitor,
    }

    async with transaction() as tx:
        await audit.record(tx, action, ada.id, callers[whose], at=NOW)

    (event,) = await AuditEvent.all()
    assert (event.actor_kind, event.actor_id) == (kind, None if kind is ActorKind.VISITOR else ada.id)
