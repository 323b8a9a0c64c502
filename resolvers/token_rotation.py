"""Rotates an API token: a new one with the same name, rights and limits, while the old one may work on for a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import errors
from access import callers, credentials
from access.callers import Caller
from db.models.api_tokens import ApiToken
from db.models.plans import Plan
from db.models.users import Role, User
from db.postgres import transaction
from inference.server import ModelServer
from limits import revocation
from limits.revocation import Event
from resolvers import audit, models, sessions, token_input, token_issue
from resolvers.audit import Action
from resolvers.token_issue import Created
from resolvers.tools import Tools

LONGEST_OVERLAP = timedelta(days=7)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """`expires_in` None: as long as the old one was made for, at most what the plan allows now."""

    expires_in: timedelta | None
    keep_old_for: timedelta


async def rotate(
    tools: Tools, server: ModelServer, caller: Caller, token_id: UUID | None, asked: Rotation, *, at: datetime
) -> Created:
    """Returns only when every process knows until when the old API token works.

    `token_id` is None if the given id is not the id of an API token. Raises Unauthenticated, Forbidden, NotFound (also
    for an API token that has ended), InvalidInput, LimitReached, TooManyAttempts and ServiceUnavailable.
    """
    credential = callers.require_session(caller)
    if token_id is None:
        raise errors.NotFound("API token")
    events: Sequence[Event] = ()
    async with transaction() as tx:
        owner = await sessions.lock_owner(tx, credential)
        old = await token_issue.active(owner.id, at=at).using_db(tx).get_or_none(id=token_id)
        if old is None:
            raise errors.NotFound("API token")
        plan = await Plan.get(id=owner.plan_id, using_db=tx)
        _check(old, asked, plan)
        others = token_issue.named(owner.id, at=at).filter(id__not=old.id)
        await token_issue.check_room(tx, others, plan, owner.id, at=at)
        created = await token_issue.store(tx, tools.signer, _successor(old, asked, owner, plan, server, at=at), at=at)
        ended = _end(old, asked.keep_old_for, at=at)
        old.replaced_by_id = created.token.id
        await old.save(using_db=tx, update_fields=["replaced_by_id", *ended])
        await audit.record(tx, Action.API_TOKEN_ROTATED, owner.id, caller, at=at, subject=old.name)
        if ended:
            # One that works on for a while is forgotten, and loaded again with its new end.
            events = [await revocation.note(tx, owner.id, old.id if old.revoked_at else None)]
    await tools.gate.confirm_all(owner.id, events)
    return created


def _check(old: ApiToken, asked: Rotation, plan: Plan) -> None:
    """Raises InvalidInput."""
    problems: list[errors.Problem] = []
    if old.replaced_by_id is not None:
        sentence = "This API token was rotated already. Rotate its `replacedBy` instead."
        problems.append(errors.Problem(("id",), "ALREADY_ROTATED", sentence))
    if asked.expires_in is not None:
        problems += token_input.lifetime_problems(asked.expires_in, plan, path=("expiresIn",))
    if asked.keep_old_for > LONGEST_OVERLAP:
        sentence = f"The old API token can be kept for at most {LONGEST_OVERLAP.days} days."
        problems.append(errors.Problem(("keepOldFor",), "TOO_LONG", sentence))
    if problems:
        raise errors.InvalidInput(problems)


def _successor(
    old: ApiToken, asked: Rotation, owner: User, plan: Plan, server: ModelServer, *, at: datetime
) -> ApiToken:
    """A new row, not yet stored, without the rights that the owner has lost since the old one was made."""
    lifetime = asked.expires_in
    if lifetime is None:
        # Ends are rounded up to a second, so this is rounded down: otherwise each rotation would add one.
        lifetime = min((old.expires_at - old.created_at) // _SECOND * _SECOND, plan.max_token_lifetime)
    own_limit = old.units_per_minute
    return ApiToken(
        id=uuid4(),
        user_id=owner.id,
        name=old.name,
        scopes=old.scopes,
        models=None if old.models is None else _still_open(old.models, owner, plan, server),
        allowed_networks=old.allowed_networks,
        units_per_minute=None if own_limit is None else min(own_limit, plan.units_per_minute),
        created_at=at,
        expires_at=credentials.end(at, lifetime),
        first_id=old.first_id or old.id,
    )


def _still_open(names: Sequence[str], owner: User, plan: Plan, server: ModelServer) -> list[str]:
    """A model that is unknown at the moment is kept: it may be away for a while, and its name alone grants nothing."""
    if owner.role is Role.ADMIN:
        return list(names)
    return [name for name in names if name in plan.models or not models.is_hidden(server, name)]


def _end(old: ApiToken, kept_for: timedelta, *, at: datetime) -> list[str]:
    """Sets the old one's end, and returns the changed columns; none if it would end earlier by itself."""
    if kept_for <= timedelta(0):
        old.revoked_at = at
        return ["revoked_at"]
    if at + kept_for >= old.expires_at:
        return []
    old.expires_at = at + kept_for
    return ["expires_at"]
