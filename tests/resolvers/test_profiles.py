import asyncio

import pytest

import errors
from db.models.users import User
from resolvers import profiles, sessions
from tests.resolvers.accounts import actions, stored
from tests.resolvers.conftest import NOW


@pytest.fixture
async def named(ada):
    await User.filter(id=ada.id).update(display_name="Ada", locale="de-CH")
    return ada


async def profile(person):
    user = await User.get(id=person.id)
    return user.display_name, user.locale


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        ({}, ("Ada", "de-CH")),
        ({"displayName": " Ada Lovelace "}, ("Ada Lovelace", "de-CH")),
        ({"displayName": None}, (None, "de-CH")),
        ({"displayName": "  "}, (None, "de-CH")),
        ({"locale": "zh-Hant"}, ("Ada", "zh-Hant")),
        ({"locale": None}, ("Ada", "en")),
        ({"displayName": "艾達", "locale": "ja"}, ("艾達", "ja")),
    ],
    ids=str,
)
async def test_fields_left_out_stay_and_null_clears(named, eve, changes, after):
    user = await profiles.update(named.caller, changes, at=NOW)

    assert (user.display_name, user.locale, user.plan.name) == (*after, "free")
    assert await profile(named) == after
    assert await profile(eve) == (None, "en")
    assert await actions(named.id) == (["PROFILE_UPDATED"] if changes else [])


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"displayName": "a" * 81}, [("displayName", "TOO_LONG")]),
        ({"displayName": "a\u202eb"}, [("displayName", "INVALID_CHARACTER")]),
        ({"displayName": "a\nb"}, [("displayName", "INVALID_CHARACTER")]),
        ({"displayName": "\ud800"}, [("displayName", "INVALID_CHARACTER")]),
        ({"locale": "de_CH"}, [("locale", "INVALID_LOCALE")]),
        ({"locale": ""}, [("locale", "INVALID_LOCALE")]),
        ({"displayName": "\0", "locale": "x"}, [("displayName", "INVALID_CHARACTER"), ("locale", "INVALID_LOCALE")]),
        ({"displayName": "Good", "locale": "../en"}, [("locale", "INVALID_LOCALE")]),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_wrong_input_is_named_and_nothing_changes(named, changes, problems):
    before = await stored()

    with pytest.raises(errors.InvalidInput) as refusal:
        await profiles.update(named.caller, changes, at=NOW)

    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [
        (("input", name), code) for name, code in problems
    ]
    assert await stored() == before


async def test_two_changes_at_once_are_both_made(named):
    await asyncio.gather(
        profiles.update(named.caller, {"displayName": "Lovelace"}, at=NOW),
        profiles.update(named.caller, {"locale": "ja"}, at=NOW),
    )

    assert await profile(named) == ("Lovelace", "ja")


async def test_an_ended_session_changes_nothing(named, gate):
    await sessions.logout(gate, named.caller, at=NOW)

    with pytest.raises(errors.Unauthenticated):
        await profiles.update(named.caller, {"displayName": None}, at=NOW)

    assert await profile(named) == ("Ada", "de-CH")


async def test_it_takes_a_session(named, visitor):
    with pytest.raises(errors.Forbidden):
        await profiles.update(named.by_token("INFER", "READ"), {"displayName": None}, at=NOW)
    with pytest.raises(errors.Unauthenticated):
        await profiles.update(visitor, {"displayName": None}, at=NOW)

    assert await profile(named) == ("Ada", "de-CH")
