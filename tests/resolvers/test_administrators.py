import pytest

import errors
from db.models.audit_events import AuditEvent
from db.models.users import Role, User
from limits.charges import Charge, ModelCall
from limits.gate import Gate
from resolvers import administrators
from tests.resolvers.conftest import NOW, Person, is_admitted


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


async def test_a_dismissed_user_is_no_administrator_at_the_next_request(gate, ada):
    await administrators.appoint(gate, "ada@example.org", at=NOW)
    assert await role_known(gate, ada) == "ADMIN"

    assert await administrators.dismiss(gate, "ada@example.org", at=NOW) is True

    assert await role_known(gate, ada) == "USER"
    assert await administrators.listed() == []
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

    with pytest.raises(errors.Forbidden):
        await administrators.appoint(gate, "ada@example.org", at=NOW)

    assert (await User.get(id=ada.id)).role is Role.USER
    assert await events(ada) == []
