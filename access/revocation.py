"""Revocation: once `confirm` returns, no process admits the credential again, or by the rights that it had before.

1. `note`, in the transaction that changes the rows. 2. After its commit, Redis is told; before it, a rebuild of Redis
in between would read the old rows. 3. Where Redis does not confirm, the epoch rises, and every process has heard of it
two seconds later. Stale data of a Redis that comes back are of an old epoch.

A transaction that finds nothing to change notes nothing: `unconfirmed` has what an earlier one noted and nobody has
confirmed yet.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import epoch, lua, partitions, records
from access.records import PostgresDown
from access.store import Call, Moment, Store, StoreDown
from telemetry import metrics

logger = logging.getLogger(__name__)

# Whoever is about to confirm an event has this long, before the worker does it.
_LEFT_ALONE = timedelta(seconds=10)

_NOTE = """
INSERT INTO credential_events (at, user_id, credential_id) VALUES (clock_timestamp(), $1, $2) RETURNING id
"""
_TELL = "SELECT pg_notify('gatehouse_index', '')"
# Of those that were revoked, the ones that the event ended. Others had events of their own that are confirmed: there
# may be many, of a user who logs in again and again. An hour, because the times are of different clocks.
_CREDENTIALS = """
SELECT id FROM (
    SELECT id, expires_at, revoked_at FROM sessions WHERE user_id = $1
    UNION ALL SELECT id, expires_at, revoked_at FROM api_tokens WHERE user_id = $1
) AS all_of_them
WHERE expires_at > now() AND (revoked_at IS NULL OR revoked_at > (
    SELECT min(at) FROM credential_events WHERE id = ANY($2::bigint[])
) - interval '1 hour' AND NOT EXISTS (
    SELECT FROM credential_events e WHERE e.user_id = $1 AND e.credential_id = all_of_them.id
        AND e.done_at IS NOT NULL
        AND e.at > (SELECT min(at) FROM credential_events WHERE id = ANY($2::bigint[])) - interval '2 hours'
))
"""
# How long ago the newest Redis server was first seen, if it is the one that was told; for ever, if there was no other.
_SEEN = """
SELECT CASE WHEN (SELECT count(*) FROM redis_identities) = 1 THEN 'infinity'
       ELSE extract(epoch FROM clock_timestamp() - seen_at)::float8 END AS seconds FROM redis_identities
WHERE generation = $1 AND generation = (SELECT max(generation) FROM redis_identities)
"""
_DONE = "UPDATE credential_events SET done_at = clock_timestamp() WHERE id = ANY($1::bigint[]) AND done_at IS NULL"
_UNCONFIRMED = "SELECT id, credential_id FROM credential_events WHERE user_id = $1 AND done_at IS NULL ORDER BY id"
_UNDONE = """
SELECT id, user_id, credential_id, extract(epoch FROM clock_timestamp() - at)::float8 AS seconds FROM credential_events
WHERE done_at IS NULL AND at < clock_timestamp() - $1::float8 * interval '1 second' ORDER BY id LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Event:
    """One credential of a user was ended. With None any of them may have ended, or the rights of any have changed."""

    id: int
    user_id: UUID
    credential_id: UUID | None


async def note(transaction: BaseDBAsyncClient, user_id: UUID, credential_id: UUID | None = None) -> Event:
    """Part of the transaction that ends the credentials, or changes what they may do; the user's row is locked in it.

    With a credential it ends, and Redis is told so. Without one Redis forgets all that it has of the user.
    """
    (row,) = await transaction.execute_query_dict(_NOTE, [user_id, credential_id])
    await transaction.execute_query_dict(_TELL)
    return Event(row["id"], user_id, credential_id)


async def unconfirmed(user_id: UUID) -> Sequence[Event]:
    """What was noted for the user, is committed, and is not confirmed yet. Raises ServiceUnavailable."""
    try:
        found = await records.rows(_UNCONFIRMED, user_id)
    except PostgresDown as error:
        raise errors.ServiceUnavailable() from error
    return [Event(row["id"], user_id, row["credential_id"]) for row in found]


async def confirm(store: Store, *events: Event, committed: timedelta = timedelta(0)) -> None:
    """Events of one user, after the commit, `committed` ago. May be repeated, and is by the worker.

    Raises ServiceUnavailable where it cannot promise that what they took away is gone everywhere.
    """
    if not events:
        return
    begun, by = perf_counter(), "nothing"
    try:
        told = await _tell_redis(store, events)
        if not told:
            await _raise_epoch(store)
        await records.rows(_DONE, [event.id for event in events])
        by = "redis" if told else "epoch"
    except PostgresDown as error:
        raise errors.ServiceUnavailable() from error
    finally:
        metrics.REVOCATION_SECONDS.labels(by).observe(committed.total_seconds() + perf_counter() - begun)


async def finish(store: Store, *, older_than: timedelta = _LEFT_ALONE) -> int:
    """Confirms events whose process died before it could; how many. For the worker.

    Raises PostgresDown and ServiceUnavailable; and at the end, where an event failed by a fault of ours, its error.
    """
    found = await records.rows(_UNDONE, older_than.total_seconds())
    failed: list[Exception] = []
    for row in found:
        event = Event(row["id"], row["user_id"], row["credential_id"])
        try:
            await confirm(store, event, committed=timedelta(seconds=row["seconds"]))
        except errors.ServiceUnavailable:
            raise
        except Exception as error:  # whatever it is, the events behind it are confirmed
            failed.append(error)
    if failed:
        raise failed[0]
    return len(found)


async def _tell_redis(store: Store, events: Sequence[Event]) -> bool:
    """Whether the one Redis that all processes use knows of them now. Raises PostgresDown."""
    user_id = events[0].user_id
    ended = [event.credential_id for event in events if event.credential_id is not None]
    dead, forgotten = _entries(user_id, ended), []
    if len(ended) < len(events):
        found = await records.rows(_CREDENTIALS, user_id, [event.id for event in events])
        forgotten = _entries(user_id, {row["id"] for row in found} - {*ended})
        forgotten.append(partitions.of_user(user_id).subject_entry)

    def prepare(now: Moment) -> Call:
        return [*dead, *forgotten], [now.epoch, len(dead)]

    try:
        answer = await store.run(lua.KILL, prepare)
    except StoreDown as error:
        logger.warning("Redis could not be told of a revocation: %s", error)
        return False
    return await _is_used_by_all(answer.generation)


def _entries(user_id: UUID, credential_ids: Iterable[UUID]) -> list[str]:
    return [partitions.of_user(user_id, one).credential_entry for one in credential_ids]


async def _is_used_by_all(generation: int) -> bool:
    # Where a failover has split the network, some may use another server. They drop the older one within two seconds of
    # the newer one's first sight.
    found: list[dict[str, Any]] = await records.rows(_SEEN, generation)
    if not found:
        return False
    await asyncio.sleep(max(0.0, epoch.KNOWN_EVERYWHERE_AFTER.total_seconds() - found[0]["seconds"]))
    return True


async def _raise_epoch(store: Store) -> None:
    store.epoch.observe(await epoch.raise_it())
    await asyncio.sleep(epoch.KNOWN_EVERYWHERE_AFTER.total_seconds())
