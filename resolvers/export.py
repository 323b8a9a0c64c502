"""Exports everything that is stored about a user."""

from datetime import datetime

from access.callers import Caller
from db.postgres import transaction
from resolvers import audit
from resolvers.audit import Action
from resolvers.confirmations import confirm
from resolvers.tools import Tools

# Postgres writes times in the time zone of its session.
_UTC = "SELECT set_config('TimeZone', 'UTC', true)"

# One statement in Postgres: one consistent snapshot, and however large it is, it does not block this process. JSON
# takes a third of the time of JSONB. Secrets that would let their holder act as the user are left out.
_EXPORT = """
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
'sessions', (
    SELECT coalesce(json_agg(json_build_object('id', s.id, 'createdAt', s.created_at, 'lastUsedAt', s.last_used_at,
        'expiresAt', s.expires_at, 'revokedAt', s.revoked_at, 'ipAddress', s.ip_address, 'userAgent', s.user_agent)
        ORDER BY s.created_at, s.id), '[]')
    FROM sessions s WHERE s.user_id = $1),
'apiTokens', (
    SELECT coalesce(json_agg(json_build_object('id', t.id, 'name', t.name, 'hint', t.hint, 'scopes', t.scopes,
        'models', t.models, 'unitsPerMinute', t.units_per_minute, 'createdAt', t.created_at,
        'expiresAt', t.expires_at, 'revokedAt', t.revoked_at, 'deletedAt', t.deleted_at,
        'lastUsedAt', t.last_used_at, 'lastUsedIpAddress', t.last_used_ip_address) ORDER BY t.created_at, t.id), '[]')
    FROM api_tokens t WHERE t.user_id = $1),
'codes', (
    SELECT coalesce(json_agg(json_build_object('purpose', c.purpose, 'email', c.email, 'createdAt', c.created_at,
        'expiresAt', c.expires_at, 'endedAt', c.ended_at) ORDER BY c.id), '[]')
    FROM mail_codes c WHERE c.user_id = $1),
'usage', (
    SELECT coalesce(json_agg(json_build_object('start', w.hour, 'apiToken', w.token_id,
        'model', nullif(w.model, ''), 'calls', w.calls, 'failed', w.failed, 'units', w.units,
        'inferenceMs', w.inference_ms) ORDER BY w.hour, w.id), '[]')
    FROM usage w WHERE w.user_id = $1),
'usageByDay', (
    SELECT coalesce(json_agg(json_build_object('start', w.day, 'apiToken', w.token_id,
        'model', nullif(w.model, ''), 'calls', w.calls, 'failed', w.failed, 'units', w.units,
        'inferenceMs', w.inference_ms) ORDER BY w.day, w.id), '[]')
    FROM usage_days w WHERE w.user_id = $1),
'securityEvents', (
    SELECT coalesce(json_agg(json_build_object('id', e.id, 'at', e.at, 'action', e.action,
        'actorKind', e.actor_kind, 'subject', e.subject, 'detail', e.detail, 'before', e.before, 'after', e.after,
        -- The address of an administrator is not the user's data.
        'ipAddress', CASE WHEN e.actor_kind <> 'ADMIN' THEN e.ip_address END,
        'userAgent', CASE WHEN e.actor_kind <> 'ADMIN' THEN e.user_agent END) ORDER BY e.at, e.id), '[]')
    FROM audit_events e WHERE e.user_id = $1)
)::text AS json
"""


async def export(tools: Tools, caller: Caller, password: str, *, at: datetime) -> str:
    """Returns JSON; names and meanings are those of the schema, ids are the stored ones.

    Raises Unauthenticated, Forbidden, WrongPassword, TooManyAttempts, ServiceUnavailable.
    """
    confirmed = await confirm(tools, caller, password, at=at)
    async with transaction() as tx:
        user = await confirmed.lock(tx)
        await audit.record(tx, Action.ACCOUNT_EXPORTED, user.id, caller, at=at)
        await tx.execute_query_dict(_UTC)
        (row,) = await tx.execute_query_dict(_EXPORT, [user.id, at])
    json: str = row["json"]
    return json
