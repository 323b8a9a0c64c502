"""Rotating API tokens: what the new one has, until when the old one works, and what is refused."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

import errors
from access.credentials import Credential, Kind
from db.models.api_tokens import ApiToken
from db.models.audit_events import AuditEvent
from db.models.plans import Plan
from inference.server import ModelServer
from limits.charges import Charge, ModelCall
from resolvers import api_tokens, token_rotation
from resolvers.api_tokens import Status
from resolvers.token_rotation import Rotation
from tests.resolvers.accounts import actions, stored
from tests.resolvers.conftest import NOW, is_admitted

CALL = Charge("plan", (ModelCall("a", 1),), timedelta(seconds=1))


@pytest.fixture
async def rotate(tools, ada):
    """Rotates a token of Ada's. No Triton is there, so no model is known."""
    server = ModelServer(tools.settings)

    async def run(token, *, by=ada.caller, expires_in=None, keep=timedelta(0), at=NOW):
        asked = Rotation(expires_in=expires_in, keep_old_for=keep)
        return await token_rotation.rotate(tools, server, by, token.id, asked, at=at)

    return run


async def refused(work, kind):
    with pytest.raises(kind) as caught:
        await work
    return caught.value


async def problems(work):
    found = (await refused(work, errors.InvalidInput)).problems
    return [(problem.path, problem.code) for problem in found]


async def own_window(gate, credential):
    admission = await gate.admit(credential, CALL)
    return {window.name: (window.used, window.limit) for window in admission.windows}["token-minute"]


async def test_the_new_one_has_all_that_the_old_one_had_and_the_old_one_is_dead(create, rotate, signer, ada, gate):
    old = await create(ada, "ci", models=["a", "b"], units_per_minute=7, scopes=["INFER"])
    was = signer.verify(old.secret)
    assert await is_admitted(gate, was)

    new = await rotate(old.token, at=NOW + timedelta(seconds=1))

    credential = signer.verify(new.secret)
    assert credential == Credential(
        Kind.API_TOKEN, new.token.id, ada.id, frozenset({"INFER"}), NOW + timedelta(days=7, seconds=1), None, was.id
    )
    for name in ("name", "models", "units_per_minute", "scopes", "allowed_networks"):
        assert getattr(new.token, name) == getattr(old.token, name)
    assert (new.token.created_at, new.token.last_used_at) == (NOW + timedelta(seconds=1), None)
    assert not await is_admitted(gate, was)
    assert await is_admitted(gate, credential)
    row = await ApiToken.get(id=was.id)
    assert (row.replaced_by_id, row.revoked_at) == (new.token.id, NOW + timedelta(seconds=1))
    event = await AuditEvent.get(user_id=ada.id, action="API_TOKEN_ROTATED")
    assert (event.subject, event.actor_kind.value) == ("ci", "SELF")


async def test_old_and_new_are_one_token_to_the_limits(create, rotate, signer, ada, gate):
    first = await create(ada, units_per_minute=4)
    second = await rotate(first.token, keep=timedelta(days=1))
    third = await rotate(second.token, keep=timedelta(days=1))
    credentials = [signer.verify(one.secret) for one in (first, second, third)]

    assert [await own_window(gate, one) for one in credentials] == [(1, 4), (2, 4), (3, 4)]
    assert await own_window(gate, credentials[0]) == (4, 4)
    for one in credentials:
        refusal = await refused(gate.admit(one, CALL), errors.RateLimited)
        assert refusal.window == "token-minute"
    # What one asks about the account counts for all of them.
    account = Charge("account", (ModelCall(None, 1),))
    used = [(await gate.admit(one, account)).windows for one in credentials]
    assert [window.used for each in used for window in each if window.name == "token-account-minute"] == [1, 2, 3]


async def test_the_old_one_works_for_as_long_as_it_is_kept(create, rotate, signer, ada, gate):
    old = await create(ada, expires_in=timedelta(days=30))

    new = await rotate(old.token, keep=timedelta(days=7))

    assert await is_admitted(gate, signer.verify(old.secret))
    assert await is_admitted(gate, signer.verify(new.secret))
    row = await ApiToken.get(id=old.token.id)
    assert (row.expires_at, row.revoked_at) == (NOW + timedelta(days=7), None)
    assert api_tokens.status(row, at=NOW + timedelta(days=6)) is Status.ACTIVE
    assert api_tokens.status(row, at=NOW + timedelta(days=7)) is Status.EXPIRED


async def test_the_old_one_never_works_beyond_its_own_end(create, rotate, signer, ada):
    old = await create(ada, expires_in=timedelta(hours=1))

    new = await rotate(old.token, keep=timedelta(days=7), expires_in=timedelta(days=2))

    assert (await ApiToken.get(id=old.token.id)).expires_at == NOW + timedelta(hours=1)
    assert new.token.expires_at == signer.verify(new.secret).expires_at == NOW + timedelta(days=2)


