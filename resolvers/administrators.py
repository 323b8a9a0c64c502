"""Roles: administrators manage users and plans. One of them always stays; Postgres itself sees to that."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError

import errors
from access.callers import Caller
from db.models.users import Role, User
from db.postgres import as_service_unavailable, transaction
from limits import revocation
from limits.gate import Gate
from limits.revocation import Event
from resolvers import administration, user_search
from resolvers.audit import Action

# As the trigger on `users` names it.
_ONE_STAYS = "users_keep_an_administrator"


@asynccontextmanager
async def one_stays() -> AsyncIterator[None]:
    """Around a transaction that may take the last administrator away. Raises LastAdministrator where it would.

    A trigger checks it, so that it also holds for two processes at once and for statements typed into psql.
    """
    try:
        yield
    except IntegrityError as error:
        if _ONE_STAYS not in str(error):
            raise
        raise errors.LastAdministrator() from error


async def listed() -> Sequence[str]:
    """The addresses of all administrators, sorted. Raises ServiceUnavailable."""
    async with as_service_unavailable():
        found = await User.filter(role=Role.ADMIN).order_by("email")
    return [user.email for user in found]


async def set_role(gate: Gate, by: Caller | None, user_id: UUID | None, role: str, *, at: datetime) -> User:
    """The user, with the plan. `role` is USER or ADMIN. When it returns, every process treats them so.

    Raises NotFound, InvalidInput for an unverified address, LastAdministrator, Unauthenticated, Forbidden,
    ServiceUnavailable.
    """
    user, _ = await _set(gate, by, user_id, Role(role), at=at)
    return user


async def appoint(gate: Gate, address: str, *, at: datetime) -> bool:
    """False if the user already was one. For the command line. Raises as `set_role`."""
    return await _set_by_address(gate, address, Role.ADMIN, at=at)


async def dismiss(gate: Gate, address: str, *, at: datetime) -> bool:
    """False if the user was none. For the command line. Raises as `set_role`."""
    return await _set_by_address(gate, address, Role.USER, at=at)


async def _set_by_address(gate: Gate, address: str, role: Role, *, at: datetime) -> bool:
    user = await user_search.named(address)
    _, is_new = await _set(gate, None, user.id, role, at=at)
    return is_new


async def _set(gate: Gate, by: Caller | None, user_id: UUID | None, role: Role, *, at: datetime) -> tuple[User, bool]:
    administration.require(by)
    events: Sequence[Event] = ()
    async with one_stays(), transaction() as tx:
        user = await administration.lock(tx, by, user_id)
        # Anyone can register any address; only its owner can verify it.
        if role is Role.ADMIN and user.email_verified_at is None:
            sentence = "The address is not verified yet. The user must verify it first."
            raise errors.InvalidInput([errors.Problem(("id",), "UNVERIFIED", sentence)])
        is_new = user.role is not role
        if is_new:
            await _change(tx, by, user, role, at=at)
            # No credential ends. Redis drops what it cached of the user and loads it again.
            events = [await revocation.note(tx, user.id)]
        await user.fetch_related("plan", using_db=tx)
    await gate.confirm_all(user.id, events)
    return user, is_new


async def _change(tx: BaseDBAsyncClient, by: Caller | None, user: User, role: Role, *, at: datetime) -> None:
    before, user.role = user.role, role
    await user.save(using_db=tx, update_fields=["role"])
    action = Action.ADMINISTRATOR_APPOINTED if role is Role.ADMIN else Action.ADMINISTRATOR_DISMISSED
    await administration.record(
        tx, action, by, at=at, user_id=user.id, before={"role": before.value}, after={"role": role.value}
    )
