"""Logins: each is a session, until it expires or is revoked."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import callers, revocation
from access.callers import Caller
from access.credentials import Credential, Kind, Signer
from access.gate import Gate
from access.guesses import Guesses
from access.passwords import Hasher
from access.transactions import reached, transaction
from db.models.sessions import Session as Session
from db.models.users import User
from resolvers import emails
from settings import Settings

_LONGEST_ACCOUNT = 254
_MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """`token` is the credential; it is not stored. `caller` is who the visitor is from now on, `user` has the plan."""

    token: str
    session: Session
    user: User
    caller: Caller


async def login(
    hasher: Hasher,
    guesses: Guesses,
    signer: Signer,
    settings: Settings,
    caller: Caller,
    *,
    email: str,
    password: str,
    at: datetime,
) -> LoggedIn:
    """Raises LoginRefused, the same for every reason, TooManyAttempts and ServiceUnavailable."""
    address = emails.find(email)
    account = address or _no_address(email)
    # Before anything is looked up or computed: of guesses made at once none may be checked before it is counted.
    reservation = await guesses.reserve(network=caller.network, account=account)
    try:
        user = await _find(address)
        verified = await hasher.verify(password, user.password_digest if user else None)
    except errors.ServiceUnavailable:
        await reservation.give_back()
        raise
    # Looked at again when the session begins. Here it makes an account that may not log in answer as soon as a wrong
    # password does.
    if not verified.ok or user is None or not _may_log_in(user):
        raise errors.LoginRefused()
    session = Session(
        id=uuid4(),
        user_id=user.id,
        created_at=at,
        last_used_at=at,
        # A whole second, as the credential has it.
        expires_at=at.replace(microsecond=0) + settings.session_lifetime,
        ip_address=caller.address,
        user_agent=caller.user_agent,
    )
    user = await _begin(session, user.password_digest, verified.new_digest)
    await reservation.give_back()
    credential = Credential(Kind.SESSION, session.id, user.id, frozenset(), session.expires_at)
    return LoggedIn(signer.sign(credential, at), session, user, replace(caller, credential=credential))


async def logout(gate: Gate, caller: Caller, *, at: datetime) -> datetime:
    """Raises Unauthenticated, Forbidden, and ServiceUnavailable where the end is not certain everywhere."""
    credential = callers.require_session(caller)
    await _revoke(gate, credential, at=at, id=credential.id)
    return at


async def listed(caller: Caller, *, at: datetime) -> Sequence[Session]:
    """Those that are live, the newest first, a hundred at most."""
    credential = callers.require_session(caller)
    async with reached():
        live = Session.filter(user_id=credential.user_id, revoked_at=None, expires_at__gt=at)
        return await live.order_by("-created_at", "-id").limit(_MOST_LISTED)


async def revoke(gate: Gate, caller: Caller, session_id: UUID, *, at: datetime) -> Session:
    """Again, for one that is revoked already: its end may not have become known everywhere. Raises NotFound."""
    credential = callers.require_session(caller)
    ended = await _revoke(gate, credential, at=at, id=session_id)
    if not ended:
        raise errors.NotFound("session")
    return ended[0]


async def revoke_others(gate: Gate, caller: Caller, *, at: datetime) -> int:
    """How many there were."""
    credential = callers.require_session(caller)
    ended = await _revoke(gate, credential, at=at, id__not=credential.id, revoked_at=None, expires_at__gt=at)
    return len(ended)


def is_current(caller: Caller, session: Session) -> bool:
    return caller.credential is not None and caller.credential.id == session.id


async def lock_owner(tx: BaseDBAsyncClient, credential: Credential) -> User:
    """The user's row, locked, for whoever acts by this session; Unauthenticated where it has just ended.

    Whatever ends sessions locks the row too, so nothing is done by a session after its end was acknowledged.
    """
    user = await _locked(tx, credential.user_id)
    live = await Session.filter(id=credential.id, user_id=credential.user_id, revoked_at=None).using_db(tx).exists()
    if user is None or user.suspended_at is not None or not live:
        raise errors.Unauthenticated()
    return user


def _no_address(text: str) -> str:
    """What guesses are counted by all the same; half of a surrogate pair becomes a question mark."""
    return text.strip().lower()[:_LONGEST_ACCOUNT].encode(errors="replace").decode()


async def _find(address: str | None) -> User | None:
    if address is None:
        return None
    async with reached():
        return await User.get_or_none(email=address)


async def _begin(session: Session, digest: str, new_digest: str | None) -> User:
    """Raises LoginRefused where the user is not as they were when the password was verified, or may not log in."""
    async with transaction() as tx:
        user = await _locked(tx, session.user_id)
        # The password may have been reset while the old one was verified: its session would outlive the reset.
        if user is None or user.password_digest != digest or not _may_log_in(user):
            raise errors.LoginRefused()
        if new_digest is not None:
            user.password_digest = new_digest
            await user.save(using_db=tx, update_fields=["password_digest"])
        await session.save(using_db=tx, force_create=True)
        await user.fetch_related("plan", using_db=tx)
    return user


def _may_log_in(user: User) -> bool:
    return user.email_verified_at is not None and user.suspended_at is None


async def _revoke(gate: Gate, credential: Credential, *, at: datetime, **which: Any) -> Sequence[Session]:
    async with transaction() as tx:
        await _locked(tx, credential.user_id)
        ended = await Session.filter(user_id=credential.user_id, **which).using_db(tx).order_by("created_at")
        for session in ended:
            session.revoked_at = session.revoked_at or at
            await session.save(using_db=tx, update_fields=["revoked_at"])
        events = [await revocation.note(tx, credential.user_id, session.id) for session in ended]
    # Nothing is acknowledged before no process accepts them any more.
    await asyncio.gather(*(gate.confirm(event) for event in events))
    return ended


async def _locked(tx: BaseDBAsyncClient, user_id: UUID) -> User | None:
    return await User.filter(id=user_id).using_db(tx).select_for_update().first()
