"""What the comparisons found, in Postgres: for the metrics, for `gatehouse doctor`, and for the next worker."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from db import postgres
from limits.comparison.snapshot import UserDay

# Of a partition that differs in all of its users, the first ones show what is wrong.
_MOST_KEPT = 100
_WRITE_WITHIN = timedelta(seconds=5)
_LONGEST_REASON = 255

_WRITE = """
INSERT INTO usage_comparisons (partition, at, agreeing, differing, unreadable, units_apart)
SELECT *, now(), $2::bigint, $3::bigint, $4::bigint, $5::bigint FROM unnest($1::text[]) ORDER BY 1
ON CONFLICT (partition) DO UPDATE SET at = EXCLUDED.at, agreeing = EXCLUDED.agreeing, differing = EXCLUDED.differing,
    unreadable = EXCLUDED.unreadable, units_apart = EXCLUDED.units_apart
"""
_FORGET = "DELETE FROM usage_differences WHERE partition = ANY($1::text[])"
_KEEP = """
INSERT INTO usage_differences (partition, user_id, day, spent, counted, reason)
SELECT $1, * FROM unnest($2::uuid[], $3::date[], $4::bigint[], $5::bigint[], $6::text[])
"""
_LAST = "SELECT partition, now() - at AS age FROM usage_comparisons"
_TOTAL = """
SELECT coalesce(sum(agreeing), 0)::bigint AS agreeing, coalesce(sum(differing), 0)::bigint AS differing,
    coalesce(sum(unreadable), 0)::bigint AS unreadable, coalesce(sum(units_apart), 0)::bigint AS units_apart,
    min(at) AS since
FROM usage_comparisons
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """`spent` and `counted` are None where one of them is unreadable. The `reason` says why, or what else differs."""

    of: UserDay
    spent: int | None
    counted: int | None
    reason: str | None = None

    @property
    def units(self) -> int:
        return 0 if self.spent is None or self.counted is None else abs(self.spent - self.counted)


@dataclass(slots=True)
class Result:
    """Of one partition, in users and days."""

    agreeing: int = 0
    differing: list[Difference] = field(default_factory=list)
    unreadable: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Total:
    """Of all partitions. `since` is when the one was compared whose comparison is oldest; None before the first."""

    agreeing: int
    differing: int
    unreadable: int
    units_apart: int
    since: datetime | None


async def write(partition: str, result: Result) -> None:
    """Replaces what was found before. Raises PostgresDown."""
    await postgres.run(_write(partition, result), within=_WRITE_WITHIN)


async def write_empty(partitions: Sequence[str]) -> None:
    """Of partitions in which there is nothing to compare. Raises PostgresDown."""
    await postgres.run(_write_empty(partitions), within=_WRITE_WITHIN)


async def ages() -> dict[str, timedelta]:
    """How long ago each partition was compared, by Postgres' clock. Raises PostgresDown."""
    return {row["partition"]: row["age"] for row in await postgres.rows(_LAST)}


async def total() -> Total:
    """Raises PostgresDown."""
    (row,) = await postgres.rows(_TOTAL)
    return Total(**row)


async def _write_empty(partitions: Sequence[str]) -> None:
    async with in_transaction("default") as tx:
        await tx.execute_query_dict(_WRITE, [list(partitions), 0, 0, 0, 0])
        await tx.execute_query_dict(_FORGET, [list(partitions)])


async def _write(partition: str, result: Result) -> None:
    kept = (*result.differing, *result.unreadable)[:_MOST_KEPT]
    counts = [len(result.differing), len(result.unreadable), sum(one.units for one in result.differing)]
    async with in_transaction("default") as tx:
        # The row first: another worker that compares the same partition waits here.
        await tx.execute_query_dict(_WRITE, [[partition], result.agreeing, *counts])
        await tx.execute_query_dict(_FORGET, [[partition]])
        if kept:
            await tx.execute_query_dict(_KEEP, [partition, *_columns(kept)])


def _columns(kept: Iterable[Difference]) -> Sequence[list[Any]]:
    rows = [(*one.of, one.spent, one.counted, one.reason and one.reason[:_LONGEST_REASON]) for one in kept]
    return [list(column) for column in zip(*rows, strict=True)]