async def test_ending_the_new_one_does_not_revive_the_old_one(create, rotate, signer, ada, gate):
    dead, kept = await create(ada, "dead"), await create(ada, "kept")
    news = [await rotate(dead.token), await rotate(kept.token, keep=timedelta(hours=1))]

    for new in news:
        await api_tokens.revoke(gate, ada.caller, new.token.id, at=NOW)

    assert not await is_admitted(gate, signer.verify(dead.secret))
    assert (await ApiToken.get(id=kept.token.id)).expires_at == NOW + timedelta(hours=1)
    assert [await is_admitted(gate, signer.verify(new.secret)) for new in news] == [False, False]
    await api_tokens.delete(gate, ada.caller, news[0].token.id, at=NOW)
    assert await api_tokens.find(ada.caller, news[0].token.id) is None


async def test_rights_that_the_owner_has_lost_are_not_in_the_new_one(create, rotate, signer, ada):
    old = await create(ada, expires_in=timedelta(days=300), units_per_minute=100, models=["a"])
    plan = await Plan.get(name="free")
    plan.units_per_minute, plan.max_token_lifetime = 50, timedelta(days=20)
    await plan.save()

    new = await rotate(old.token)

    assert (new.token.units_per_minute, new.token.expires_at) == (50, NOW + timedelta(days=20))
    # There is no Triton: a model that is away at the moment is kept.
    assert new.token.models == ["a"]


async def test_a_lifetime_does_not_grow_with_each_rotation(create, rotate, ada):
    token, at = (await create(ada, at=NOW + timedelta(milliseconds=300))).token, NOW
    for number in range(3):
        at = NOW + timedelta(seconds=number, milliseconds=500)
        token = (await rotate(token, at=at)).token

    assert token.expires_at == NOW + timedelta(days=7, seconds=3)


async def test_a_rotated_one_frees_its_name_and_its_place(create, rotate, ada):
    tokens = [(await create(ada, str(number))).token for number in range(10)]

    new = await rotate(tokens[0], keep=timedelta(days=1))

    assert (await refused(create(ada, "0"), errors.NameTaken)).code == "NAME_TAKEN"
    assert (await refused(create(ada, "more"), errors.LimitReached)).limit == 10
    await rotate(tokens[1], keep=timedelta(days=1))
    assert await ApiToken.filter(user_id=ada.id, replaced_by_id=None).count() == 10
    assert (await ApiToken.get(id=tokens[0].id)).replaced_by_id == new.token.id


async def test_what_is_refused_changes_nothing(create, rotate, ada, eve, visitor, gate):
    own, hers = (await create(ada, "own")).token, (await create(eve)).token
    revoked = (await create(ada, "revoked")).token
    await api_tokens.revoke(gate, ada.caller, revoked.id, at=NOW)
    rotated = (await create(ada, "rotated")).token
    await rotate(rotated, keep=timedelta(days=1))
    before = await stored()

    for token in (hers, revoked, ApiToken(id=uuid4())):
        await refused(rotate(token), errors.NotFound)
    await refused(rotate(own, at=NOW + timedelta(days=7)), errors.NotFound)
    assert await problems(rotate(rotated)) == [(("id",), "ALREADY_ROTATED")]
    assert await problems(rotate(own, expires_in=timedelta(0), keep=timedelta(days=7, seconds=1))) == [
        (("expiresIn",), "TOO_SHORT"),
        (("keepOldFor",), "TOO_LONG"),
    ]
    assert await problems(rotate(own, expires_in=timedelta(days=366))) == [(("expiresIn",), "TOO_LONG")]
    await refused(rotate(own, by=ada.by_token("INFER", "READ", token_id=own.id)), errors.Forbidden)
    await refused(rotate(own, by=visitor), errors.Unauthenticated)
    assert await stored() == before


async def test_a_smaller_plan_refuses_a_rotation_too(create, rotate, ada):
    tokens = [(await create(ada, str(number))).token for number in range(3)]
    plan = await Plan.get(name="free")
    plan.max_api_tokens = 2
    await plan.save()
    before = await stored()

    assert (await refused(rotate(tokens[0]), errors.LimitReached)).limit == 2

    assert await stored() == before


async def test_of_many_rotations_of_one_at_once_one_is_done(create, rotate, ada):
    token = (await create(ada)).token

    answers = await asyncio.gather(*(rotate(token, keep=timedelta(hours=1)) for _ in range(8)), return_exceptions=True)

    assert [type(answer) for answer in answers].count(errors.InvalidInput) == 7
    assert await ApiToken.filter(user_id=ada.id).count() == 2
    assert (await actions(ada.id)).count("API_TOKEN_ROTATED") == 1


async def test_rotations_count_for_the_pace_of_making_tokens(create, rotate, ada):
    token = (await create(ada)).token
    for _ in range(59):
        token = (await rotate(token)).token

    refusal = await refused(rotate(token), errors.TooManyAttempts)

    assert refusal.retry_after == timedelta(hours=1)
    assert await ApiToken.filter(user_id=ada.id).count() == 60
