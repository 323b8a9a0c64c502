"""Calls and units of a user, as the limits counted them."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import Tortoise

import errors
from access import callers
from access.callers import Caller
from db.postgres import as_service_unavailable
from limits.gate import Gate
from resolvers import refusals

_MOST_POINTS = 1000
# Wide enough for any invoice, narrow enough for date arithmetic.
_YEARS = range(2000, 2200)

# A row without a model is not a call: an operation without models, or a field that named no known model, only spends.
_COLUMNS = """
    CASE WHEN $1 THEN model END AS model, coalesce(sum(calls) FILTER (WHERE model <> ''), 0)::bigint AS calls,
    coalesce(sum(failed) FILTER (WHERE model <> ''), 0)::bigint AS failed, sum(units)::bigint AS units,
    sum(inference_ms)::float8 AS inference_ms
"""
_MATCHES = "user_id = $4 AND ($5::uuid IS NULL OR token_id = $5) AND ($6::text IS NULL OR model = $6) GROUP BY 1, 2"
_HOURS = f"SELECT hour AS start, {_COLUMNS} FROM usage WHERE hour >= $2 AND hour < $3 AND {_MATCHES}"  # noqa: S608 - ours
_DAYS = f"""
SELECT greatest(date_trunc($7, day::timestamp)::date, $2) AS start, {_COLUMNS}
FROM usage_days WHERE day >= $2 AND day < $3 AND {_MATCHES}
"""  # noqa: S608 - ours
_KEPT_FROM = "SELECT kept_from FROM usage_hours WHERE kept_from > $1"


class Interval(StrEnum):
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """From the first day up to, but not including, the last one, in UTC. `model` None: all models."""

    begin: date
    end: date
    interval: Interval
    model: str | None = None
    by_model: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One interval. `model` None: all models, or, with `by_model`, units that belong to no model.

    `refusals`: refused requests by code.
    """

    start: datetime
    model: str | None
    calls: int = 0
    failed: int = 0
    units: int = 0
    inference_ms: float = 0.0
    refusals: tuple[tuple[str, int], ...] = ()


_Asked = tuple[UUID, UUID | None, Question]
_Sums = dict[tuple[datetime, str | None], Point]


class Reader:
    """Reads usage for one operation: one rollup per user, and each question once from Postgres.

    Reads run one after another, so that an operation uses one connection however many fields it has.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._reading = asyncio.Lock()
        self._rolled_up: dict[UUID, errors.ServiceUnavailable | None] = {}
        self._sums: dict[_Asked, _Sums] = {}

    async def of_user(self, caller: Caller, question: Question, *, of: UUID | None = None) -> list[Point]:
        """`of` is the user; None: the caller.

        Raises BadRequest for more than 1,000 points and for deleted hours, Forbidden, NotFound, ServiceUnavailable.
        """
        return await self._points(_whose(caller, of), None, question)

    async def of_token(
        self, caller: Caller, token_id: UUID, question: Question, *, of: UUID | None = None
    ) -> list[Point]:
        """Of an API token of the user `of`; an API token may read its own. Raises as `of_user`."""
        user_id = _whose(caller, of)
        if caller.credential is None or caller.credential.id != token_id:
            callers.require_session(caller)
        return await self._points(user_id, token_id, question)

    async def _points(self, user_id: UUID, token_id: UUID | None, question: Question) -> list[Point]:
        starts = list(_starts(question))
        asked = user_id, token_id, question
        async with self._reading:
            # A rollup first, which adds calls that are not yet in Postgres, so that usage agrees with the limits.
            await self._roll_up(user_id)
            sums = self._sums.get(asked)
            if sums is None:
                sums = self._sums[asked] = await _sums(user_id, token_id, question)
        return _points(starts, sums, by_model=question.by_model)

    async def _roll_up(self, user_id: UUID) -> None:
        if user_id not in self._rolled_up:
            self._rolled_up[user_id] = await _refusal(self._gate, user_id)
        if (refusal := self._rolled_up[user_id]) is not None:
            raise refusal


def _whose(caller: Caller, user_id: UUID | None) -> UUID:
    own = callers.require_reading(caller).user_id
    return own if user_id in (None, own) else callers.require_viewing(caller, user_id)


async def _refusal(gate: Gate, user_id: UUID) -> errors.ServiceUnavailable | None:
    """Adds the user's log in Redis to usage. Returns the refusal if that fails."""
    try:
        await gate.roll_up(user_id)
    except errors.ServiceUnavailable as refusal:
        return refusal
    return None


async def _sums(user_id: UUID, token_id: UUID | None, question: Question) -> _Sums:
    values: list[Any] = [question.by_model, question.begin, question.end, user_id, token_id, question.model]
    postgres = Tortoise.get_connection("default")
    async with as_service_unavailable():
        if question.interval is Interval.HOUR:
            values[1:3] = _midnight(question.begin), _midnight(question.end)
            rows = await postgres.execute_query_dict(_HOURS, values)
            # Read after the rows: hours that cleaning deleted before that are known to be deleted then.
            gone = await postgres.execute_query_dict(_KEPT_FROM, [question.begin])
            if gone:
                since = gone[0]["kept_from"]
                raise errors.BadRequest(
                    f"Hours are kept from {since} on. Ask for a later `from`, or by days or months."
                )
        else:
            rows = await postgres.execute_query_dict(_DAYS, [*values, question.interval.value])
            rows = [{**row, "start": _midnight(row["start"])} for row in rows]
    points = [Point(**{**row, "model": row["model"] or None}) for row in rows]
    return await _with_refusals({(point.start, point.model): point for point in points}, user_id, token_id, question)


async def _with_refusals(sums: _Sums, user_id: UUID, token_id: UUID | None, question: Question) -> _Sums:
    refused = await refusals.counts(
        user_id,
        token_id,
        begin=_midnight(question.begin),
        end=_midnight(question.end),
        interval=question.interval.value,
        model=question.model,
        by_model=question.by_model,
    )
    for (start, model), by_code in refused.items():
        sums[start, model] = replace(sums.get((start, model)) or Point(start=start, model=model), refusals=by_code)
    return sums


def _points(starts: Sequence[datetime], sums: _Sums, *, by_model: bool) -> list[Point]:
    if not by_model:
        return [sums.get((start, None)) or Point(start=start, model=None) for start in starts]
    models = sorted({model or "" for _, model in sums})
    if len(starts) * len(models) > _MOST_POINTS:
        raise errors.BadRequest(f"These are more than {_MOST_POINTS} points. Ask for fewer days or for one model.")
    return [
        sums.get((start, model or None)) or Point(start=start, model=model or None)
        for start in starts
        for model in models
    ]


def _starts(question: Question) -> Iterator[datetime]:
    """The start of each interval; a month that begins before the first day starts on that day."""
    if question.model is not None and not question.model.isprintable():
        raise errors.BadRequest("`model` contains a character that no model name has.")
    begin, end = _midnight(question.begin), _midnight(question.end)
    if begin.year not in _YEARS or end.year not in _YEARS or not begin < end:
        raise errors.BadRequest(
            "`to` must be later than `from`: it is the day after the last one. Both must be in the years 2000 to 2199."
        )
    # Stops at the maximum, so that the loop is short for any dates.
    start, number = begin, 0
    while start < end:
        if (number := number + 1) > _MOST_POINTS:
            raise errors.BadRequest(
                f"These are more than {_MOST_POINTS} points. Ask for fewer days or longer intervals."
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
