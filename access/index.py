"""Redis as the index of Postgres: reading users and credentials into it where it does not know them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from access import day_units, last_uses, lua, partitions, predecessors, records
from access.charges import Rights
from access.credentials import Credential, Kind
from access.predecessors import Carried
from access.store import Call, Moment, Store

_DAY = timedelta(days=1)

# Those before a predecessor count as well: their sums are in no window once Redis has lost its data. Two users who
# change addresses with each other follow one another.
_SUBJECT = """
WITH RECURSIVE before (user_id, left_at, steps) AS (
    SELECT user_id, left_at, 1 FROM left_addresses WHERE successor_id = $1
    UNION
    SELECT l.user_id, l.left_at, b.steps + 1 FROM left_addresses l JOIN before b ON l.successor_id = b.user_id
) CYCLE user_id SET is_again USING path
SELECT i.epoch, u.suspended_at, u.role, p.units_per_minute, p.units_per_day, p.concurrent_requests, p.models,
       (SELECT coalesce(string_agg(kid, ' '), '') FROM retired_keys) AS retired_keys,
       (SELECT coalesce(string_agg(user_id::text, ' ' ORDER BY steps, left_at DESC), '') FROM before) AS predecessors,
       (SELECT coalesce(string_agg(id::text, ' '), '')
        FROM users WHERE id IN (SELECT user_id FROM before)) AS still_here,
       (SELECT coalesce(max(left_at) > clock_timestamp() - $2::float8 * interval '1 second', false)
        FROM before WHERE steps = 1) AS predecessor_just_left
