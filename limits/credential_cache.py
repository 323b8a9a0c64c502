"""The cache of users and credentials in Redis: a cache miss loads them from Postgres."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from access import networks
from access.credentials import Credential, Kind
from db import postgres
from limits import day_units, last_uses, model_limits, partitions, predecessors, scripts
from limits.charges import Rights
from limits.predecessors import Carried
from store.redis import ScriptCall, Stamp, Store

_DAY = timedelta(days=1)

# The predecessors of a predecessor count too: after Redis has lost its data, their units are in no window. Two users
# who swap their addresses are predecessors of each other.
_SUBJECT = """
WITH RECURSIVE before (user_id, left_at, steps) AS (
    SELECT user_id, left_at, 1 FROM left_addresses WHERE successor_id = $1
    UNION
    SELECT l.user_id, l.left_at, b.steps + 1 FROM left_addresses l JOIN before b ON l.successor_id = b.user_id
) CYCLE user_id SET is_again USING path
SELECT i.epoch, u.suspended_at, u.role, p.units_per_minute, p.units_per_day, p.concurrent_requests, p.models,
       p.model_limits, p.weight,
       (SELECT coalesce(string_agg(kid, ' '), '') FROM retired_keys) AS retired_keys,
       (SELECT coalesce(string_agg(user_id::text, ' ' ORDER BY steps, left_at DESC), '') FROM before) AS predecessors,
       (SELECT coalesce(string_agg(id::text, ' '), '')
        FROM users WHERE id IN (SELECT user_id FROM before)) AS still_here,
       (SELECT coalesce(max(left_at) > clock_timestamp() - $2::float8 * interval '1 second', false)
        FROM before WHERE steps = 1) AS predecessor_just_left
