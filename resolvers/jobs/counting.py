"""How many jobs wait and run, for the metrics and for `gatehouse doctor`."""

from dataclasses import dataclass
from datetime import timedelta

from db import postgres
from telemetry import metrics

_COUNT = """
SELECT count(*) FILTER (WHERE state = 'QUEUED') AS queued, count(*) FILTER (WHERE state = 'RUNNING') AS running,
       coalesce(extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE state = 'QUEUED')), 0)::float8
       AS seconds
FROM jobs WHERE state IN ('QUEUED', 'RUNNING')
"""


@dataclass(frozen=True, slots=True)
class Unended:
    """`oldest` is how long the oldest job in the queue has waited."""

    queued: int
    running: int
    oldest: timedelta


async def unended() -> Unended:
    """Raises PostgresDown."""
    (row,) = await postgres.rows(_COUNT)
    return Unended(row["queued"], row["running"], timedelta(seconds=row["seconds"]))


async def count() -> None:
    """Sets the metrics. Raises PostgresDown."""
    found = await unended()
    metrics.MODEL_JOBS.labels("queued").set(found.queued)
    metrics.MODEL_JOBS.labels("running").set(found.running)
    metrics.MODEL_JOBS_OLDEST_SECONDS.set(found.oldest.total_seconds())
