"""How many API tokens a user may create, with what, and for how long."""

import asyncio
from datetime import timedelta

import pytest

import errors
from access.credentials import Kind
from db.models.api_tokens import ApiToken
from db.models.plans import Plan
from db.models.sessions import Session
from db.models.users import User
from limits.charges import Charge, ModelCall
from resolvers import api_tokens, sessions, token_issue
from tests.graph.outages import eventually
from tests.resolvers.conftest import NOW


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
    admission = await gate.admit(credential, Charge("plan", (ModelCall("a", 1),), timedelta(seconds=1)))
    assert admission.rights.token_models == {"a", "b"}
    assert {window.name: window.limit for window in admission.windows}["token-minute"] == 7


async def test_of_a_hundred_at_once_as_many_are_made_as_there_is_room_for(create, ada, eve):
    await create(eve, "another's")
    # As many as the pool has connections: on a busy machine the last of a hundred would wait too long for one.
    connections = asyncio.Semaphore(10)

    async def made(name):
        async with connections:
            return await create(ada, name)

    answers = await asyncio.gather(*(made(f"token {n}") for n in range(100)), return_exceptions=True)

    refused = [answer for answer in answers if isinstance(answer, errors.LimitReached)]
    assert (len(answers) - len(refused), {refusal.limit for refusal in refused}) == (10, {10})
    assert await ApiToken.filter(user_id=ada.id).count() == 10


async def test_of_many_of_one_name_at_once_one_is_made(create, ada):
    answers = await asyncio.gather(*(create(ada) for _ in range(8)), return_exceptions=True)

    assert [type(answer) for answer in answers].count(errors.NameTaken) == 7
    assert await ApiToken.all().count() == 1


async def test_a_token_that_has_ended_frees_its_name_and_its_count(create, ada, eve, gate):
    tokens = [(await create(ada, str(number))).token for number in range(10)]
    await create(eve, "0")

    await api_tokens.revoke(gate, ada.caller, tokens[0].id, at=NOW)
    await create(ada, "0")
    await api_tokens.delete(gate, ada.caller, tokens[1].id, at=NOW)
    await create(ada, "1")
    with pytest.raises(errors.LimitReached):
        await create(ada, "one more")

    await create(ada, "2", at=NOW + timedelta(days=7))


async def test_a_user_can_create_sixty_tokens_an_hour_however_many_are_revoked(create, ada, eve, gate):
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
    ("token_input", "problems"),
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
async def test_wrong_input_is_named_and_nothing_is_created(create, ada, token_input, problems):
    with pytest.raises(errors.InvalidInput) as refusal:
        await create(ada, **({"name": "ci"} | token_input))

    found = [(problem.path[-1], problem.code) for problem in refusal.value.problems]
    assert (found, await ApiToken.all().count()) == (problems, 0)


@pytest.mark.parametrize("token_input", [{"expires_in": timedelta(seconds=1)}, {"expires_in": timedelta(days=365)}])
async def test_the_bounds_of_the_plan_are_within_it(create, ada, token_input):
    created = await create(ada, "a" * 80, units_per_minute=120, **token_input)

    assert created.token.expires_at == NOW + token_input["expires_in"]


@pytest.mark.parametrize("microseconds", [0, 1, 500_000, 999_999])
@pytest.mark.parametrize("lifetime", [timedelta(seconds=1), timedelta(seconds=1.5), timedelta(days=7)])
async def test_a_token_lives_as_long_as_was_asked_for_and_less_than_a_second_more(
    create, ada, signer_at, microseconds, lifetime
):
    at = NOW + timedelta(microseconds=microseconds)

    created = await create(ada, at=at, expires_in=lifetime)

    lived = created.token.expires_at - at
    assert lifetime <= lived < lifetime + timedelta(seconds=1)
    assert created.token.expires_at.microsecond == 0
    last, end = at + lifetime - timedelta(microseconds=1), created.token.expires_at
    assert signer_at(last).verify(created.secret).expires_at == end
    with pytest.raises(errors.Unauthenticated):
        signer_at(end).verify(created.secret)


async def test_a_session_that_has_just_ended_makes_nothing(create, ada, gate):
    await Session.all().update(revoked_at=NOW)
    with pytest.raises(errors.Unauthenticated):
        await create(ada)
    await Session.all().update(revoked_at=None)
    await User.all().update(suspended_at=NOW)
    with pytest.raises(errors.Unauthenticated):
        await create(ada)

    assert await ApiToken.all().count() == 0


async def test_a_logout_and_twenty_new_tokens_at_once(create, ada, gate):
    await Plan.all().update(max_api_tokens=1000)
    making = [asyncio.create_task(create(ada, str(n))) for n in range(20)]
    await eventually(ApiToken.all().exists, becomes=True, every=0.005)
    await sessions.logout(gate, ada.caller, at=NOW)
    after = await ApiToken.all().count()

    answers = await asyncio.gather(*making, return_exceptions=True)

    # On a busy machine some wait too long for a connection to Postgres.
    assert {type(answer) for answer in answers} <= {
        token_issue.Created,
        errors.Unauthenticated,
        errors.ServiceUnavailable,
    }
    assert await ApiToken.all().count() == after