FROM index_state i LEFT JOIN users u ON u.id = $1 LEFT JOIN plans p ON p.id = u.plan_id
WHERE i.id = 1
"""
_SESSION = "SELECT expires_at, last_used_at, NULL AS units_per_minute, NULL AS models FROM sessions"
# An API token may lie unused for as long as it lives.
_TOKEN = "SELECT expires_at, NULL AS last_used_at, units_per_minute, models FROM api_tokens"  # noqa: S105 - no password
_LIVE = " WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL"
# A minute, and a while for the end of the former user to become known everywhere.
_MINUTE_CARRIED_FOR = timedelta(seconds=75)


@dataclass(frozen=True, slots=True)
class Miss:
    """What Redis does not know of a credential: the nonces under which it may be told, '' for what it knows."""

    at: datetime
    credential: bytes
    subject: bytes


@dataclass(frozen=True, slots=True)
class Known:
    """What Postgres says of a credential and its user. A session ends at `idle_at` too, if it is not used before.

    `predecessors` had the user's address before, the last one first; those `still_here` have another one now, and what
    they spend there is theirs alone. `predecessor_just_left`: what that one spent last may still count in the minute.
    """

    is_live: bool
    is_user_live: bool
    ends_at: datetime
    idle_at: datetime | None
    units_per_minute: int | None
    limits: tuple[int, int, int]
    credential_rights: bytes
    user_rights: bytes
    predecessors: tuple[UUID, ...] = ()
    still_here: frozenset[UUID] = frozenset()
    predecessor_just_left: bool = False

    def admits(self, now: datetime) -> bool:
        is_idle = self.idle_at is not None and self.idle_at <= now
        return self.is_live and self.is_user_live and self.ends_at > now and not is_idle


class Index:
    """One per process. A session that is not used for `idle_lifetime` has ended."""

    def __init__(self, store: Store, idle_lifetime: timedelta) -> None:
        self._store = store
        self._idle_after = idle_lifetime + last_uses.COARSENESS
        self._fills: dict[tuple[object, ...], asyncio.Task[None]] = {}

    async def fill(self, credential: Credential, miss: Miss) -> None:
        """Tells Redis what it missed. Raises PostgresDown, StoreDown.

        Whoever misses under the same nonces shares a reading: it was begun after the nonces were left, and that is what
        makes it young enough.
        """
        key = (credential.id, miss.credential, miss.subject)
        task = self._fills.get(key)
        if task is None:
            task = self._fills[key] = asyncio.create_task(self._fill(credential, miss))
            task.add_done_callback(lambda _: self._fills.pop(key))
        await asyncio.shield(task)

    async def _fill(self, credential: Credential, miss: Miss) -> None:
        known = await self.read(credential)
        day = miss.at.replace(hour=0, minute=0, second=0, microsecond=0)
        if not miss.subject:
            await self.write(credential, miss, known, day=day, spent=0)
            return
        former = await self._carried(credential, known, day)
        # Redis keeps the greater of this and its own.
        gone = (one for one in known.predecessors if one not in known.still_here)
        spent = await day_units.spent(self._store, (credential.user_id, *gone), day.date())
        minute = former.minute if known.predecessor_just_left else ()
        await self.write(credential, miss, known, day=day, spent=max(spent, former.day), minute=minute)

    async def read(self, credential: Credential) -> Known:
        """Raises PostgresDown."""
        kind = _SESSION if credential.kind is Kind.SESSION else _TOKEN
        found = await records.rows(kind + _LIVE, credential.id, credential.user_id)
        (subject,) = await records.rows(_SUBJECT, credential.user_id, _MINUTE_CARRIED_FOR.total_seconds())
        self._store.epoch.observe(subject["epoch"], retired_keys=subject["retired_keys"].split())
        return _known(credential, found[0] if found else None, subject, idle_after=self._idle_after)

    async def write(
        self,
        credential: Credential,
        miss: Miss,
        known: Known,
        *,
        day: datetime,
        spent: int,
        minute: Sequence[tuple[int, int]] = (),
    ) -> None:
        """Raises StoreDown. What is no longer awaited is not written, and that is no error: it will be asked again."""
        at = partitions.of_user(credential.user_id, credential.id)
        keys = [at.credential_entry, at.subject_entry, at.day, *at.minute]

        def prepare(moment: Moment) -> Call:
            own_limit = "" if known.units_per_minute is None else known.units_per_minute
            idle_at = "" if known.idle_at is None else _milliseconds(known.idle_at)
            return keys, [
                moment.epoch,
                *(miss.credential, "live" if known.is_live else "dead", _milliseconds(known.ends_at), idle_at),
                *(own_limit, known.credential_rights),
                *(miss.subject, "live" if known.is_user_live else "dead", *known.limits, known.user_rights),
                *(int(day.timestamp()) // int(_DAY.total_seconds()), spent),
                *(number for bucket in minute for number in bucket),
            ]

        await self._store.run(lua.FILL, prepare)

    async def _carried(self, credential: Credential, known: Known, day: datetime) -> Carried:
        if not known.predecessors:
            return Carried()
        return await predecessors.carried(self._store, credential.user_id, known.predecessors[0], day)


def rights(credential: Credential, of_credential: bytes, of_user: bytes) -> Rights:
    own, whole = orjson.loads(of_credential), orjson.loads(of_user)
    return Rights(
        role=whole["role"],
        plan_models=frozenset(whole["models"]),
        token_models=None if own["models"] is None else frozenset(own["models"]),
        scopes=credential.scopes,
    )


def _known(
    credential: Credential, own: Mapping[str, Any] | None, subject: Mapping[str, Any], *, idle_after: timedelta
) -> Known:
    is_user_live = subject["role"] is not None and subject["suspended_at"] is None
    numbers = (subject["units_per_minute"], subject["units_per_day"], subject["concurrent_requests"])
    return Known(
        is_live=own is not None,
        is_user_live=is_user_live,
        # What the JWT says cannot be moved; the row may have been ended earlier.
        ends_at=min(own["expires_at"], credential.expires_at) if own else credential.expires_at,
        idle_at=own["last_used_at"] + idle_after if own and own["last_used_at"] else None,
        units_per_minute=own["units_per_minute"] if own else None,
        limits=numbers if subject["role"] is not None else (0, 0, 0),
        credential_rights=orjson.dumps({"models": _json(own["models"]) if own else None}),
        user_rights=orjson.dumps({"role": subject["role"], "models": _json(subject["models"]) or []}),
        predecessors=tuple(map(UUID, subject["predecessors"].split())),
        still_here=frozenset(map(UUID, subject["still_here"].split())),
        predecessor_just_left=subject["predecessor_just_left"],
    )


def _json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value


def _milliseconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)
