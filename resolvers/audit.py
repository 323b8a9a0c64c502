"""Security events of an account, written in the transaction that causes them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from tortoise.backends.base.client import BaseDBAsyncClient

from access.callers import Caller
from access.credentials import Kind
from db.models.audit_events import ActorKind, AuditEvent
from db.postgres import transaction
from resolvers import accounts


class Action(StrEnum):
    REGISTERED = "REGISTERED"
    # A registration with an address that has an account.
    REGISTRATION_REPEATED = "REGISTRATION_REPEATED"
    VERIFICATION_REQUESTED = "VERIFICATION_REQUESTED"
    EMAIL_VERIFIED = "EMAIL_VERIFIED"
    LOGGED_IN = "LOGGED_IN"
    LOGIN_REFUSED = "LOGIN_REFUSED"
    # The password was right; no session has started yet.
    SECOND_FACTOR_ASKED = "SECOND_FACTOR_ASKED"
    SECOND_FACTOR_REFUSED = "SECOND_FACTOR_REFUSED"
    RECOVERY_CODE_USED = "RECOVERY_CODE_USED"
    LOGGED_OUT = "LOGGED_OUT"
    SESSION_REVOKED = "SESSION_REVOKED"
    OTHER_SESSIONS_REVOKED = "OTHER_SESSIONS_REVOKED"
    PASSWORD_RESET_REQUESTED = "PASSWORD_RESET_REQUESTED"  # noqa: S105 - a name
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - a name
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - a name
    # A signed-in user gave a wrong current password.
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
    API_TOKEN_ROTATED = "API_TOKEN_ROTATED"  # noqa: S105 - a name
    API_TOKEN_REVOKED = "API_TOKEN_REVOKED"  # noqa: S105 - a name
    # Someone found its secret. The event does not show who.
    API_TOKEN_REPORTED = "API_TOKEN_REPORTED"  # noqa: S105 - a name
    API_TOKEN_DELETED = "API_TOKEN_DELETED"  # noqa: S105 - a name
    WEBHOOK_SECRET_ROTATED = "WEBHOOK_SECRET_ROTATED"  # noqa: S105 - a name
    WEBHOOK_SECRET_DELETED = "WEBHOOK_SECRET_DELETED"  # noqa: S105 - a name
    # Acts of administration.
    USER_SUSPENDED = "USER_SUSPENDED"
    USER_REINSTATED = "USER_REINSTATED"
    USER_PLAN_SET = "USER_PLAN_SET"
    PLAN_SAVED = "PLAN_SAVED"
    ADMINISTRATOR_APPOINTED = "ADMINISTRATOR_APPOINTED"
    ADMINISTRATOR_DISMISSED = "ADMINISTRATOR_DISMISSED"
    # Of everybody. It changes nothing.
    USAGE_EXPORTED = "USAGE_EXPORTED"


# Done with a code from an email, so by the user, with or without a session.
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
    """Part of the transaction of the action. `subject` is the object of the action, if it is not the account."""
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
    """In its own transaction, because a refused action has none, or one that is rolled back."""
    async with transaction() as tx:
        # Nothing is kept of a user who was deleted in the meantime.
        if await accounts.lock(tx, id=user_id) is not None:
            await record(tx, action, user_id, caller, at=at)


async def login_refused(address: str | None, caller: Caller, *, at: datetime) -> None:
    """Runs the same statement for known and unknown addresses, so that the duration does not show which it is."""
    values = [uuid4(), at, address, Action.LOGIN_REFUSED, ActorKind.VISITOR, caller.address, caller.user_agent]
    async with transaction() as tx:
        await tx.execute_query_dict(_LOGIN_REFUSED, values)


def _kind(action: Action, caller: Caller, user_id: UUID) -> ActorKind:
    if action in _BY_CODE:
        return ActorKind.SELF
    if caller.credential is None or caller.credential.user_id != user_id:
        return ActorKind.VISITOR
    return ActorKind.SELF if caller.credential.kind is Kind.SESSION else ActorKind.API_TOKEN
