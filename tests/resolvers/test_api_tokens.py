"""API tokens that exist: changes, ends, lists."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

import errors
from db.models.api_tokens import ApiToken
from limits.charges import Charge, ModelCall
from resolvers import api_tokens
from resolvers.api_tokens import Status
from resolvers.pages import Position
from resolvers.token_input import NewToken
from tests.resolvers.conftest import NOW, is_admitted


async def page(person, first=50, after=None, *, ended=False, at=NOW):
    return await api_tokens.page(person.caller, first=first, after=after, include_ended=ended, at=at)


async def test_an_update_changes_what_was_given_and_is_in_force_at_once(create, signer, ada, gate):
    created = await create(ada, models=["a"], units_per_minute=7)
    credential = signer.verify(created.secret)
    charge = Charge("plan", (ModelCall("a", 1),), timedelta(seconds=1))
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
async def test_a_user_cannot_end_the_token_of_another(create, signer, ada, eve, gate, end):
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


INPUT = NewToken(name="ci", expires_in=timedelta(days=1), scopes=["READ"])
ACTS = {
    "create": lambda signer, gate, who: api_tokens.create(signer, who, INPUT, at=NOW),
    "update": lambda signer, gate, who: api_tokens.update(gate, who, uuid4(), {}, at=NOW),
    "revoke": lambda signer, gate, who: api_tokens.revoke(gate, who, uuid4(), at=NOW),
    "delete": lambda signer, gate, who: api_tokens.delete(gate, who, uuid4(), at=NOW),
    "find": lambda signer, gate, who: api_tokens.find(who, uuid4()),
    "page": lambda signer, gate, who: api_tokens.page(who, first=1, after=None, include_ended=True, at=NOW),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_tokens_are_for_sessions_alone(ada, visitor, signer, gate, act):
    with pytest.raises(errors.Forbidden):
        await act(signer, gate, ada.by_token("INFER", "READ"))
    with pytest.raises(errors.Unauthenticated):
        await act(signer, gate, visitor)

    assert await ApiToken.all().count() == 0
