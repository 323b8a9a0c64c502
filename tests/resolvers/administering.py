"""Administrators, and what they leave in the audit log."""

from dataclasses import replace
from typing import Any

from access.callers import Caller
from db.models.audit_events import AuditEvent
from db.models.second_factors import SecondFactor
from db.models.users import Role, User
from limits.charges import Rights
from tests.resolvers.conftest import NOW, Person

# Sealed by no key: no code fits it.
SEALED = "-"


def having(person: Person, role: str) -> Caller:
    """As the admission of a request makes the caller."""
    return replace(person.caller, rights=Rights(role, frozenset(), None, frozenset()))


async def administrator(person: Person, *, second_factor: bool = True) -> Caller:
    await User.filter(id=person.id).update(role=Role.ADMIN)
    if second_factor:
        await SecondFactor.create(user=person.user, sealed_secret=SEALED, confirmed_at=NOW)
    return having(person, "ADMIN")


async def acts() -> list[tuple[Any, ...]]:
    """All of them, the oldest first."""
    found = await AuditEvent.filter(after__isnull=False).order_by("at", "id")
    return [
        (act.action, act.actor_kind.value, act.actor_id, act.user_id, act.subject, act.detail, act.before, act.after)
        for act in found
    ]
