"""Revocation: once `confirm` returns, no process admits the credential again, or with the rights that it had before.

1. `note` writes an event in the transaction that changes the rows. 2. After the commit the entries in Redis are ended;
before it, a cache load could still read the old rows. 3. If Redis does not confirm, the epoch rises, and two seconds
later every process knows it. The old data of a Redis that comes back are of an old epoch and do not count.

A transaction that finds nothing to change notes nothing: `unconfirmed` returns what an earlier one noted and no process
has confirmed yet.
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
from db import postgres
from db.postgres import PostgresDown
from limits import partitions, scripts
from store import epoch
from store.redis import ScriptCall, Stamp, Store, StoreDown
from telemetry import metrics

logger = logging.getLogger(__name__)

# The process that noted an event has this long to confirm it. Then the worker does it.
_WORKER_AFTER = timedelta(seconds=10)

_NOTE = """
INSERT INTO credential_events (at, user_id, credential_id) VALUES (clock_timestamp(), $1, $2) RETURNING id
"""
_NOTIFY = "SELECT pg_notify('gatehouse_index', '')"
# Of the revoked credentials only those that the event ended. The others had their own events, which are confirmed. A
# user who logs in again and again may have many of them. And those that have expired since: the event may have given a
# rotated API token an earlier end, which Redis does not know. An hour of margin, because the times are of different
# clocks.
_CREDENTIALS = """
WITH first AS (SELECT min(at) - interval '1 hour' AS at FROM credential_events WHERE id = ANY($2::bigint[])),
-- Hashed once: a question about each of thousands of sessions would look through as many events.
confirmed AS MATERIALIZED (
    SELECT credential_id FROM credential_events e, first WHERE e.user_id = $1 AND e.credential_id IS NOT NULL
        AND e.done_at IS NOT NULL AND e.at > first.at - interval '1 hour'
)
SELECT id FROM (
    SELECT id, expires_at, revoked_at FROM sessions WHERE user_id = $1
    UNION ALL SELECT id, expires_at, revoked_at FROM api_tokens WHERE user_id = $1
) AS all_of_them, first
WHERE expires_at > first.at AND (
    revoked_at IS NULL OR revoked_at > first.at AND id NOT IN (SELECT credential_id FROM confirmed)
)
"""
# How long ago the Redis server that ran the script was first seen, if it is in use. Infinity if there was never another
# server.
_SEEN = """
SELECT CASE WHEN (SELECT count(*) FROM redis_identities) = 1 THEN 'infinity'
       ELSE extract(epoch FROM clock_timestamp() - seen_at)::float8 END AS seconds FROM redis_identities
WHERE generation = $1 AND IS_LIVE
""".replace("IS_LIVE", epoch.IS_LIVE)
_DONE = "UPDATE credential_events SET done_at = clock_timestamp() WHERE id = ANY($1::bigint[]) AND done_at IS NULL"
_UNCONFIRMED = "SELECT id, credential_id FROM credential_events WHERE user_id = $1 AND done_at IS NULL ORDER BY id"
_UNDONE = """
SELECT id, user_id, credential_id, extract(epoch FROM clock_timestamp() - at)::float8 AS seconds FROM credential_events
WHERE done_at IS NULL AND at < clock_timestamp() - $1::float8 * interval '1 second' ORDER BY id LIMIT 100
"""


_IS_ANY = """
SELECT EXISTS (
    SELECT FROM credential_events
    WHERE done_at IS NULL AND at < clock_timestamp() - $1::float8 * interval '1 second'
) AS is_any
"""


@dataclass(frozen=True, slots=True)
class Event:
    """One credential of a user was ended. None: any of them may have ended, or the rights of any may have changed."""

    id: int
    user_id: UUID
    credential_id: UUID | None


async def note(transaction: BaseDBAsyncClient, user_id: UUID, credential_id: UUID | None = None) -> Event:
    """Writes the event. Call it in the transaction that ends the credentials or changes their rights, with the user's
    row locked.

    With a credential id, Redis will mark that credential as dead. Without one it will forget all entries of the user.
    """
    (row,) = await transaction.execute_query_dict(_NOTE, [user_id, credential_id])
    await transaction.execute_query_dict(_NOTIFY)
    return Event(row["id"], user_id, credential_id)


async def note_for_all(transaction: BaseDBAsyncClient) -> None:
    """The rights of users change whom no event names, as those of a plan. Call it as the last statement.

    The epoch rises with the transaction, so nothing is left to do for a worker if this process dies.
    """
    await transaction.execute_query_dict(epoch.RAISE)


async def unconfirmed(user_id: UUID) -> Sequence[Event]:
    """The user's committed events that are not confirmed yet. Raises ServiceUnavailable."""
    try:
        found = await postgres.rows(_UNCONFIRMED, user_id)
    except PostgresDown as error:
        raise errors.ServiceUnavailable() from error
    return [Event(row["id"], user_id, row["credential_id"]) for row in found]


