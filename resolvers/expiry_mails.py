"""Emails to users whose API tokens expire soon: 30, 7 and 1 day before. For the worker.

A user gets at most one email a day. So each email also names the tokens that will be due within the next day. Which
emails were sent is written in the transaction that queues them: each is queued once, however many workers there are and
whenever they are killed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from db import cleaning, postgres
from db.models.api_tokens import ApiToken
from db.models.users import User
from email_templates import outbox
from email_templates.templates import Template
from resolvers import accounts, token_mails

_DAY = timedelta(days=1)
_DAYS = (1, 7, 30)
_NEVER = 31
_USED_WITHIN = timedelta(days=30)
# Ends are rounded up to a whole second.
_ROUNDING = timedelta(seconds=1)
AT_ONCE = 200
_FOR_A_USER = timedelta(seconds=5)

# Users with a token that may be due; `_due` decides.
_CANDIDATES = """
SELECT DISTINCT t.user_id FROM api_tokens t
WHERE t.expires_at > $1 AND t.expires_at <= $1::timestamptz + interval '30 days' AND t.user_id > $2
    AND t.revoked_at IS NULL AND t.deleted_at IS NULL AND t.replaced_by_id IS NULL
    AND (t.last_used_at IS NULL OR t.last_used_at > $1::timestamptz - interval '30 days')
    AND (t.reminded_days IS NULL OR t.reminded_days > 30 OR t.expires_at <= $1::timestamptz + interval '1 day' * (
        CASE t.reminded_days WHEN 30 THEN 7 WHEN 7 THEN 1 ELSE 0 END))
    AND NOT EXISTS (
        SELECT FROM api_tokens o WHERE o.user_id = t.user_id AND o.reminded_at > $1::timestamptz - interval '1 day')
    AND EXISTS (SELECT FROM users u WHERE u.id = t.user_id AND u.suspended_at IS NULL)
ORDER BY t.user_id LIMIT $3
"""


def without_emails(lifetime: timedelta) -> int:
    """`reminded_days` of a new API token: no email is due so many days before its end, or earlier."""
    return next((days for days in _DAYS if lifetime < days * _DAY + _ROUNDING), _NEVER)


async def send() -> int:
    """Queues the emails that are due now, and returns their number. Raises PostgresDown.

    An email that cannot be queued does not stop the others; its error is raised at the end.
    """
    queued, failed = 0, []
    now = await cleaning.now()
    last = UUID(int=0)
    while users := await postgres.rows(_CANDIDATES, now, last, AT_ONCE):
        for row in users:
            last = row["user_id"]
            try:
                # Not in the transaction of the worker's lock: what is queued for one user must not wait for the others.
                queued += await postgres.run(_send_to(last, now), within=_FOR_A_USER)
            except postgres.PostgresDown:
                raise
            except Exception as error:
                failed.append(error)
    if failed:
        raise failed[0]
    return queued


async def _send_to(user_id: UUID, now: datetime) -> bool:
    """Whether an email was due."""
    async with in_transaction() as tx:
        # Another worker that does the same waits here, and then finds nothing due.
        user = await accounts.lock(tx, id=user_id)
        if user is None or user.suspended_at is not None or await _was_told(tx, user_id, now):
            return False
        tokens = await _ending(tx, user_id, now)
        if not any(_due(token, now) for token in tokens):
            return False
        told = [token for token in tokens if _due(token, now + _DAY)]
        await _tell(tx, user, told)
        for token in told:
            token.reminded_days, token.reminded_at = _days_left(token, now + _DAY), now
            await token.save(using_db=tx, update_fields=["reminded_days", "reminded_at"])
    return True


async def _was_told(tx: BaseDBAsyncClient, user_id: UUID, now: datetime) -> bool:
    """Within a day, also about a token that was deleted or rotated since."""
    return await ApiToken.filter(user_id=user_id, reminded_at__gt=now - _DAY).using_db(tx).exists()


async def _ending(tx: BaseDBAsyncClient, user_id: UUID, now: datetime) -> Sequence[ApiToken]:
    """The tokens that a program of the user may still use, and that expire within the longest time and a day."""
    working = ApiToken.filter(user_id=user_id, revoked_at=None, deleted_at=None, replaced_by_id=None)
    ending = working.filter(expires_at__gt=now, expires_at__lte=now + (max(_DAYS) + 1) * _DAY)
    found = await ending.using_db(tx).order_by("expires_at", "name", "id")
    return [token for token in found if token.last_used_at is None or token.last_used_at > now - _USED_WITHIN]


def _due(token: ApiToken, now: datetime) -> bool:
    told = token.reminded_days
    if told is None:
        told = without_emails(token.expires_at - token.created_at)
    return _days_left(token, now) < told


def _days_left(token: ApiToken, now: datetime) -> int:
    """Rounded up to a number of days before which there is an email."""
    return next((days for days in _DAYS if token.expires_at - now <= days * _DAY), _NEVER)


async def _tell(tx: BaseDBAsyncClient, user: User, tokens: Sequence[ApiToken]) -> None:
    context = {"tokens": token_mails.named_with_ends(tokens)}
    await outbox.enqueue(tx, Template.API_TOKENS_EXPIRE, to=user.email, locale=user.locale, context=context)
