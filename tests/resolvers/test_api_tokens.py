import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

import errors
from access.charges import Call, Charge
from access.credentials import Kind
from db.models.api_tokens import ApiToken
from db.models.plans import Plan
from db.models.sessions import Session
from db.models.users import User
from resolvers import api_tokens, sessions, token_pages
from resolvers.api_tokens import NewToken, Status
from resolvers.pages import Position
from tests.resolvers.conftest import NOW, is_admitted


@pytest.fixture
def create(signer):
    async def run(person, name="ci", *, at=NOW, **more):
        wish = {"expires_in": timedelta(days=7), "scopes": ["INFER", "READ"], **more}
        return await api_tokens.create(signer, person.caller, NewToken(name=name, **wish), at=at)

    return run


async def page(person, first=50, after=None, *, ended=False, at=NOW):
    return await token_pages.page(person.caller, first=first, after=after, include_ended=ended, at=at)


async def test_a_token_is_shown_once_and_works(create, signer, ada, gate):
    created = await create(ada, "  ci  ", models=["b", "a", "b"], units_per_minute=7, scopes=["INFER"])

    credential = signer.verify(created.secret)
    assert (credential.kind, credential.user_id, credential.scopes) == (Kind.API_TOKEN, ada.id, {"INFER"})
    stored = await ApiToken.get(id=credential.id)
    assert (stored.name, stored.models, stored.units_per_minute, stored.scopes) == ("ci", ["b", "a"], 7, ["INFER"])
    assert stored.expires_at == credential.expires_at == NOW + timedelta(days=7)
    assert created.secret.endswith(stored.hint)
    assert len(stored.hint) == 6
    assert created.secret not in repr(await ApiToken.all().values())
    admission = await gate.admit(credential, Charge("plan", (Call("a", 1),), timedelta(seconds=1)))
    assert admission.rights.token_models == {"a", "b"}
    assert {window.name: window.limit for window in admission.windows}["token-minute"] == 7


async def test_of_a_hundred_at_once_as_many_are_made_as_there_is_room_for(create, ada, eve):
    await create(eve, "another's")

    answers = await asyncio.gather(*(create(ada, f"token {n}") for n in range(100)), return_exceptions=True)

    refused = [answer for answer in answers if isinstance(answer, errors.LimitReached)]
    assert (len(answers) - len(refused), {refusal.limit for refusal in refused}) == (10, {10})
    assert await ApiToken.filter(user_id=ada.id).count() == 10


async def test_of_many_of_one_name_at_once_one_is_made(create, ada):
    answers = await asyncio.gather(*(create(ada) for _ in range(8)), return_exceptions=True)

    assert [type(answer) for answer in answers].count(errors.NameTaken) == 7
    assert await ApiToken.all().count() == 1


async def test_a_name_and_a_place_are_free_again_when_a_token_has_ended(create, ada, eve, gate):
    tokens = [(await create(ada, str(number))).token for number in range(10)]
    await create(eve, "0")

    await api_tokens.revoke(gate, ada.caller, tokens[0].id, at=NOW)
    await create(ada, "0")
    await api_tokens.delete(gate, ada.caller, tokens[1].id, at=NOW)
    await create(ada, "1")
    with pytest.raises(errors.LimitReached):
        await create(ada, "one more")

    await create(ada, "2", at=NOW + timedelta(days=7))


async def test_who_makes_and_revokes_them_without_end_has_sixty_an_hour(create, ada, eve, gate):
    for number in range(60):
        made = await create(ada, at=NOW + timedelta(seconds=number))
        await api_tokens.delete(gate, ada.caller, made.token.id, at=NOW)
    minute = NOW + timedelta(minutes=1)

    with pytest.raises(errors.TooManyAttempts) as refusal:
        await create(ada, at=minute)

    assert refusal.value.retry_after == timedelta(minutes=59)
    assert await ApiToken.filter(user_id=ada.id).count() == 60
    await create(eve, at=minute)
    await create(ada, at=NOW + timedelta(hours=1))
    with pytest.raises(errors.TooManyAttempts):
        await create(ada, "another", at=NOW + timedelta(hours=1))


async def test_a_plan_for_more_active_tokens_allows_to_make_as_many_in_an_hour(create, ada):
    await Plan.all().update(max_api_tokens=61)

    for number in range(61):
        await create(ada, str(number))

    with pytest.raises(errors.LimitReached):
        await create(ada, "one more")


