"""Sessions: each is a login, until it expires, is left idle or is revoked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import callers, last_uses, revocation
from access.callers import Caller
from access.credentials import Credential
from access.gate import Gate
from access.revocation import Event
from access.transactions import reached, transaction
from db.models.sessions import Session as Session
from db.models.users import User
from resolvers import accounts, audit
from resolvers.audit import Action

_MOST_LISTED = 100


async def logout(gate: Gate, caller: Caller, *, at: datetime) -> datetime:
    """Raises Unauthenticated, Forbidden, and ServiceUnavailable where the end is not certain everywhere."""
    credential = callers.require_session(caller)
    await _revoke(gate, caller, Action.LOGGED_OUT, at=at, id=credential.id)
    return at


async def listed(caller: Caller, *, at: datetime, idle_lifetime: timedelta) -> Sequence[Session]:
    """Those that are live, the newest first, a hundred at most."""
    credential = callers.require_session(caller)
    async with reached():
        live = Session.filter(
            user_id=credential.user_id,
            revoked_at=None,
            expires_at__gt=at,
            last_used_at__gt=at - idle_lifetime - last_uses.COARSENESS,
        )
        return await live.order_by("-created_at", "-id").limit(_MOST_LISTED)


async def revoke(gate: Gate, caller: Caller, session_id: UUID, *, at: datetime) -> Session:
    """Again, for one that is revoked already: its end may not have become known everywhere. Raises NotFound."""
    callers.require_session(caller)
    ended = await _revoke(gate, caller, Action.SESSION_REVOKED, at=at, id=session_id)
    if not ended:
        raise errors.NotFound("session")
    return ended[0]


async def revoke_others(gate: Gate, caller: Caller, *, at: datetime) -> int:
    """How many there were."""
    credential = callers.require_session(caller)
    others = {"id__not": credential.id, "revoked_at": None, "expires_at__gt": at}
    ended = await _revoke(gate, caller, Action.OTHER_SESSIONS_REVOKED, at=at, **others)
    return len(ended)


async def end_all(tx: BaseDBAsyncClient, user_id: UUID, *, at: datetime, but: UUID | None = None) -> Sequence[Event]:
    """Part of a transaction that has locked the user's row. To be confirmed after its commit; none where none was live.

    API tokens go on: what Redis knows of them is forgotten, and read again.
    """
    live = Session.filter(user_id=user_id, revoked_at=None)
    ended = await (live.filter(id__not=but) if but else live).using_db(tx).update(revoked_at=at)
    return [await revocation.note(tx, user_id)] if ended else ()


def is_current(caller: Caller, session: Session) -> bool:
    return caller.credential is not None and caller.credential.id == session.id


async def lock_owner(tx: BaseDBAsyncClient, credential: Credential) -> User:
    """The user's row, locked, for whoever acts by this session; Unauthenticated where it has just ended.

    Whatever ends sessions locks the row too, so nothing is done by a session after its end was acknowledged.
    """
    user = await accounts.lock(tx, id=credential.user_id)
    # Not whether it is too old or was left idle: it was admitted a moment ago, and nobody acknowledges those ends.
    live = await Session.filter(id=credential.id, user_id=credential.user_id, revoked_at=None).using_db(tx).exists()
    if user is None or user.suspended_at is not None or not live:
        raise errors.Unauthenticated()
    return user


async def _revoke(gate: Gate, caller: Caller, action: Action, *, at: datetime, **which: Any) -> Sequence[Session]:
    credential = callers.require_session(caller)
    chosen = Session.filter(user_id=credential.user_id, **which).order_by("created_at")
    events: Sequence[Event] = ()
    # No limit refuses this, so what changes nothing takes no lock and writes nothing.
    async with reached():
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
    # Nothing is acknowledged before no process accepts them any more.
    await gate.confirm_all(credential.user_id, events)
    return ended
