import asyncio
from itertools import combinations

import pytest
from tortoise import Tortoise
from tortoise.exceptions import IntegrityError

import errors
from db.models.audit_events import AuditEvent
from db.models.users import Role, User
from limits.charges import Charge, ModelCall
from limits.gate import Gate
from resolvers import administrators, deletion, suspensions
from tests.resolvers.administering import acts, administrator
from tests.resolvers.conftest import NOW, PASSWORD, Person, is_admitted


async def role_known(gate: Gate, person: Person) -> str | None:
    """As the next request of theirs finds it."""
    assert person.caller.credential is not None
    admission = await gate.admit(person.caller.credential, Charge("account", (ModelCall(None, 1),)))
    return admission.rights.role


async def events(person: Person) -> list[tuple[str, str]]:
    return [
        (event.action, event.actor_kind.value) for event in await AuditEvent.filter(user_id=person.id).order_by("at")
    ]


async def test_an_appointed_user_is_administrator_at_the_next_request_and_stays_signed_in(gate, ada):
    assert await role_known(gate, ada) == "USER"

    assert await administrators.appoint(gate, " Ada@Example.org", at=NOW) is True

    assert await role_known(gate, ada) == "ADMIN"
    assert await administrators.listed() == ["ada@example.org"]
    assert await events(ada) == [("ADMINISTRATOR_APPOINTED", "SYSTEM")]


async def test_a_dismissed_user_is_no_administrator_at_the_next_request(gate, ada, eve):
    await administrators.appoint(gate, "eve@example.org", at=NOW)
    await administrators.appoint(gate, "ada@example.org", at=NOW)
    assert await role_known(gate, ada) == "ADMIN"

    assert await administrators.dismiss(gate, "ada@example.org", at=NOW) is True

    assert await role_known(gate, ada) == "USER"
    assert await administrators.listed() == ["eve@example.org"]
    assert await is_admitted(gate, ada.caller.credential)


async def test_a_repeated_appointment_leaves_no_event(gate, ada):
    assert await administrators.dismiss(gate, "ada@example.org", at=NOW) is False
    await administrators.appoint(gate, "ada@example.org", at=NOW)

    assert await administrators.appoint(gate, "ada@example.org", at=NOW) is False

    assert await events(ada) == [("ADMINISTRATOR_APPOINTED", "SYSTEM")]


@pytest.mark.parametrize("address", ["eve@example.org", "no address", ""])
async def test_an_unknown_address_is_not_appointed(gate, ada, address):
    with pytest.raises(errors.NotFound):
        await administrators.appoint(gate, address, at=NOW)

    assert await administrators.listed() == []


async def test_a_user_with_an_unverified_address_is_not_appointed(gate, ada):
    await User.filter(id=ada.id).update(email_verified_at=None)

    with pytest.raises(errors.InvalidInput):
        await administrators.appoint(gate, "ada@example.org", at=NOW)

    assert (await User.get(id=ada.id)).role is Role.USER
    assert await events(ada) == []


async def test_an_administrator_appoints_and_dismisses_another(gate, ada, eve):
    by = await administrator(ada)

    assert (await administrators.set_role(gate, by, eve.id, "ADMIN", at=NOW)).role is Role.ADMIN
    assert await role_known(gate, eve) == "ADMIN"
    assert (await administrators.set_role(gate, by, eve.id, "USER", at=NOW)).role is Role.USER

    assert await role_known(gate, eve) == "USER"
    assert {act[:4] for act in await acts()} == {
        ("ADMINISTRATOR_APPOINTED", "ADMIN", ada.id, eve.id),
        ("ADMINISTRATOR_DISMISSED", "ADMIN", ada.id, eve.id),
    }
    assert {(act[6]["role"], act[7]["role"]) for act in await acts()} == {("USER", "ADMIN"), ("ADMIN", "USER")}


# The ways to take an administrator away.
async def dismiss(tools, person):
    await administrators.dismiss(tools.gate, person.user.email, at=NOW)


async def suspend(tools, person):
    await suspensions.suspend(tools.gate, None, person.id, "A test.", at=NOW)


async def delete(tools, person):
    await deletion.delete(tools, person.caller, PASSWORD, at=NOW)


WAYS = (dismiss, suspend, delete)


@pytest.mark.parametrize("way", WAYS)
async def test_the_last_administrator_stays(tools, gate, ada, eve, way):
    await administrator(ada)
    await administrator(eve)
    await suspensions.suspend(gate, None, eve.id, "A suspended one does not count.", at=NOW)
    before = await acts()

    with pytest.raises(errors.LastAdministrator):
        await way(tools, ada)

    user = await User.get(id=ada.id)
    assert (user.role, user.suspended_at) == (Role.ADMIN, None)
    assert await acts() == before
    assert await is_admitted(gate, ada.caller.credential)


@pytest.mark.parametrize("ways", [*combinations(WAYS, 2), *zip(WAYS, WAYS, strict=True)])
async def test_of_two_administrators_taken_away_at_once_one_stays(tools, new_person, ways):
    people = [await new_person(f"{name}@example.org") for name in ("one", "two")]
    for person in people:
        await administrator(person)

    ended = await asyncio.gather(
        *(way(tools, person) for way, person in zip(ways, people, strict=True)), return_exceptions=True
    )

    assert sorted(str(type(one).__name__) for one in ended) == ["LastAdministrator", "NoneType"]
    assert await User.filter(role=Role.ADMIN, suspended_at=None).count() == 1


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM users", "UPDATE users SET role = 'USER'", "UPDATE users SET suspended_at = now()"],
)
async def test_postgres_itself_keeps_one_of_them(ada, eve, statement):
    for person in (ada, eve):
        await administrator(person)

    with pytest.raises(IntegrityError, match="users_keep_an_administrator"):
        await Tortoise.get_connection("default").execute_query(statement)

    assert await User.filter(role=Role.ADMIN, suspended_at=None).count() == 2
