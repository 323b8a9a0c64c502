"""Exports everything that is stored about a user.

The answer of the mutation has all of it, unless the long lists have too many rows for one answer. The address beside it
has all of it in any case, as a file that is read while it is sent.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from access.callers import Caller
from db.postgres import transaction
from limits.addresses import LIFETIME
from resolvers import audit, downloads
from resolvers.audit import Action
from resolvers.confirmations import confirm
from resolvers.downloads import Download, Owner
from resolvers.tools import Tools

KIND = "account"
# Of all long lists together: 20 to 40 MB.
MOST_ROWS = 100_000
ROWS_AT_ONCE = 5000

# Postgres writes times in the time zone of its session.
_UTC = "SELECT set_config('TimeZone', 'UTC', true)"
_ARE_MANY = """
SELECT (SELECT count(*) FROM (SELECT FROM usage WHERE user_id = $1 LIMIT $2) h)
    + (SELECT count(*) FROM (SELECT FROM usage_days WHERE user_id = $1 LIMIT $2) d)
    + (SELECT count(*) FROM (SELECT FROM refusals WHERE user_id = $1 LIMIT $2) r)
    + (SELECT count(*) FROM (SELECT FROM jobs WHERE user_id = $1 LIMIT $2) j)
    + (SELECT count(*) FROM (SELECT FROM audit_events WHERE user_id = $1 LIMIT $2) e) >= $2 AS are_many
"""

# One statement in Postgres: one consistent snapshot, and it does not block this process. JSON takes a third of the time
# of JSONB. Secrets that would let their holder act as the user are left out.
_ACCOUNT = """
SELECT json_build_object(
'exportedAt', $2::timestamptz,
'user', (
    SELECT json_build_object('id', u.id, 'email', u.email, 'emailVerifiedAt', u.email_verified_at,
        'displayName', u.display_name, 'locale', u.locale, 'role', u.role, 'plan', p.name,
        'createdAt', u.created_at, 'suspendedAt', u.suspended_at)
    FROM users u JOIN plans p ON p.id = u.plan_id WHERE u.id = $1),
'twoFactor', (
    SELECT json_build_object('offeredAt', f.created_at, 'enabledAt', f.confirmed_at, 'recoveryCodesLeft',
        (SELECT count(*) FROM recovery_codes r WHERE r.user_id = $1 AND r.used_at IS NULL))
    FROM second_factors f WHERE f.user_id = $1),
'webhookSecret', (
    SELECT json_build_object('createdAt', s.created_at, 'previousEndsAt', s.previous_ends_at)
    FROM webhook_secrets s WHERE s.user_id = $1),
'sessions', (
    SELECT coalesce(json_agg(json_build_object('id', s.id, 'createdAt', s.created_at, 'lastUsedAt', s.last_used_at,
        'expiresAt', s.expires_at, 'revokedAt', s.revoked_at, 'ipAddress', s.ip_address, 'userAgent', s.user_agent)
        ORDER BY s.created_at, s.id), '[]')
    FROM sessions s WHERE s.user_id = $1),
'apiTokens', (
    SELECT coalesce(json_agg(json_build_object('id', t.id, 'name', t.name, 'hint', t.hint, 'scopes', t.scopes,
        'models', t.models, 'unitsPerMinute', t.units_per_minute, 'createdAt', t.created_at,
        'expiresAt', t.expires_at, 'revokedAt', t.revoked_at, 'deletedAt', t.deleted_at,
        'allowedNetworks', t.allowed_networks, 'replacedBy', t.replaced_by_id, 'rotatedFirstFrom', t.first_id,
        'remindedDays', t.reminded_days, 'remindedAt', t.reminded_at,
        'lastUsedAt', t.last_used_at, 'lastUsedIpAddress', t.last_used_ip_address) ORDER BY t.created_at, t.id), '[]')
    FROM api_tokens t WHERE t.user_id = $1),
'codes', (
    SELECT coalesce(json_agg(json_build_object('purpose', c.purpose, 'email', c.email, 'createdAt', c.created_at,
        'expiresAt', c.expires_at, 'endedAt', c.ended_at) ORDER BY c.id), '[]')
    FROM mail_codes c WHERE c.user_id = $1)
)::text AS json
"""
_USAGE = """json_build_object('start', {start}, 'apiToken', w.token_id, 'model', nullif(w.model, ''), 'calls', w.calls,
    'failed', w.failed, 'units', w.units, 'inferenceMs', w.inference_ms)"""
_REFUSAL = """json_build_object('at', w.at, 'start', w.hour, 'apiToken', w.token_id, 'code', w.code, 'count', w.count,
    'model', nullif(w.model, ''), 'window', nullif(w.limit_window, ''), 'operation', nullif(w.operation, ''),
    'seenFrom', nullif(w.address, ''), 'retryAt', w.retry_at, 'message', w.message)"""
# Without inputs and results, which may be of any size: `job` returns the result while the job is kept.
_JOB = """json_build_object('id', w.id, 'createdAt', w.created_at, 'startedAt', w.started_at, 'endedAt', w.ended_at,
    'expiresAt', w.expires_at, 'state', w.state, 'model', w.model, 'version', w.version, 'outputs', w.outputs,
    'units', w.units, 'error', w.code, 'message', w.message, 'idempotencyKey', w.idempotency_key,
    'madeBy', w.credential_id, 'madeFrom', w.address, 'webhook', (
        SELECT json_build_object('url', h.url, 'state', h.state, 'nextAt', h.next_at, 'tries', (
            SELECT coalesce(json_agg(json_build_object('at', t.at, 'status', t.status, 'error', t.error,
                'milliseconds', t.milliseconds) ORDER BY t.at, t.id), '[]')
            FROM webhook_tries t WHERE t.job_id = w.id))
        FROM webhooks h WHERE h.job_id = w.id))"""
# The address of an administrator is not the user's data.
_EVENT = """json_build_object('id', w.id, 'at', w.at, 'action', w.action, 'actorKind', w.actor_kind,
    'subject', w.subject, 'detail', w.detail, 'before', w.before, 'after', w.after,
    'ipAddress', CASE WHEN w.actor_kind <> 'ADMIN' THEN w.ip_address END,
    'userAgent', CASE WHEN w.actor_kind <> 'ADMIN' THEN w.user_agent END)"""
# The rows after a place, and the place of the last one.
_PAGE = """
SELECT coalesce(string_agg(p.row, ',' ORDER BY p.start, p.id), '') AS rows, count(*) AS count, max(p.start) AS start,
    (array_agg(p.id ORDER BY p.start DESC, p.id DESC))[1] AS id
