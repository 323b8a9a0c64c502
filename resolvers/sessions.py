"""Sessions: a login starts one; it ends when it expires, was idle too long, or is revoked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import callers
from access.callers import Caller
from access.credentials import Credential, Kind
from db.models.sessions import Session
from db.models.users import User
from db.postgres import as_service_unavailable, transaction
from limits import last_uses, revocation
from limits.gate import Gate
from limits.revocation import Event
from resolvers import accounts, audit
from resolvers.audit import Action

_MOST_LISTED = 100


async def logout(gate: Gate, caller: Caller, *, at: datetime) -> datetime:
    """Raises Unauthenticated, Forbidden, and ServiceUnavailable if a process may still accept the session."""
    credential = callers.require_session(caller)
    await _revoke(gate, caller, Action.LOGGED_OUT, at=at, id=credential.id)
    return at


async def listed(
    caller: Caller, *, at: datetime, idle_lifetime: timedelta, of: UUID | None = None
) -> Sequence[Session]:
    """The live ones, the newest first, at most 100. `of` is the user; None: the caller."""
    user_id = callers.require_viewing(caller, of)
    async with as_service_unavailable():
        live = Session.filter(
            user_id=user_id,
            revoked_at=None,
            expires_at__gt=at,
            last_used_at__gt=at - idle_lifetime - last_uses.COARSENESS,
        )
        return await live.order_by("-created_at", "-id").limit(_MOST_LISTED)


async def revoke(gate: Gate, caller: Caller, session_id: UUID | None, *, at: datetime) -> Session:
    """Also confirms the end of one that was revoked before: not every process may know it yet. Raises NotFound."""
    callers.require_session(caller)
    if session_id is None:
        raise errors.NotFound("session")
    ended = await _revoke(gate, caller, Action.SESSION_REVOKED, at=at, id=session_id)
    if not ended:
        raise errors.NotFound("session")
    return ended[0]


async def revoke_others(gate: Gate, caller: Caller, *, at: datetime) -> int:
    """Returns the number of sessions revoked."""
    credential = callers.require_session(caller)
    others = {"id__not": credential.id, "revoked_at": None, "expires_at__gt": at}
    ended = await _revoke(gate, caller, Action.OTHER_SESSIONS_REVOKED, at=at, **others)
    return len(ended)


async def end_all(tx: BaseDBAsyncClient, user_id: UUID, *, at: datetime, but: UUID | None = None) -> Sequence[Event]:
    """Part of a transaction that has locked the user's row. Confirm the events after its commit; none if none was live.

    API tokens stay valid: Redis drops what it cached of them and loads it again.
    """
    live = Session.filter(user_id=user_id, revoked_at=None)
    ended = await (live.filter(id__not=but) if but else live).using_db(tx).update(revoked_at=at)
    return [await revocation.note(tx, user_id)] if ended else ()


async def is_of_suspended_user(caller: Caller) -> bool:
    """Whether it is a session that the suspension of its user has ended. False if Postgres does not answer."""
    credential = caller.credential
    if credential is None or credential.kind is not Kind.SESSION:
        return False
    try:
        async with as_service_unavailable():
            return await Session.filter(
                id=credential.id, user_id=credential.user_id, user__suspended_at__isnull=False
            ).exists()
    except errors.ServiceUnavailable:
        return False


def is_current(caller: Caller, session: Session) -> bool:
    return caller.credential is not None and caller.credential.id == session.id


async def lock_owner(tx: BaseDBAsyncClient, credential: Credential) -> User:
    """Locks the user's row for an action of this session. Raises Unauthenticated if the session has just ended.

    Code that ends sessions locks the row too, so a session can do nothing after its end was confirmed.
    """
    user = await accounts.lock(tx, id=credential.user_id)
    # Age and idle time are not checked: it was admitted a moment ago, and those ends are never confirmed to a caller.
    live = await Session.filter(id=credential.id, user_id=credential.user_id, revoked_at=None).using_db(tx).exists()
    if user is None or user.suspended_at is not None or not live:
        raise errors.Unauthenticated()
    return user


async def _revoke(gate: Gate, caller: Caller, action: Action, *, at: datetime, **which: Any) -> Sequence[Session]:
    credential = callers.require_session(caller)
    chosen = Session.filter(user_id=credential.user_id, **which).order_by("created_at")
    events: Sequence[Event] = ()
    # No limit applies to this, so a call that changes nothing takes no lock and writes nothing.
    async with as_service_unavailable():
        ended = await chosen
    if any(session.revoked_at is None for session in ended):
        async with transaction() as tx:
            await accounts.lock(tx, id=credential.user_id)
            ended = await chosen.using_db(tx)
            live = [session for session in ended if session.revoked_at is None]
            if live:
                await audit.record(tx, action, credential.user_id, caller, at=at)
            for session in live:
                session.revoked_at = at
                await session.save(using_db=tx, update_fields=["revoked_at"])
            events = [await revocation.note(tx, credential.user_id, session.id) for session in live]
    # The answer waits until no process accepts them any more.
    await gate.confirm_all(credential.user_id, events)
    return ended
