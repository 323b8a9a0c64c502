"""Who may administer, and the acts of administrators in the audit log.

An act is done by an administrator through the API, or by the operator on the command line, who is None here.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import callers
from access.callers import Caller
from access.credentials import Credential
from db.models.audit_events import ActorKind, AuditEvent
from db.models.second_factors import SecondFactor
from db.models.sessions import Session
from db.models.users import Role, User
from resolvers import two_factor
from resolvers.audit import Action


async def admit(caller: Caller) -> Caller:
    """The caller as an administrator, who may see the data of every user.

    Raises Unauthenticated, and Forbidden for an API token, for other users, and without two-factor login.
    """
    credential = callers.require_administrator(caller)
    if not await two_factor.is_on(credential.user_id):
        raise _without_second_factor()
    return replace(caller, administers=True)


async def recognise(caller: Caller) -> Caller:
    """The same for a caller who may administer. Others stay as they are."""
    try:
        return await admit(caller)
    except (errors.Unauthenticated, errors.Forbidden):
        return caller


def require(by: Caller | None) -> None:
    """The first check of an act, before any of its input. Raises Unauthenticated and Forbidden."""
    if by is not None:
        callers.require_administrator(by)


async def lock(tx: BaseDBAsyncClient, by: Caller | None, user_id: UUID | None) -> User:
    """Locks the row of the user whom an act is about, and that of the administrator, who is checked once more.

    So an administrator who was suspended or dismissed can do nothing after that was confirmed. `user_id` is None if the
    given id is not the id of a user. Raises Unauthenticated, Forbidden and NotFound.
    """
    credential = callers.require_administrator(by) if by is not None else None
    ids = [one for one in (user_id, credential.user_id if credential else None) if one is not None]
    # In one order: two administrators who act on each other at once must not wait for each other.
    rows = await User.filter(id__in=ids).using_db(tx).order_by("id").select_for_update()
    found = {row.id: row for row in rows}
    if credential is not None:
        await _check(tx, credential, found.get(credential.user_id))
    if user_id is None or user_id not in found:
        raise errors.UserNotFound()
    return found[user_id]


async def check(tx: BaseDBAsyncClient, by: Caller | None) -> None:
    """The same for an act that is about no user. Raises Unauthenticated and Forbidden."""
    if by is not None:
        credential = callers.require_administrator(by)
        await lock(tx, by, credential.user_id)


async def record(
    tx: BaseDBAsyncClient,
    action: Action,
    by: Caller | None,
    *,
    at: datetime,
    user_id: UUID | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    subject: str | None = None,
    detail: str | None = None,
) -> None:
    """Writes an act into the audit log, in its transaction. `before` and `after` have the same names.

    `user_id` is the user whom it is about, who sees it among the security events.
    """
    await AuditEvent.create(
        using_db=tx,
        id=uuid4(),
        at=at,
        user_id=user_id,
        action=action,
        actor_kind=ActorKind.SYSTEM if by is None else ActorKind.ADMIN,
        actor_id=by.credential.user_id if by is not None and by.credential else None,
        subject=subject,
        ip_address=by.address if by is not None else None,
        user_agent=by.user_agent if by is not None else None,
        detail=detail,
        before=dict(before),
        after=dict(after),
    )


async def _check(tx: BaseDBAsyncClient, credential: Credential, actor: User | None) -> None:
    live = await Session.filter(id=credential.id, user_id=credential.user_id, revoked_at=None).using_db(tx).exists()
    if actor is None or actor.suspended_at is not None or not live:
        raise errors.Unauthenticated()
    if actor.role is not Role.ADMIN:
        raise callers.not_an_administrator()
    if not await SecondFactor.filter(user_id=actor.id, confirmed_at__isnull=False).using_db(tx).exists():
        raise _without_second_factor()


def _without_second_factor() -> errors.Forbidden:
    return errors.Forbidden("Administrators need two-factor login. Turn it on with enrolTwoFactor and try again.")
