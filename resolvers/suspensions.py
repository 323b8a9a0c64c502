"""Suspends users: until they are reinstated, they cannot log in, and their API tokens are refused."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access.callers import Caller
from db.models.sessions import Session
from db.models.users import User
from db.postgres import transaction
from email_templates import outbox
from email_templates.templates import Template
from limits import revocation
from limits.gate import Gate
from limits.revocation import Event
from resolvers import administration, administrators, names
from resolvers.audit import Action

_LONGEST_REASON = 1000


async def suspend(gate: Gate, by: Caller | None, user_id: UUID | None, reason: str, *, at: datetime) -> User:
    """The user, with the plan. When it returns, no process accepts a credential of theirs.

    Ends all sessions. API tokens are refused, and work again after `reinstate`. A user who was suspended before stays
    so, for the first reason; the suspension is confirmed again. Raises NotFound, InvalidInput, LastAdministrator,
    Unauthenticated, Forbidden, ServiceUnavailable.
    """
    administration.require(by)
    checked = _reason(reason)
    events: Sequence[Event] = ()
    async with administrators.one_stays(), transaction() as tx:
        user = await administration.lock(tx, by, user_id)
        if user.suspended_at is None:
            await _set(tx, user, at)
            await Session.filter(user_id=user.id, revoked_at=None).using_db(tx).update(revoked_at=at)
            events = [await revocation.note(tx, user.id)]
            context = {"reason": checked}
            await outbox.enqueue(tx, Template.ACCOUNT_SUSPENDED, to=user.email, locale=user.locale, context=context)
            await _record(tx, Action.USER_SUSPENDED, by, user, at=at, before=None, detail=checked)
        await user.fetch_related("plan", using_db=tx)
    await gate.confirm_all(user.id, events)
    return user


async def reinstate(gate: Gate, by: Caller | None, user_id: UUID | None, *, at: datetime) -> User:
    """The user, with the plan. Their API tokens work again; they must log in again. Raises as `suspend`."""
    administration.require(by)
    events: Sequence[Event] = ()
    async with transaction() as tx:
        user = await administration.lock(tx, by, user_id)
        if user.suspended_at is not None:
            before = user.suspended_at
            await _set(tx, user, None)
            # Redis forgets that the user was suspended.
            events = [await revocation.note(tx, user.id)]
            await _record(tx, Action.USER_REINSTATED, by, user, at=at, before=before)
        await user.fetch_related("plan", using_db=tx)
    await gate.confirm_all(user.id, events)
    return user


async def _set(tx: BaseDBAsyncClient, user: User, suspended_at: datetime | None) -> None:
    user.suspended_at = suspended_at
    await user.save(using_db=tx, update_fields=["suspended_at"])


async def _record(
    tx: BaseDBAsyncClient,
    action: Action,
    by: Caller | None,
    user: User,
    *,
    at: datetime,
    before: datetime | None,
    detail: str | None = None,
) -> None:
    await administration.record(
        tx,
        action,
        by,
        at=at,
        user_id=user.id,
        before={"suspendedAt": _written(before)},
        after={"suspendedAt": _written(user.suspended_at)},
        detail=detail,
    )


def _written(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _reason(text: str) -> str:
    """Of one line or more. Raises InvalidInput."""
    reason = text.replace("\r\n", "\n").strip()
    if not reason:
        raise errors.InvalidInput(
            [errors.Problem(("reason",), "TOO_SHORT", "A suspension needs a reason. The user reads it in an email.")]
        )
    if len(reason) > _LONGEST_REASON:
        sentence = f"This has more than {_LONGEST_REASON} characters. Shorten it."
        raise errors.InvalidInput([errors.Problem(("reason",), "TOO_LONG", sentence)])
    # Not by `splitlines`, for which some control characters end a line.
    for line in reason.split("\n"):
        if problems := names.check(line, longest=_LONGEST_REASON, path=("reason",)):
            raise errors.InvalidInput(problems)
    return reason