@pytest.mark.parametrize(
    ("wish", "problems"),
    [
        ({"name": " "}, [("name", "TOO_SHORT")]),
        ({"name": "a" * 81}, [("name", "TOO_LONG")]),
        ({"name": "a\0"}, [("name", "INVALID_CHARACTER")]),
        ({"expires_in": timedelta(0)}, [("expiresIn", "TOO_SHORT")]),
        ({"expires_in": timedelta(milliseconds=999)}, [("expiresIn", "TOO_SHORT")]),
        ({"expires_in": timedelta(days=365, seconds=1)}, [("expiresIn", "TOO_LONG")]),
        ({"scopes": []}, [("scopes", "TOO_SHORT")]),
        ({"units_per_minute": 0}, [("unitsPerMinute", "TOO_SMALL")]),
        ({"units_per_minute": 121}, [("unitsPerMinute", "TOO_LARGE")]),
        ({"models": [str(n) for n in range(101)]}, [("models", "TOO_LONG")]),
        ({"name": "", "units_per_minute": -1}, [("name", "TOO_SHORT"), ("unitsPerMinute", "TOO_SMALL")]),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_wrong_wishes_are_named_and_nothing_is_made(create, ada, wish, problems):
    with pytest.raises(errors.InvalidInput) as refusal:
        await create(ada, **({"name": "ci"} | wish))

    found = [(problem.path[-1], problem.code) for problem in refusal.value.problems]
    assert (found, await ApiToken.all().count()) == (problems, 0)


@pytest.mark.parametrize("wish", [{"expires_in": timedelta(seconds=1)}, {"expires_in": timedelta(days=365)}])
async def test_the_bounds_of_the_plan_are_within_it(create, ada, wish):
    created = await create(ada, "a" * 80, units_per_minute=120, **wish)

    assert created.token.expires_at == NOW + wish["expires_in"]


async def test_a_session_that_has_just_ended_makes_nothing(create, ada, gate):
    await Session.all().update(revoked_at=NOW)
    with pytest.raises(errors.Unauthenticated):
        await create(ada)
    await Session.all().update(revoked_at=None)
    await User.all().update(suspended_at=NOW)
    with pytest.raises(errors.Unauthenticated):
        await create(ada)

    assert await ApiToken.all().count() == 0


async def test_a_logout_and_a_hundred_new_tokens_at_once(create, ada, gate):
    await Plan.all().update(max_api_tokens=1000)
    making = [asyncio.create_task(create(ada, str(n))) for n in range(60)]
    await asyncio.sleep(0.05)
    await sessions.logout(gate, ada.caller, at=NOW)
    after = await ApiToken.all().count()

    answers = await asyncio.gather(*making, return_exceptions=True)

    assert {type(answer) for answer in answers} <= {api_tokens.Created, errors.Unauthenticated}
    assert await ApiToken.all().count() == after


async def test_an_update_changes_what_was_given_and_is_in_force_at_once(create, signer, ada, gate):
    created = await create(ada, models=["a"], units_per_minute=7)
    credential = signer.verify(created.secret)
    charge = Charge("plan", (Call("a", 1),), timedelta(seconds=1))
    await gate.admit(credential, charge)

    given = {"name": " new ", "models": None, "unitsPerMinute": 9}
    changed = await api_tokens.update(gate, ada.caller, created.token.id, given, at=NOW)

    assert (changed.name, changed.models, changed.units_per_minute) == ("new", None, 9)
    admission = await gate.admit(credential, charge)
    assert admission.rights.token_models is None
    assert {window.name: window.limit for window in admission.windows}["token-minute"] == 9
    same = await api_tokens.update(gate, ada.caller, created.token.id, {}, at=NOW)
    assert (same.name, same.models, same.units_per_minute) == ("new", None, 9)


async def test_an_update_that_is_wrong_changes_nothing(create, ada, eve, gate):
    one, two, hers = (await create(ada, "one")).token, (await create(ada, "two")).token, (await create(eve)).token
    before = await ApiToken.all().order_by("name").values()

    wrong: list[tuple[ApiToken, dict[str, Any], type[errors.GatehouseError]]] = [
        (one, {"name": "two"}, errors.NameTaken),
        (one, {"name": None}, errors.InvalidInput),
        (one, {"name": "new", "unitsPerMinute": 121}, errors.InvalidInput),
        (hers, {"name": "mine"}, errors.NotFound),
    ]
    for token, given, refusal in wrong:
        with pytest.raises(refusal):
            await api_tokens.update(gate, ada.caller, token.id, given, at=NOW)

    assert await ApiToken.all().order_by("name").values() == before
    await api_tokens.update(gate, ada.caller, two.id, {"name": "two"}, at=NOW)
    with pytest.raises(errors.NotFound):
        await api_tokens.update(gate, ada.caller, two.id, {"name": "x"}, at=NOW + timedelta(days=7))


@pytest.mark.parametrize("end", [api_tokens.revoke, api_tokens.delete])
async def test_an_ended_token_is_dead_at_once_and_ending_it_can_be_repeated(create, signer, ada, gate, end):
    created, other = await create(ada), await create(ada, "other")
    credential = signer.verify(created.secret)
    assert await is_admitted(gate, credential)

    for seconds in (0, 5):
        await end(gate, ada.caller, created.token.id, at=NOW + timedelta(seconds=seconds))
        assert not await is_admitted(gate, credential)

    assert (await ApiToken.get(id=credential.id)).revoked_at == NOW
    assert await is_admitted(gate, signer.verify(other.secret))


@pytest.mark.parametrize("end", [api_tokens.revoke, api_tokens.delete])
async def test_nobody_ends_the_token_of_another(create, signer, ada, eve, gate, end):
    hers = await create(eve)

    for token_id in (hers.token.id, uuid4()):
        with pytest.raises(errors.NotFound):
            await end(gate, ada.caller, token_id, at=NOW)

    assert await is_admitted(gate, signer.verify(hers.secret))


async def test_tokens_come_in_pages_the_newest_first(create, ada, eve):
    await create(eve)
    for number in range(5):
        await create(ada, str(number), at=NOW + timedelta(seconds=number // 2))

    seen, after, facts = [], None, []
    for _ in range(3):
        found = await page(ada, 2, after)
        seen += [token.name for token in found.rows]
        facts.append((found.has_previous, found.has_next, found.total))
        after = Position(found.rows[-1].created_at, found.rows[-1].id)

    assert sorted(seen) == ["0", "1", "2", "3", "4"]
    assert seen[0] == "4"
    assert facts == [(False, True, 5), (True, True, 5), (True, False, 5)]


async def test_ended_tokens_are_listed_when_asked_for_and_deleted_ones_never(create, ada, gate):
    kept, short = await create(ada, "kept"), await create(ada, "short", expires_in=timedelta(seconds=1))
    revoked, deleted = await create(ada, "revoked"), await create(ada, "deleted")
    await api_tokens.revoke(gate, ada.caller, revoked.token.id, at=NOW)
    await api_tokens.delete(gate, ada.caller, deleted.token.id, at=NOW)
    later = NOW + timedelta(seconds=1)

    assert [token.name for token in (await page(ada, at=later)).rows] == ["kept"]
    ended = {token.name: api_tokens.status(token, at=later) for token in (await page(ada, ended=True, at=later)).rows}
    assert ended == {"kept": Status.ACTIVE, "short": Status.EXPIRED, "revoked": Status.REVOKED}
    assert await api_tokens.find(ada.caller, kept.token.id) == kept.token
    assert await api_tokens.find(ada.caller, short.token.id) == short.token
    assert await api_tokens.find(ada.caller, deleted.token.id) is None


async def test_a_token_sees_itself(create, signer, ada, eve, visitor):
    created = await create(ada)

    by_itself = ada.by_token("READ", token_id=created.token.id)
    assert await api_tokens.current(by_itself) == created.token
    assert await api_tokens.current(ada.caller) is None
    assert await api_tokens.current(visitor) is None
    assert await api_tokens.find(eve.caller, created.token.id) is None
    with pytest.raises(errors.Forbidden):
        await api_tokens.current(ada.by_token("INFER", token_id=created.token.id))


WISH = NewToken(name="ci", expires_in=timedelta(days=1), scopes=["READ"])
ACTS = {
    "create": lambda signer, gate, who: api_tokens.create(signer, who, WISH, at=NOW),
    "update": lambda signer, gate, who: api_tokens.update(gate, who, uuid4(), {}, at=NOW),
    "revoke": lambda signer, gate, who: api_tokens.revoke(gate, who, uuid4(), at=NOW),
    "delete": lambda signer, gate, who: api_tokens.delete(gate, who, uuid4(), at=NOW),
    "find": lambda signer, gate, who: api_tokens.find(who, uuid4()),
    "page": lambda signer, gate, who: token_pages.page(who, first=1, after=None, include_ended=True, at=NOW),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_tokens_are_for_sessions_alone(ada, visitor, signer, gate, act):
    with pytest.raises(errors.Forbidden):
        await act(signer, gate, ada.by_token("INFER", "READ"))
    with pytest.raises(errors.Unauthenticated):
        await act(signer, gate, visitor)

    assert await ApiToken.all().count() == 0