async def ended(credential_ids: Sequence[str]) -> Sequence[str]:
    """Those of these credentials of which no row says that they are live. Raises PostgresDown."""
    (row,) = await postgres.rows(epoch.ENDED, " ".join(credential_ids))
    found: str = row["ended"]
    return found.split()


async def confirm(store: Store, *events: Event, committed: timedelta = timedelta(0)) -> None:
    """Puts events of one user into force. Their transaction was committed `committed` ago. It may be repeated, and the
    worker does so.

    Raises ServiceUnavailable if a process may still admit with the old rights.
    """
    if not events:
        return
    started, by = perf_counter(), "nothing"
    try:
        is_confirmed = await _write_to_redis(store, events)
        if not is_confirmed:
            await raise_epoch(store)
        await postgres.rows(_DONE, [event.id for event in events])
        by = "redis" if is_confirmed else "epoch"
    except PostgresDown as error:
        raise errors.ServiceUnavailable() from error
    finally:
        metrics.REVOCATION_SECONDS.labels(by).observe(committed.total_seconds() + perf_counter() - started)


async def is_due(*, older_than: timedelta = _WORKER_AFTER) -> bool:
    """Whether `finish` would find anything to do. Raises PostgresDown."""
    return bool((await postgres.rows(_IS_ANY, older_than.total_seconds()))[0]["is_any"])


async def finish(store: Store, *, older_than: timedelta = _WORKER_AFTER) -> int:
    """Confirms the events whose process died before it did, and returns their number. For the worker.

    Raises PostgresDown and ServiceUnavailable. If an event failed by a fault of our own, raises its error at the end.
    """
    found = await postgres.rows(_UNDONE, older_than.total_seconds())
    failed: list[Exception] = []
    for row in found:
        event = Event(row["id"], row["user_id"], row["credential_id"])
        try:
            await confirm(store, event, committed=timedelta(seconds=row["seconds"]))
        except errors.ServiceUnavailable:
            raise
        except Exception as error:  # the events after this one are confirmed in any case
            failed.append(error)
    if failed:
        raise failed[0]
    return len(found)


async def _write_to_redis(store: Store, events: Sequence[Event]) -> bool:
    """Whether the one Redis server that all processes use for this user has them now. Raises PostgresDown."""
    user_id = events[0].user_id
    ended = [event.credential_id for event in events if event.credential_id is not None]
    dead, forgotten = _entries(user_id, ended), []
    if len(ended) < len(events):
        found = await postgres.rows(_CREDENTIALS, user_id, [event.id for event in events])
        forgotten = _entries(user_id, {row["id"] for row in found} - {*ended})
        forgotten.append(partitions.of_user(user_id).subject_entry)

    def prepare(stamp: Stamp) -> ScriptCall:
        return [*dead, *forgotten], [stamp.epoch, len(dead)]

    try:
        answer = await store.run(scripts.REVOKE, prepare, key=partitions.of(user_id))
    except StoreDown as error:
        logger.warning("A revocation could not be written to Redis: %s", error)
        return False
    return await _is_used_by_all(answer.generation)


def _entries(user_id: UUID, credential_ids: Iterable[UUID]) -> list[str]:
    return [partitions.of_user(user_id, one).credential_entry for one in credential_ids]


async def _is_used_by_all(generation: int) -> bool:
    # After a failover in a split network, some processes may use another server. They drop the older server within two
    # seconds after the newer one was first seen.
    found: list[dict[str, Any]] = await postgres.rows(_SEEN, generation)
    if not found:
        return False
    await asyncio.sleep(max(0.0, epoch.KNOWN_EVERYWHERE_AFTER.total_seconds() - found[0]["seconds"]))
    return True


async def wait_for_all() -> None:
    await asyncio.sleep(epoch.KNOWN_EVERYWHERE_AFTER.total_seconds())


async def raise_epoch(store: Store) -> None:
    store.epoch.observe(await store.raising.raise_it())
    await asyncio.sleep(epoch.KNOWN_EVERYWHERE_AFTER.total_seconds())