FROM index_state i LEFT JOIN users u ON u.id = $1 LEFT JOIN plans p ON p.id = u.plan_id
WHERE i.id = 1
"""
_SESSION = (
    "SELECT expires_at, last_used_at, NULL AS units_per_minute, NULL AS models, NULL AS allowed_networks FROM sessions"
)
# An API token does not end by disuse.
_TOKEN = """
SELECT expires_at, NULL AS last_used_at, units_per_minute, models, allowed_networks FROM api_tokens
"""  # noqa: S105 - no password
_LIVE = " WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL"
# A minute, and some seconds until every process knows that the former user has left the address.
_MINUTE_CARRIED_FOR = timedelta(seconds=75)


@dataclass(frozen=True, slots=True)
class CacheMiss:
    """The answer MISS. `credential` and `subject` are the nonces that allow the cache load; '' for what is cached.

    `at` is when Redis answered, by its clock.
    """

    at: datetime
    credential: bytes
    subject: bytes


@dataclass(frozen=True, slots=True)
class StoredCredential:
    """A credential and its user as Postgres has them. A session also ends at `idle_at`, if it is not used before.

    `predecessors` are former users of the user's address, the last one first. Those in `still_here` have another
    address now, and what they spend there counts only for them. `predecessor_just_left`: what the last one spent may
    still count in the minute. `networks` as `access.networks` packs them.
    """

    is_live: bool
    is_user_live: bool
    ends_at: datetime
    idle_at: datetime | None
    units_per_minute: int | None
    limits: tuple[int, int, int]
    credential_rights: bytes
    user_rights: bytes
    model_limits: bytes = b""
    predecessors: tuple[UUID, ...] = ()
    still_here: frozenset[UUID] = frozenset()
    predecessor_just_left: bool = False
    networks: bytes = b""

    def admits(self, now: datetime) -> bool:
        is_idle = self.idle_at is not None and self.idle_at <= now
        return self.is_live and self.is_user_live and self.ends_at > now and not is_idle


class CredentialCache:
    """One per process. A session that was not used for `idle_lifetime` has ended."""

    def __init__(self, store: Store, idle_lifetime: timedelta) -> None:
        self._store = store
        self._idle_after = idle_lifetime + last_uses.COARSENESS
        self._loads: dict[tuple[object, ...], asyncio.Task[None]] = {}

    async def load(self, credential: Credential, miss: CacheMiss) -> None:
        """Writes into Redis what it missed. Raises PostgresDown, StoreDown.

        Callers that miss with the same nonces share one read of Postgres. That read started after the nonces were
        written to Redis, so it is new enough.
        """
        key = (credential.id, miss.credential, miss.subject)
        task = self._loads.get(key)
        if task is None:
            task = self._loads[key] = asyncio.create_task(self._load(credential, miss))
            task.add_done_callback(lambda _: self._loads.pop(key))
        await asyncio.shield(task)

    async def _load(self, credential: Credential, miss: CacheMiss) -> None:
        stored = await self.read(credential)
        day = miss.at.replace(hour=0, minute=0, second=0, microsecond=0)
        if not miss.subject:
            await self.write(credential, miss, stored, day=day, spent=Counter())
            return
        former = await self._carried(credential, stored, day)
        # Redis keeps the larger of this number and its own.
        gone = (one for one in stored.predecessors if one not in stored.still_here)
        spent = await day_units.spent(self._store, (credential.user_id, *gone), day.date())
        # What Redis knows beyond Postgres of a predecessor counts for the day, and for no single model.
        spent[""] += max(0, former.day - spent.total())
        minute = former.minute if stored.predecessor_just_left else ()
        await self.write(credential, miss, stored, day=day, spent=spent, minute=minute)

    async def read(self, credential: Credential) -> StoredCredential:
        """Raises PostgresDown."""
        kind = _SESSION if credential.kind is Kind.SESSION else _TOKEN
        found = await postgres.rows(kind + _LIVE, credential.id, credential.user_id)
        (subject,) = await postgres.rows(_SUBJECT, credential.user_id, _MINUTE_CARRIED_FOR.total_seconds())
        self._store.epoch.observe(subject["epoch"], retired_keys=subject["retired_keys"].split())
        return _stored(credential, found[0] if found else None, subject, idle_after=self._idle_after)

    async def write(
        self,
        credential: Credential,
        miss: CacheMiss,
        stored: StoredCredential,
        *,
        day: datetime,
        spent: Counter[str],
        minute: Sequence[tuple[int, int]] = (),
    ) -> None:
        """Raises StoreDown. If Redis no longer expects the entry, nothing is written: the next request misses again."""
        names = partitions.of_user(credential.user_id, credential.id)
        keys = [names.credential_entry, names.subject_entry, names.day, *names.minute, names.models_day]

        def prepare(stamp: Stamp) -> ScriptCall:
            own_limit = "" if stored.units_per_minute is None else stored.units_per_minute
            idle_at = "" if stored.idle_at is None else _milliseconds(stored.idle_at)
            return keys, [
                stamp.epoch,
                *(miss.credential, "live" if stored.is_live else "dead", _milliseconds(stored.ends_at), idle_at),
                *(own_limit, stored.credential_rights),
                *(miss.subject, "live" if stored.is_user_live else "dead", *stored.limits, stored.user_rights),
                *(int(day.timestamp()) // int(_DAY.total_seconds()), spent.total(), stored.networks),
                *(stored.model_limits, orjson.dumps(spent) if stored.model_limits else b""),
                *(number for bucket in minute for number in bucket),
            ]

        await self._store.run(scripts.CACHE_LOAD, prepare, key=names.partition)

    async def _carried(self, credential: Credential, stored: StoredCredential, day: datetime) -> Carried:
        if not stored.predecessors:
            return Carried()
        return await predecessors.carried(self._store, credential.user_id, stored.predecessors[0], day)


# The bytes are the same for all callers with the same rights, so a few results serve many requests.
@lru_cache(1024)
def rights(scopes: frozenset[str], of_credential: bytes, of_user: bytes) -> Rights:
    own, whole = orjson.loads(of_credential), orjson.loads(of_user)
    return Rights(
        role=whole["role"],
        plan_models=frozenset(whole["models"]),
        token_models=None if own["models"] is None else frozenset(own["models"]),
        scopes=scopes,
        # An entry that a previous version has written has none.
        weight=whole.get("weight", 1),
    )


def _stored(
    credential: Credential, own: Mapping[str, Any] | None, subject: Mapping[str, Any], *, idle_after: timedelta
) -> StoredCredential:
    is_user_live = subject["role"] is not None and subject["suspended_at"] is None
    numbers = (subject["units_per_minute"], subject["units_per_day"], subject["concurrent_requests"])
    return StoredCredential(
        is_live=own is not None,
        is_user_live=is_user_live,
        # The JWT's end cannot be changed; the row may end earlier.
        ends_at=min(own["expires_at"], credential.expires_at) if own else credential.expires_at,
        idle_at=own["last_used_at"] + idle_after if own and own["last_used_at"] else None,
        units_per_minute=own["units_per_minute"] if own else None,
        limits=numbers if subject["role"] is not None else (0, 0, 0),
        credential_rights=orjson.dumps({"models": _json(own["models"]) if own else None}),
        user_rights=orjson.dumps(
            {"role": subject["role"], "models": _json(subject["models"]) or [], "weight": subject["weight"] or 1}
        ),
        model_limits=model_limits.for_redis(_json(subject["model_limits"]) or []),
        predecessors=tuple(map(UUID, subject["predecessors"].split())),
        still_here=frozenset(map(UUID, subject["still_here"].split())),
        predecessor_just_left=subject["predecessor_just_left"],
        networks=networks.pack(_json(own["allowed_networks"])) if own else b"",
    )


def _json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value


def _milliseconds(time: datetime) -> int:
    return int(time.astimezone(UTC).timestamp() * 1000)
