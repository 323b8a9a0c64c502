"""API tokens: credentials for programs, which their owner makes and revokes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

import errors
from access import callers, revocation
from access.callers import Caller
from access.credentials import Credential, Kind, Signer
from access.gate import Gate
from access.revocation import Event
from access.transactions import reached, transaction
from db.models.api_tokens import ApiToken as ApiToken
from db.models.plans import Plan
from resolvers import accounts, audit, sessions, token_wishes
from resolvers.audit import Action
from resolvers.token_wishes import Changes as Changes
from resolvers.token_wishes import NewToken as NewToken

_HINT = 6
# Each has an account window of its own: this bounds how many a user gets by making and revoking tokens. If the plan
# allows more active ones, as many as that.
_MADE_IN_AN_HOUR = 60
_HOUR = timedelta(hours=1)
# Of its columns, those that say what it may do.
_RIGHTS = frozenset({"models", "units_per_minute"})


class Status(StrEnum):
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True)
class Created:
    """`secret` is the credential; it is not stored, so this is the only time that it can be shown."""

    token: ApiToken
    secret: str


async def create(signer: Signer, caller: Caller, wish: NewToken, *, at: datetime) -> Created:
    """Raises InvalidInput, NameTaken, LimitReached and TooManyAttempts."""
    credential = callers.require_session(caller)
    async with transaction() as tx:
        # Of any number at once each waits for this lock, so that the limit and the names are exact.
        owner = await sessions.lock_owner(tx, credential)
        plan = await Plan.get(id=owner.plan_id, using_db=tx)
        token = token_wishes.token(wish, owner, plan, at=at)
        active = _active(owner.id, at=at).using_db(tx)
        if await active.filter(name=token.name).exists():
            raise errors.NameTaken(token.name)
        if await active.count() >= plan.max_api_tokens:
            raise errors.LimitReached(plan.max_api_tokens)
        await _check_pace(tx, owner.id, most=max(_MADE_IN_AN_HOUR, plan.max_api_tokens), at=at)
        secret = signer.sign(_credential(token), at)
        token.hint = secret[-_HINT:]
        await token.save(using_db=tx, force_create=True)
        await audit.record(tx, Action.API_TOKEN_CREATED, owner.id, caller, at=at, subject=token.name)
    return Created(token, secret)


async def update(gate: Gate, caller: Caller, token_id: UUID, wishes: Changes, *, at: datetime) -> ApiToken:
    """Once it has answered, no process goes on by what the token could do before.

    Raises NotFound, for one that has ended too, InvalidInput, NameTaken and ServiceUnavailable.
    """
    credential = callers.require_session(caller)
    events: Sequence[Event] = ()
    async with transaction() as tx:
        owner = await sessions.lock_owner(tx, credential)
        active = _active(owner.id, at=at).using_db(tx)
        token = await active.get_or_none(id=token_id)
        if token is None:
            raise errors.NotFound("API token")
        given = token_wishes.columns(wishes, await Plan.get(id=owner.plan_id, using_db=tx))
        if given.get("name", token.name) != token.name and await active.filter(name=given["name"]).exists():
            raise errors.NameTaken(given["name"])
        changed = {name: value for name, value in given.items() if value != getattr(token, name)}
        if changed:
            await token.update_from_dict(changed).save(using_db=tx, update_fields=[*changed])
            await audit.record(tx, Action.API_TOKEN_UPDATED, owner.id, caller, at=at, subject=token.name)
        if _RIGHTS & changed.keys():
            # It names no credential: an event that names one ends it. Widening needs one too: a process that dies here
            # must not leave Redis with other rights than Postgres has.
            events = [await revocation.note(tx, owner.id)]
    if _RIGHTS & given.keys():
        await gate.confirm_all(owner.id, events)
    return token


async def revoke(gate: Gate, caller: Caller, token_id: UUID, *, at: datetime) -> ApiToken:
    """Again, for one that is revoked already: its end may not have become known everywhere. Raises NotFound."""
    return await _end(gate, caller, Action.API_TOKEN_REVOKED, token_id, {"revoked_at": at}, deleted_at=None)


async def delete(gate: Gate, caller: Caller, token_id: UUID, *, at: datetime) -> UUID:
    """Revokes it, and takes it out of every list. Raises NotFound."""
    token = await _end(gate, caller, Action.API_TOKEN_DELETED, token_id, {"revoked_at": at, "deleted_at": at})
    return token.id


async def current(caller: Caller) -> ApiToken | None:
    """The one this request came with; None for a session or a visitor. Raises Forbidden without scope READ."""
    if caller.credential is None or caller.credential.kind is not Kind.API_TOKEN:
        return None
    credential = callers.require_reading(caller)
    async with reached():
        return await ApiToken.get_or_none(id=credential.id, user_id=credential.user_id)


async def find(caller: Caller, token_id: UUID | None) -> ApiToken | None:
    """One of the caller's own, whether or not it has ended."""
    credential = callers.require_session(caller)
    if token_id is None:
        return None
    async with reached():
        return await ApiToken.get_or_none(id=token_id, user_id=credential.user_id, deleted_at=None)


def status(token: ApiToken, *, at: datetime) -> Status:
    if token.revoked_at is not None:
        return Status.REVOKED
    return Status.EXPIRED if token.expires_at <= at else Status.ACTIVE


def _active(user_id: UUID, *, at: datetime) -> QuerySet[ApiToken]:
    return ApiToken.filter(user_id=user_id, revoked_at=None, deleted_at=None, expires_at__gt=at)


async def _check_pace(tx: BaseDBAsyncClient, user_id: UUID, *, most: int, at: datetime) -> None:
    """Raises TooManyAttempts. Those that were revoked or deleted count, too."""
    made = ApiToken.filter(user_id=user_id, created_at__gt=at - _HOUR).using_db(tx)
    of_these_the_oldest = await made.order_by("-created_at").offset(most - 1).first()
    if of_these_the_oldest is not None:
        raise errors.TooManyAttempts(of_these_the_oldest.created_at + _HOUR - at)


def _credential(token: ApiToken) -> Credential:
    return Credential(Kind.API_TOKEN, token.id, token.user_id, frozenset(token.scopes), token.expires_at)


async def _end(
    gate: Gate, caller: Caller, action: Action, token_id: UUID, times: dict[str, datetime], **which: Any
) -> ApiToken:
    """The first time it was ended stays."""
    credential = callers.require_session(caller)
    own = ApiToken.filter(id=token_id, user_id=credential.user_id, **which)
    events: Sequence[Event] = ()
    # No limit refuses this, so what changes nothing takes no lock and writes nothing.
    async with reached():
        token = await own.first()
    if token is not None and _missing(token, times):
        async with transaction() as tx:
            await accounts.lock(tx, id=credential.user_id)
            token = await own.using_db(tx).first()
            missing = _missing(token, times) if token else {}
            if token and missing:
                at = next(iter(missing.values()))
                await token.update_from_dict(missing).save(using_db=tx, update_fields=[*missing])
                await audit.record(tx, action, credential.user_id, caller, at=at, subject=token.name)
            if "revoked_at" in missing:
                events = [await revocation.note(tx, credential.user_id, token_id)]
    if token is None:
        raise errors.NotFound("API token")
    # Nothing is acknowledged before no process accepts it any more.
    await gate.confirm_all(credential.user_id, events)
    return token


def _missing(token: ApiToken, times: dict[str, datetime]) -> dict[str, datetime]:
    return {name: time for name, time in times.items() if getattr(token, name) is None}
