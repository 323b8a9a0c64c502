from datetime import timedelta

import pytest

import errors
from db.models.plans import Plan
from db.models.users import User
from resolvers import user_search
from resolvers.pages import Position
from resolvers.user_search import State, Wanted
from tests.resolvers.administering import having
from tests.resolvers.conftest import NOW

PEOPLE = {
    "ada@example.org": "Ada Lovelace",
    "grace@navy.example.org": "Grace Hopper",
    "per_cent@example.com": "100% Per\\Cent",
    "zoe@example.com": "Zoë Ünal",
    "no-name@example.net": None,
}


@pytest.fixture
async def people(read):
    """The first of them is the newest."""
    plan = await Plan.get(name="free")
    return [
        await User.create(
            email=email,
            display_name=name,
            email_verified_at=NOW,
            password_digest="-",  # noqa: S106 - no password fits it
            plan=plan,
            created_at=NOW - timedelta(seconds=number),
        )
        for number, (email, name) in enumerate(PEOPLE.items())
    ]


async def found(first=100, after=None, **wanted):
    page = await user_search.page(None, Wanted(**wanted), first=first, after=after)
    assert await user_search.count(None, Wanted(**wanted)) >= len(page.rows)
    return [user.email.partition("@")[0] for user in page.rows]


@pytest.mark.parametrize(
    ("search", "names"),
    [
        (None, ["ada", "grace", "per_cent", "zoe", "no-name"]),
        ("", ["ada", "grace", "per_cent", "zoe", "no-name"]),
        (" ", ["ada", "grace", "per_cent", "zoe", "no-name"]),
        ("ada@example.org", ["ada"]),
        ("ADA", ["ada"]),
        (" lovelace ", ["ada"]),
        ("a L", ["ada"]),
        ("ace", ["ada", "grace"]),
        ("example.org", ["ada", "grace"]),
        ("navy.", ["grace"]),
        ("r_c", ["per_cent"]),
        ("_", ["per_cent"]),
        ("%", ["per_cent"]),
        ("0% p", ["per_cent"]),
        ("r\\c", ["per_cent"]),
        ("\\", ["per_cent"]),
        ("ZOË ü", ["zoe"]),
        ("ë", ["zoe"]),
        ("zz", []),
        ("adaada", []),
        ("'; DROP TABLE users; --", []),
        ("x" * 254, []),
    ],
)
async def test_a_user_is_found_by_any_part_of_address_and_name(people, search, names):
    assert await found(search=search) == names
    assert await user_search.count(None, Wanted(search=search)) == len(names)


async def test_users_are_found_by_state_and_plan(people):
    ada, grace, percent, *_ = people
    pro = await Plan.create(
        name="pro",
        units_per_minute=1,
        units_per_day=1,
        concurrent_requests=1,
        max_api_tokens=1,
        max_token_lifetime=timedelta(days=1),
    )
    await User.filter(id=ada.id).update(suspended_at=NOW, plan=pro)
    await User.filter(id=grace.id).update(email_verified_at=None)
    await User.filter(id=percent.id).update(email_verified_at=None, suspended_at=NOW)

    assert await found(state=State.SUSPENDED) == ["ada", "per_cent"]
    assert await found(state=State.UNVERIFIED) == ["grace"]
    assert await found(state=State.ACTIVE) == ["zoe", "no-name"]
    assert await found(plan="pro") == ["ada"]
    assert await found(plan="pro", state=State.ACTIVE) == []
    assert await found(search="example.org", state=State.SUSPENDED) == ["ada"]
    assert await found(plan="gold") == await found(plan="PRO") == []
    assert [user_search.state(one) for one in await User.all().order_by("-created_at")] == [
        State.SUSPENDED,
        State.UNVERIFIED,
        State.SUSPENDED,
        State.ACTIVE,
        State.ACTIVE,
    ]


async def test_pages(people):
    wanted = Wanted(search="example")
    pages, after = [], None
    for _ in range(3):
        page = await user_search.page(None, wanted, first=2, after=after)
        pages.append(([user.email for user in page.rows], page.has_previous, page.has_next))
        after = Position(page.rows[-1].created_at, page.rows[-1].id)

    names = list(PEOPLE)
    assert pages == [(names[:2], False, True), (names[2:4], True, True), (names[4:], True, False)]
    assert await user_search.count(None, wanted) == 5


@pytest.mark.parametrize("text", ["\0", "a\u202eb", "x" * 255])
async def test_a_text_that_no_user_can_have_is_refused(people, text):
    for wanted in (Wanted(search=text), Wanted(plan=text)):
        with pytest.raises(errors.BadRequest):
            await user_search.page(None, wanted, first=1, after=None)
        with pytest.raises(errors.BadRequest):
            await user_search.count(None, wanted)


async def test_only_a_caller_who_was_admitted_as_administrator_searches(people, ada_too):
    for by in (having(ada_too, "USER"), having(ada_too, "ADMIN")):
        with pytest.raises(errors.Forbidden):
            await user_search.page(by, Wanted(), first=1, after=None)
        with pytest.raises(errors.Forbidden):
            await user_search.count(by, Wanted())
        with pytest.raises(errors.Forbidden):
            await user_search.find(by, ada_too.id)


@pytest.fixture
async def ada_too(new_person):
    return await new_person("ada-too@example.org")


@pytest.mark.parametrize("text", ["ada@example.org", " ADA@example.org ", "id"])
async def test_the_operator_names_a_user_by_address_or_id(people, text):
    assert (await user_search.named(str(people[0].id) if text == "id" else text)).id == people[0].id


@pytest.mark.parametrize("text", ["", "ada", "eve@example.org", "7c9e6679-7425-40de-944b-e07fc1f90ae7", "\0"])
async def test_a_user_that_there_is_not_is_not_named(people, text):
    with pytest.raises(errors.UserNotFound):
        await user_search.named(text)
