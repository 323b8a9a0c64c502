"""How many jobs wait and run, for the metrics and for `gatehouse doctor`."""

from dataclasses import dataclass
from datetime import timedelta

from db import postgres
from telemetry import metrics

_COUNT = """
SELECT count(*) FILTER (WHERE state = 'QUEUED') AS queued, count(*) FILTER (WHERE state = 'RUNNING') AS running,
       coalesce(extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE state = 'QUEUED')), 0)::float8
       AS oldest,
       greatest(0, extract(epoch FROM clock_timestamp()
           - min(available_at) FILTER (WHERE state = 'QUEUED' AND call_id IS NULL)))::float8 AS ready
FROM jobs WHERE state IN ('QUEUED', 'RUNNING')
"""


@dataclass(frozen=True, slots=True)
class Unended:
    """`oldest` is how long the oldest job in the queue has waited, `ready` how long one has waited that could start: a
    job whose limits refuse it is tried again each few seconds, and does not count.
    """

    queued: int
    running: int
    oldest: timedelta
    ready: timedelta


async def unended() -> Unended:
    """Raises PostgresDown."""
    (row,) = await postgres.rows(_COUNT)
    oldest, ready = (timedelta(seconds=row[name]) for name in ("oldest", "ready"))
    return Unended(row["queued"], row["running"], oldest, ready)


async def count() -> None:
    """Sets the metrics. Raises PostgresDown."""
    found = await unended()
    metrics.MODEL_JOBS.labels("queued").set(found.queued)
    metrics.MODEL_JOBS.labels("running").set(found.running)
    metrics.MODEL_JOBS_OLDEST_SECONDS.set(found.oldest.total_seconds())
    metrics.MODEL_JOBS_READY_SECONDS.set(found.ready.total_seconds())
