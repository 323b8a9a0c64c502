"""What creating and rotating an API token have in common: the room for it, and its secret."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

import errors
from access.credentials import Credential, Kind, Signer
from db.models.api_tokens import ApiToken
from db.models.plans import Plan
from resolvers import expiry_mails

_HINT = 6
# Each API token that is not rotated from another has its own `token-account-minute`. So this limits how many such
# windows a user gets by creating and revoking API tokens. If the plan allows more active API tokens, the plan's number
# is the limit.
_MADE_IN_AN_HOUR = 60
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Created:
    """`secret` is the credential itself. It is not stored, so it cannot be read again."""

    token: ApiToken
    secret: str


def active(user_id: UUID, *, at: datetime) -> QuerySet[ApiToken]:
    """The user's API tokens that work."""
    return ApiToken.filter(user_id=user_id, revoked_at=None, deleted_at=None, expires_at__gt=at)


def named(user_id: UUID, *, at: datetime) -> QuerySet[ApiToken]:
    """Those that keep their name and count for the plan: one that was rotated works for a while, and does neither."""
    return active(user_id, at=at).filter(replaced_by_id=None)


async def check_room(
    tx: BaseDBAsyncClient, held: QuerySet[ApiToken], plan: Plan, user_id: UUID, *, at: datetime
) -> None:
    """Whether there may be one more beside `held`. Part of a transaction that has locked the user's row, so that no two
    calls at once pass the limit.

    Raises LimitReached and TooManyAttempts.
    """
    if await held.using_db(tx).count() >= plan.max_api_tokens:
        raise errors.LimitReached(plan.max_api_tokens)
    # Revoked, deleted and rotated API tokens count, too.
    most = max(_MADE_IN_AN_HOUR, plan.max_api_tokens)
    made = ApiToken.filter(user_id=user_id, created_at__gt=at - _HOUR).using_db(tx)
    oldest = await made.order_by("-created_at").offset(most - 1).first()
    if oldest is not None:
        raise errors.TooManyAttempts(oldest.created_at + _HOUR - at)


async def store(tx: BaseDBAsyncClient, signer: Signer, token: ApiToken, *, at: datetime) -> Created:
    """Signs and stores a new row. Raises ServiceUnavailable if no key can sign."""
    token.reminded_days = expiry_mails.without_emails(token.expires_at - token.created_at)
    secret = signer.sign(_credential(token), at)
    token.hint = secret[-_HINT:]
    await token.save(using_db=tx, force_create=True)
    return Created(token, secret)


def _credential(token: ApiToken) -> Credential:
    scopes = frozenset(token.scopes)
    return Credential(Kind.API_TOKEN, token.id, token.user_id, scopes, token.expires_at, first_id=token.first_id)
