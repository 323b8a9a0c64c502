"""What was called and spent, as the limits counted it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import Tortoise

import errors
from access import callers, folding, partitions
from access.callers import Caller
from access.records import PostgresDown
from access.store import Store, StoreDown
from access.transactions import reached

_MOST_POINTS = 1000
# Far enough for any invoice, near enough for every calendar.
_YEARS = range(2000, 2200)

# Without a model it is no call of one: such an operation only spends units.
_SUMS = """
SELECT greatest(date_trunc($1, hour, 'UTC'), $2) AS start, CASE WHEN $3 THEN model END AS model,
    coalesce(sum(calls) FILTER (WHERE model <> ''), 0)::bigint AS calls,
    coalesce(sum(failed) FILTER (WHERE model <> ''), 0)::bigint AS failed, sum(units)::bigint AS units,
    sum(inference_ms)::float8 AS inference_ms
FROM usage
WHERE hour >= $2 AND hour < $4 AND user_id = $5 AND ($6::uuid IS NULL OR token_id = $6)
    AND ($7::text IS NULL OR model = $7)
GROUP BY 1, 2
"""


class Interval(StrEnum):
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """From the first day, up to but not including the last, in UTC. `model` None: all of them."""

    begin: date
    end: date
    interval: Interval
    model: str | None = None
    by_model: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One interval. `model` None: all models, or, by model, units of operations that belong to none."""

    start: datetime
    model: str | None
    calls: int = 0
    failed: int = 0
    units: int = 0
    inference_ms: float = 0.0


async def of_user(store: Store, caller: Caller, question: Question) -> list[Point]:
    """Raises BadRequest for more than 1,000 points, Forbidden, and ServiceUnavailable."""
    credential = callers.require_reading(caller)
    return await _points(store, credential.user_id, None, question)


async def of_token(store: Store, caller: Caller, token_id: UUID, question: Question) -> list[Point]:
    """Of one of the caller's own; an API token may ask for itself."""
    credential = callers.require_reading(caller)
    if credential.id != token_id:
        callers.require_session(caller)
    return await _points(store, credential.user_id, token_id, question)


async def _points(store: Store, user_id: UUID, token_id: UUID | None, question: Question) -> list[Point]:
    starts = list(_starts(question))
    # What was counted and not yet written is written first, so that this agrees with what the limits say.
    await _fold(store, user_id)
    sums = await _sums(user_id, token_id, question, starts[0])
    if not question.by_model:
        return [sums.get((start, None)) or Point(start=start, model=None) for start in starts]
    models = sorted({model or "" for _, model in sums})
    if len(starts) * len(models) > _MOST_POINTS:
        raise errors.BadRequest(f"These are more than {_MOST_POINTS} points: ask for fewer days or for one model.")
    return [
        sums.get((start, model or None)) or Point(start=start, model=model or None)
        for start in starts
        for model in models
    ]


async def _fold(store: Store, user_id: UUID) -> None:
    try:
        await folding.fold_partition(store, partitions.of(user_id))
    except (StoreDown, PostgresDown) as error:
        raise errors.ServiceUnavailable() from error


async def _sums(
    user_id: UUID, token_id: UUID | None, question: Question, begin: datetime
) -> dict[tuple[datetime, str | None], Point]:
    values: Sequence[Any] = [
        question.interval.value, begin, question.by_model, _midnight(question.end), user_id, token_id, question.model,
    ]  # fmt: skip
    async with reached():
        rows = await Tortoise.get_connection("default").execute_query_dict(_SUMS, list(values))
    points = [Point(**{**row, "model": row["model"] or None}) for row in rows]
    return {(point.start, point.model): point for point in points}


def _starts(question: Question) -> Iterator[datetime]:
    """Of each interval; a month that begins before the first day is counted from that day on."""
    if question.model is not None and not question.model.isprintable():
        raise errors.BadRequest("`model` holds a character that no model's name has.")
    begin, end = _midnight(question.begin), _midnight(question.end)
    if begin.year not in _YEARS or end.year not in _YEARS or not begin < end:
        raise errors.BadRequest("`to` must be later than `from`, both in this century or the next.")
    # Hours are the shortest, so this bounds the work before it is done.
    start, number = begin, 0
    while start < end:
        if (number := number + 1) > _MOST_POINTS:
            raise errors.BadRequest(
                f"These are more than {_MOST_POINTS} points: ask for fewer days or longer intervals."
            )
        yield start
        start = _next(start, question.interval)


def _next(start: datetime, interval: Interval) -> datetime:
    match interval:
        case Interval.HOUR:
            return start + timedelta(hours=1)
        case Interval.DAY:
            return start + timedelta(days=1)
        case Interval.MONTH:
            return (start.replace(day=1) + timedelta(days=32)).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
