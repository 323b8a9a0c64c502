"""What happened to an account, for its owner to see: written in the transaction in which it happened."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from tortoise.backends.base.client import BaseDBAsyncClient

from access.callers import Caller
from access.credentials import Kind
from access.transactions import transaction
from db.models.audit_events import ActorKind, AuditEvent
from resolvers import accounts


class Action(StrEnum):
    REGISTERED = "REGISTERED"
    # Somebody wanted to register with an address that has an account.
    REGISTRATION_REPEATED = "REGISTRATION_REPEATED"
    VERIFICATION_REQUESTED = "VERIFICATION_REQUESTED"
    EMAIL_VERIFIED = "EMAIL_VERIFIED"
    LOGGED_IN = "LOGGED_IN"
    LOGIN_REFUSED = "LOGIN_REFUSED"
    # The password was right, and nothing has begun yet.
    SECOND_FACTOR_ASKED = "SECOND_FACTOR_ASKED"
    SECOND_FACTOR_REFUSED = "SECOND_FACTOR_REFUSED"
    RECOVERY_CODE_USED = "RECOVERY_CODE_USED"
    LOGGED_OUT = "LOGGED_OUT"
    SESSION_REVOKED = "SESSION_REVOKED"
    OTHER_SESSIONS_REVOKED = "OTHER_SESSIONS_REVOKED"
    PASSWORD_RESET_REQUESTED = "PASSWORD_RESET_REQUESTED"  # noqa: S105 - a name
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - a name
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - a name
    # The current password, asked of somebody with a session, was wrong.
    PASSWORD_REFUSED = "PASSWORD_REFUSED"  # noqa: S105 - a name
    EMAIL_CHANGE_REQUESTED = "EMAIL_CHANGE_REQUESTED"
    EMAIL_CHANGED = "EMAIL_CHANGED"
    PROFILE_UPDATED = "PROFILE_UPDATED"
    TWO_FACTOR_OFFERED = "TWO_FACTOR_OFFERED"
    TWO_FACTOR_ENABLED = "TWO_FACTOR_ENABLED"
    TWO_FACTOR_DISABLED = "TWO_FACTOR_DISABLED"
    ACCOUNT_EXPORTED = "ACCOUNT_EXPORTED"
    ACCOUNT_DELETED = "ACCOUNT_DELETED"
    API_TOKEN_CREATED = "API_TOKEN_CREATED"  # noqa: S105 - a name
    API_TOKEN_UPDATED = "API_TOKEN_UPDATED"  # noqa: S105 - a name
    API_TOKEN_REVOKED = "API_TOKEN_REVOKED"  # noqa: S105 - a name
    API_TOKEN_DELETED = "API_TOKEN_DELETED"  # noqa: S105 - a name
    ADMINISTRATOR_APPOINTED = "ADMINISTRATOR_APPOINTED"
    ADMINISTRATOR_DISMISSED = "ADMINISTRATOR_DISMISSED"


# By a code from a mail, so by the user, with a session or without.
_BY_CODE = frozenset({Action.EMAIL_VERIFIED, Action.PASSWORD_RESET, Action.EMAIL_CHANGED})

_LOGIN_REFUSED = """
INSERT INTO audit_events (id, at, user_id, action, actor_kind, ip_address, user_agent)
SELECT $1, $2, (SELECT id FROM users WHERE email = $3), $4, $5, $6, $7
"""


async def record(
    tx: BaseDBAsyncClient,
    action: Action,
    user_id: UUID,
    caller: Caller,
    *,
    at: datetime,
    subject: str | None = None,
    detail: str | None = None,
) -> None:
    """Part of the transaction that does it. `subject` is what was acted on, beside the account itself."""
    kind = _kind(action, caller, user_id)
    await AuditEvent.create(
        using_db=tx,
        id=uuid4(),
        at=at,
        user_id=user_id,
        action=action,
        actor_kind=kind,
        actor_id=None if kind is ActorKind.VISITOR else user_id,
        subject=subject,
        ip_address=caller.address,
        user_agent=caller.user_agent,
        detail=detail,
    )


async def refused(action: Action, user_id: UUID, caller: Caller, *, at: datetime) -> None:
    """In a transaction of its own: what was refused has none, or one that is rolled back."""
    async with transaction() as tx:
        # Of somebody who was deleted meanwhile nothing is kept.
        if await accounts.lock(tx, id=user_id) is not None:
            await record(tx, action, user_id, caller, at=at)


async def login_refused(address: str | None, caller: Caller, *, at: datetime) -> None:
    """The same statement whether or not the address is known, so that time does not tell."""
    values = [uuid4(), at, address, Action.LOGIN_REFUSED, ActorKind.VISITOR, caller.address, caller.user_agent]
    async with transaction() as tx:
        await tx.execute_query_dict(_LOGIN_REFUSED, values)


def _kind(action: Action, caller: Caller, user_id: UUID) -> ActorKind:
    if action in _BY_CODE:
        return ActorKind.SELF
    if caller.credential is None or caller.credential.user_id != user_id:
        return ActorKind.VISITOR
    return ActorKind.SELF if caller.credential.kind is Kind.SESSION else ActorKind.API_TOKEN