FROM (
    SELECT {row}::text AS row, {start} AS start, w.id FROM {table} w
    WHERE w.user_id = $1 AND ({start}, w.id) > ($2, $3) ORDER BY {start}, w.id LIMIT $4
) p
"""


def _page_of(table: str, start: str, row: str) -> str:
    return _PAGE.format(row=row.format(start=start), start=start, table=table)


_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_Place = tuple[Any, int | UUID]
# The lists that grow without end, by their names in the file: the pages, and a place before the first one.
_LISTS: tuple[tuple[str, str, _Place], ...] = (
    ("usage", _page_of("usage", "w.hour", _USAGE), (_BEGINNING, 0)),
    ("usageByDay", _page_of("usage_days", "w.day", _USAGE), (_BEGINNING.date(), 0)),
    ("refusals", _page_of("refusals", "w.hour", _REFUSAL), (_BEGINNING, 0)),
    ("jobs", _page_of("jobs", "w.created_at", _JOB), (_BEGINNING, UUID(int=0))),
    ("securityEvents", _page_of("audit_events", "w.at", _EVENT), (_BEGINNING, UUID(int=0))),
)


@dataclass(frozen=True, slots=True)
class Exported:
    """`json` has everything, but null for the long lists where they have too many rows. `code` is the end of the
    address of the whole file."""

    json: str
    code: str
    expires_at: datetime


async def export(tools: Tools, caller: Caller, password: str, *, at: datetime) -> Exported:
    """Names and meanings in the JSON are those of the schema, ids are the stored ones.

    Raises Unauthenticated, Forbidden, WrongPassword, TooManyAttempts, ServiceUnavailable.
    """
    confirmed = await confirm(tools, caller, password, at=at)
    async with transaction() as tx:
        user = await confirmed.lock(tx)
        await audit.record(tx, Action.ACCOUNT_EXPORTED, user.id, caller, at=at)
        await tx.execute_query_dict(_UTC)
        (row,) = await tx.execute_query_dict(_ACCOUNT, [user.id, at])
        (found,) = await tx.execute_query_dict(_ARE_MANY, [user.id, MOST_ROWS])
        lists = [f'"{name}" : null' for name, _, _ in _LISTS]
        if not found["are_many"]:
            pages = {name: await _page(tx, sql, user.id, place, MOST_ROWS) for name, sql, place in _LISTS}
            lists = [f'"{name}" : [{page["rows"]}]' for name, page in pages.items()]
    code = await downloads.make(tools, KIND, Owner.of(confirmed.credential))
    return Exported(f"{_open(row['json'])}, {', '.join(lists)}}}", code, at + LIFETIME)


async def pieces(tools: Tools, download: Download) -> AsyncGenerator[str, None]:
    """The whole file. Between two pieces no connection is held. Without the last piece it is no JSON.

    Raises ServiceUnavailable, also in the middle, and Unauthenticated once the session has ended.
    """
    owner = download.owner
    async with transaction() as tx:
        await tx.execute_query_dict(_UTC)
        (row,) = await tx.execute_query_dict(_ACCOUNT, [owner.user_id, datetime.now(UTC)])
    yield _open(row["json"])
    for name, sql, place in _LISTS:
        yield f', "{name}" : ['
        comma, count = "", ROWS_AT_ONCE
        while count == ROWS_AT_ONCE:
            await downloads.check(tools, owner)
            async with transaction() as tx:
                await tx.execute_query_dict(_UTC)
                page = await _page(tx, sql, owner.user_id, place, ROWS_AT_ONCE)
            if page["count"]:
                yield comma + page["rows"]
                comma, place = ",", (page["start"], page["id"])
            count = page["count"]
        yield "]"
    yield "}"


async def _page(tx: Any, sql: str, user_id: Any, place: _Place, most: int) -> dict[str, Any]:
    (page,) = await tx.execute_query_dict(sql, [user_id, *place, most])
    found: dict[str, Any] = page
    return found


def _open(json: str) -> str:
    """Without the last brace, so that more members can follow."""
    return json.rstrip().removesuffix("}")
