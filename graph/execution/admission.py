"""What an operation is charged, and how each of its calls ended: for admission and settlement in `limits/`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from graphql import GraphQLError

import errors
from graph import failures
from graph.execution.cost_directive import CostWindow
from graph.execution.costs import PricedField
from resolvers import limits
from settings import Settings

if TYPE_CHECKING:
    from access.callers import Caller
    from limits.charges import Charge
    from limits.entries import Outcome

# Time for the work around the calls: reading arguments, writing answers.
_BESIDE_CALLS = timedelta(seconds=10)
_NONE, _EXEMPT = frozenset({CostWindow.NONE}), frozenset({CostWindow.EXEMPT})


def longest(settings: Settings, *, streams: bool = False) -> timedelta:
    """How long an operation may run in all."""
    return (settings.stream_longest if streams else settings.inference_timeout) + _BESIDE_CALLS


def charge(
    windows: frozenset[CostWindow],
    priced: Sequence[PricedField],
    cost: int,
    *,
    by: Caller,
    others: int = 0,
    longest: timedelta,
    streams: bool = False,
) -> Charge:
    """What the operation is to spend, and from which limit. `windows` are those of the fields
    at its root, `others` the units that are not for models. It may run for `longest`.
    """
    kind = _kind(windows, by=by, others=others)
    if kind == "exempt":
        return limits.charge(kind, longest=longest)
    calls: list[tuple[str | None, int]] = []
    rest = cost
    if kind == "plan":
        for field in priced:
            calls.append((field.model, field.units))
            rest -= field.units
    if rest:
        calls.append((None, rest))
    return limits.charge(kind, calls, longest=longest, renews_slot=streams)


def _kind(windows: frozenset[CostWindow], *, by: Caller, others: int) -> Literal["plan", "account", "exempt"]:
    if others == 0 and windows <= _NONE:
        return "exempt"
    # No limit keeps a user from ending a credential. Only a session may: the attempts of other callers are charged. And
    # a revocation that asks for years of usage as well is charged, or nothing would bound what it reads.
    if others == 0 and windows == _EXEMPT and limits.has_session(by):
        return "exempt"
    return "plan" if _is_plans(windows) else "account"


@cache
def _is_plans(windows: frozenset[CostWindow]) -> bool:
    return CostWindow.PLAN in windows or all(window.is_free for window in windows)


def outcomes(
    charged: Charge,
    priced: Sequence[PricedField],
    problems: Sequence[GraphQLError],
    took: dict[tuple[str, ...], float],
    partly: dict[tuple[str, ...], tuple[int, int]] | None = None,
    data: dict[str, Any] | None = None,
) -> list[Outcome]:
    """By model. `partly`: fields that keep a part of their units, see `Context.kept`. `data` is that of the answer."""
    if len(priced) == 1 and priced[0].units == charged.cost and not problems and not partly:
        [(path, model, units, _, _)] = priced
        return [limits.outcome(model, 1, 0, units, took.get(path, 0.0))]
    failed = _failed(priced, problems, data) if problems else {}
    sums: dict[str | None, Outcome] = {}
    rest = charged.cost
    for field in priced:
        path, model, units, _, _ = field
        rest -= units
        problem = failed.get(path)
        if problem is not None and _refunds(problem):
            units = 0
        elif partly and path in partly:
            part, of = partly[path]
            units = units * part // of
        _add(sums, limits.outcome(model, 1, 0 if problem is None else 1, units, took.get(path, 0.0)))
    if rest > 0:
        _add(sums, limits.outcome(None, 0 if priced else 1, 0, rest))
    return list(sums.values())


def _failed(
    priced: Sequence[PricedField], problems: Sequence[GraphQLError], data: dict[str, Any] | None
) -> dict[tuple[str, ...], GraphQLError]:
    """Why calls have failed. An error below the field of a call is not the model's. But if it is a failure of ours, and
    leaves nothing of the field, the call has failed, too.
    """
    found = {tuple(map(str, problem.path or ())): problem for problem in problems}
    for field in priced:
        if field.path not in found and _at(data, field.path) is None:
            below = (problem for path, problem in found.items() if path[: len(field.path)] == field.path)
            if (problem := next(filter(_refunds, below), None)) is not None:
                found[field.path] = problem
    return found


def _at(data: Any, path: Sequence[str]) -> Any:
    for key in path:
        if data is None:
            return None
        data = data[key]
    return data


def abandoned(charged: Charge, priced: Sequence[PricedField], *, kept: bool) -> list[Outcome]:
    """For an operation without a result. Units are `kept` if the caller has left, and given back if we failed."""
    sums: dict[str | None, Outcome] = {}
    for field in priced:
        _add(sums, limits.outcome(field.model, 1, 1, field.units if kept else 0))
    rest = charged.cost - sum(field.units for field in priced)
    if rest > 0:
        _add(sums, limits.outcome(None, 0 if priced else 1, int(not priced), rest if kept else 0))
    return list(sums.values())


def broken(charged: Charge, priced: Sequence[PricedField], took: dict[tuple[str, ...], float]) -> list[Outcome]:
    """For a stream that broke in the middle: its call has failed, and its units stay spent."""
    return [
        outcome._replace(failed=outcome.calls if outcome.model is not None or not priced else 0)
        for outcome in outcomes(charged, priced, (), took)
    ]


def together(parts: Sequence[Sequence[Outcome]]) -> list[Outcome]:
    """How the calls of several operations ended that were admitted as one."""
    sums: dict[str | None, Outcome] = {}
    for part in parts:
        for outcome in part:
            _add(sums, outcome)
    return list(sums.values())


def _add(sums: dict[str | None, Outcome], more: Outcome) -> None:
    so_far = sums.get(more.model)
    sums[more.model] = (
        more
        if so_far is None
        else limits.outcome(
            more.model,
            so_far.calls + more.calls,
            so_far.failed + more.failed,
            so_far.units + more.units,
            so_far.milliseconds + more.milliseconds,
        )
    )


def _refunds(problem: GraphQLError) -> bool:
    cause = failures.cause(problem)
    if isinstance(cause, errors.GatehouseError):
        return cause.refunds_units
    # None is a mistake in the document or its variables. Anything else is unforeseen, and so a fault of ours.
    return cause is not None
