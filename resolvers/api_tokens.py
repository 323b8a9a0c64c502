"""API tokens: credentials for programs, which a user creates and revokes."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

import errors
from access import callers
from access.callers import Caller
from access.credentials import Kind, Signer
from db.models.api_tokens import ApiToken
from db.models.plans import Plan
from db.postgres import as_service_unavailable, transaction
from limits import revocation
from limits.gate import Gate
from limits.revocation import Event
from resolvers import accounts, audit, names, pages, sessions, token_input, token_issue
from resolvers.audit import Action
from resolvers.pages import Page, Position
from resolvers.token_input import Changes, NewToken
from resolvers.token_issue import Created

_LONGEST_HINT = 8
# The columns that decide what an API token may do.
_RIGHTS = frozenset({"models", "allowed_networks", "units_per_minute"})


class Status(StrEnum):
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


async def create(signer: Signer, caller: Caller, new: NewToken, *, at: datetime) -> Created:
    """Raises InvalidInput, NameTaken, LimitReached and TooManyAttempts."""
    credential = callers.require_session(caller)
    async with transaction() as tx:
        # Concurrent calls wait for this lock, so no two of them pass the limit or take the same name.
        owner = await sessions.lock_owner(tx, credential)
        plan = await Plan.get(id=owner.plan_id, using_db=tx)
        token = token_input.token(new, owner, plan, at=at)
        held = token_issue.named(owner.id, at=at)
        if await held.filter(name=token.name).using_db(tx).exists():
            raise errors.NameTaken(token.name)
        await token_issue.check_room(tx, held, plan, owner.id, at=at)
        created = await token_issue.store(tx, signer, token, at=at)
        await audit.record(tx, Action.API_TOKEN_CREATED, owner.id, caller, at=at, subject=token.name)
    return created


async def update(gate: Gate, caller: Caller, token_id: UUID | None, changes: Changes, *, at: datetime) -> ApiToken:
    """Returns only when no process uses the old rights of the API token any more.

    `token_id` is None if the given id is not the id of an API token. Raises Unauthenticated, Forbidden, NotFound (also
    for an API token that has ended), InvalidInput, NameTaken and ServiceUnavailable.
    """
    credential = callers.require_session(caller)
    if token_id is None:
        raise errors.NotFound("API token")
    events: Sequence[Event] = ()
    async with transaction() as tx:
        owner = await sessions.lock_owner(tx, credential)
        token = await token_issue.active(owner.id, at=at).using_db(tx).get_or_none(id=token_id)
        if token is None:
            raise errors.NotFound("API token")
        columns = token_input.columns(changes, await Plan.get(id=owner.plan_id, using_db=tx))
        name = columns.get("name", token.name)
        held = token_issue.named(owner.id, at=at).using_db(tx)
        if name != token.name and await held.filter(name=name).exists():
            raise errors.NameTaken(name)
        changed = {name: value for name, value in columns.items() if value != getattr(token, name)}
        if changed:
            await token.update_from_dict(changed).save(using_db=tx, update_fields=[*changed])
            await audit.record(tx, Action.API_TOKEN_UPDATED, owner.id, caller, at=at, subject=token.name)
        if _RIGHTS & changed.keys():
            # The event names no credential, because an event that names one ends that credential. Wider rights need an
            # event too: if the process is killed here, Redis must not keep rights that differ from those in Postgres.
            events = [await revocation.note(tx, owner.id)]
    if _RIGHTS & columns.keys():
        await gate.confirm_all(owner.id, events)
    return token


async def revoke(gate: Gate, caller: Caller, token_id: UUID | None, *, at: datetime) -> ApiToken:
    """Revokes it, or confirms an earlier revocation, which some process may not know yet.

    Raises Unauthenticated, Forbidden, NotFound and ServiceUnavailable.
    """
    return await _end(gate, caller, Action.API_TOKEN_REVOKED, token_id, {"revoked_at": at}, deleted_at=None)


async def delete(gate: Gate, caller: Caller, token_id: UUID | None, *, at: datetime) -> UUID:
    """Revokes it and removes it from every list. Raises Unauthenticated, Forbidden, NotFound and ServiceUnavailable."""
    token = await _end(gate, caller, Action.API_TOKEN_DELETED, token_id, {"revoked_at": at, "deleted_at": at})
    return token.id


async def current(caller: Caller) -> ApiToken | None:
    """The API token of this request; None for a session or an anonymous caller. Raises Forbidden without scope READ."""
    if caller.credential is None or caller.credential.kind is not Kind.API_TOKEN:
        return None
    credential = callers.require_reading(caller)
    async with as_service_unavailable():
        return await ApiToken.get_or_none(id=credential.id, user_id=credential.user_id)


def seen_from(caller: Caller, token: ApiToken) -> str | None:
    """The IP address of this request, if the API token has sent it."""
    is_its_own = caller.credential is not None and caller.credential.id == token.id
    return caller.address.partition("%")[0] if is_its_own else None


async def find(caller: Caller, token_id: UUID | None, *, of: UUID | None = None) -> ApiToken | None:
    """An API token of the user `of` (None: of the caller), even if it is expired or revoked.

    None if it is deleted or not this user's.
    """
    user_id = callers.require_viewing(caller, of)
    if token_id is None:
        return None
    async with as_service_unavailable():
        return await ApiToken.get_or_none(id=token_id, user_id=user_id, deleted_at=None)


async def page(
    caller: Caller,
    *,
    first: int,
    after: Position | None,
    include_ended: bool,
    at: datetime,
    of: UUID | None = None,
    search: str | None = None,
) -> Page[ApiToken]:
    """The API tokens of the user `of` (None: of the caller), newest first. `search` is a part of the name, or the hint.

    Raises Unauthenticated, Forbidden, NotFound, ServiceUnavailable, BadRequest for a text that no API token can have.
    """
    listed = ApiToken.filter(user_id=callers.require_viewing(caller, of), deleted_at=None)
    if not include_ended:
        listed = listed.filter(revoked_at=None, expires_at__gt=at)
    text = (search or "").strip()
    if problems := names.check(text, longest=token_input.LONGEST_NAME, path=("search",)):
        raise errors.BadRequest(f"`search`: {problems[0].message}")
    if text:
        # It reads all API tokens of this user, of whom there are as many as the plan allows.
        is_found = Q(name__icontains=text)
        # Tortoise refuses a value that is longer than the column.
        listed = listed.filter(is_found | Q(hint=text) if len(text) <= _LONGEST_HINT else is_found)
    return await pages.newest_first(listed, by="created_at", first=first, after=after)


def status(token: ApiToken, *, at: datetime) -> Status:
    if token.revoked_at is not None:
        return Status.REVOKED
    return Status.EXPIRED if token.expires_at <= at else Status.ACTIVE


async def _end(
    gate: Gate, caller: Caller, action: Action, token_id: UUID | None, times: dict[str, datetime], **filters: Any
) -> ApiToken:
    """Sets the columns of `times` that are still null: a repetition keeps the time of the first revocation."""
    credential = callers.require_session(caller)
    if token_id is None:
        raise errors.NotFound("API token")
    own = ApiToken.filter(id=token_id, user_id=credential.user_id, **filters)
    events: Sequence[Event] = ()
    # No limit refuses this mutation. So that it stays cheap, a repetition takes no lock and writes nothing.
    async with as_service_unavailable():
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
    # Answer only when no process accepts the API token any more.
    await gate.confirm_all(credential.user_id, events)
    return token


def _missing(token: ApiToken, times: dict[str, datetime]) -> dict[str, datetime]:
    return {name: time for name, time in times.items() if getattr(token, name) is None}
