"""Between an operation and its limits: what it is charged, and what became of each of its calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from graphql import Executor, GraphQLError

import errors
from graph import costs
from graph.costs import PricedField
from resolvers import limits
from resolvers.limits import Call, Caller, Charge, Outcome
from settings import Settings

_PLAN = frozenset({"models", "model", "infer", "readText", "readTexts", "typed", "rateLimit", "service"})
# No limit keeps a user from ending a credential. Only a session may: the attempts of other callers are charged.
_REVOCATIONS = frozenset({"logout", "revokeSession", "revokeOtherSessions", "revokeApiToken", "deleteApiToken"})
# What goes wrong on this side of the counter: the caller gets the units back.
_OURS = (errors.ModelUnavailable, errors.ModelBusy, errors.ModelFailed, errors.ServiceUnavailable)
# Time for what is done around the calls: reading arguments, writing answers.
_BESIDE_CALLS = timedelta(seconds=10)


def longest(settings: Settings) -> timedelta:
    """How long an operation may run in all."""
    return settings.inference_timeout + _BESIDE_CALLS


def charge(
    executor: Executor[Any],
    priced: Sequence[PricedField],
    cost: int,
    settings: Settings,
    *,
    by: Caller,
    others: int = 0,
) -> Charge:
    """What the operation is to spend, and of which window. `others` are the units beside those of models."""
    names = costs.root_names(executor) - {"__typename"}
    is_exempt = names <= {"service"} or (names <= _REVOCATIONS and limits.has_session(by))
    # A revocation that asks for years of usage as well is not exempt, or nothing would bound what it reads.
    if is_exempt and not others:
        return Charge("exempt", longest=longest(settings))
    if not names & (_PLAN - {"service", "rateLimit"}) and not names <= _PLAN:
        return Charge("account", (Call(None, cost),) if cost else (), longest(settings))
    calls = [Call(field.model, field.units) for field in priced]
    rest = cost - sum(call.units for call in calls)
    return Charge("plan", (*calls, *([Call(None, rest)] if rest else [])), longest(settings))


def logs_in(executor: Executor[Any]) -> bool:
    """Whether a password will be hashed for a stranger. Not registrations: one that repeats another needs no hash."""
    return "login" in costs.root_names(executor)


def outcomes(
    charged: Charge,
    priced: Sequence[PricedField],
    problems: Sequence[GraphQLError],
    took: dict[tuple[str, ...], float],
) -> list[Outcome]:
    """By model. A call has failed where its own field is null; what lies below it has not to do with the model."""
    failed = {tuple(map(str, problem.path or ())): problem for problem in problems}
    sums: dict[str | None, Outcome] = {}
    for field in priced:
        problem = failed.get(field.path)
        kept = 0 if problem is not None and _is_ours(problem) else field.units
        _add(sums, Outcome(field.model, 1, int(problem is not None), kept, took.get(field.path, 0.0)))
    rest = charged.cost - sum(field.units for field in priced)
    if rest > 0:
        _add(sums, Outcome(None, 0 if priced else 1, 0, rest))
    return list(sums.values())


def abandoned(charged: Charge, priced: Sequence[PricedField], *, kept: bool) -> list[Outcome]:
    """Where there is no result: the caller has left and keeps what it spent, or we have failed."""
    sums: dict[str | None, Outcome] = {}
    for field in priced:
        _add(sums, Outcome(field.model, 1, 1, field.units if kept else 0))
    rest = charged.cost - sum(field.units for field in priced)
    if rest > 0:
        _add(sums, Outcome(None, 0 if priced else 1, int(not priced), rest if kept else 0))
    return list(sums.values())


def _add(sums: dict[str | None, Outcome], more: Outcome) -> None:
    so_far = sums.get(more.model, Outcome(more.model, 0, 0, 0))
    sums[more.model] = Outcome(
        more.model,
        so_far.calls + more.calls,
        so_far.failed + more.failed,
        so_far.units + more.units,
        so_far.milliseconds + more.milliseconds,
    )


def _is_ours(problem: GraphQLError) -> bool:
    cause: BaseException | None = problem
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    # Not a deadline: Triton was up and worked, and nobody can tell from outside on what. Were it given back, an input
    # that takes longer than it may would be free, and one caller could keep a model from all others for nothing.
    return isinstance(cause, _OURS) or (cause is not None and not isinstance(cause, errors.GatehouseError))
