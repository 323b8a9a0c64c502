"""Admits an operation against its caller's limits before it runs, and settles it afterwards."""

from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

import errors
from access.callers import Caller
from access.credentials import Kind
from limits import charges
from limits.attempts import Attempts
from limits.charges import Admission, Charge, VisitorLimits
from limits.entries import Outcome
from limits.gate import Gate
from limits.settlement import nothing
from settings import Settings
from telemetry import metrics, requests, traces

# The label of their charges in the metrics.
_VISITOR = "visitor"
# The window for introspection answers.
_INTROSPECTION = "introspection-minute"
# Registering, verifying, logging in: the same number a minute as a signed-in user has for the account.
_VISITORS_ACCOUNTS = VisitorLimits(units_per_minute=300, units_per_day=100_000, concurrent_requests=300)

# To find a label takes longer than to count.
_admissions, _units = cache(metrics.ADMISSIONS.labels), cache(metrics.UNITS.labels)


def charge(
    kind: charges.Kind,
    calls: Sequence[tuple[str | None, int]] = (),
    *,
    longest: timedelta = timedelta(0),
    renews_slot: bool = False,
) -> Charge:
    """What an operation spends: the model and the request units of each call, None for units of no model.

    It may run for `longest`. `renews_slot`: call `renew_slot` each 15 s while it does.
    """
    return _charge(kind, tuple(calls), longest, renews_slot)


# The calls of one model in one operation, and the request units that they keep.
outcome = Outcome


async def admit(
    gate: Gate, caller: Caller, charge: Charge, settings: Settings, *, mutates: bool, again: bool = False
) -> tuple[Caller, Admission | None]:
    """Returns the caller with the current rights; no admission for an anonymous caller who spends no counted units.

    With `again` the operation asks a second time and is counted then, unless it is refused here.
    Raises Unauthenticated, RateLimited, QueryTooComplex, ServiceUnavailable.
    """
    if caller.credential is not None:
        asking = gate.admit(caller.credential, charge, address=caller.address)
        try:
            admission = await (traces.within("admission", asking, charge=charge.kind) if traces.are_sent else asking)
        except errors.GatehouseError as refusal:
            _count_refusal(charge.kind, refusal)
            note_refusal(gate, caller, refusal, charge)
            raise
        if not again:
            _count(charge.kind, charge, admission)
        return caller.with_rights(admission.rights), admission
    if charge.kind == "plan" and caller.visitor_inference:
        network, limits = caller.network, _visitor_limits(settings)
    elif mutates:
        # Counted separately: callers who run models from a network must not keep others in it from logging in.
        network, limits = f"accounts {caller.network}", _VISITORS_ACCOUNTS
        charge = _of_plan(charge)
    else:
        return caller, None
    asking = gate.admit_visitor(network, charge, limits)
    try:
        admission = await (traces.within("admission", asking, charge=_VISITOR) if traces.are_sent else asking)
    except errors.GatehouseError as error:
        _count_refusal(_VISITOR, error)
        raise
    if not again:
        _count(_VISITOR, charge, admission)
    return caller, admission


def running(gate: Gate, caller: Caller, admitted_at: datetime, *, mutates: bool) -> AbstractContextManager[object]:
    """`with` it, an admitted operation runs. Raises Unauthenticated if the caller's credential ends meanwhile.

    A mutation is not ended: it may be the one that ends the credential, and others look at the credential in their
    transaction.
    """
    return nullcontext() if mutates or caller.credential is None else gate.running(caller.credential, admitted_at)


def has_session(caller: Caller) -> bool:
    return caller.credential is not None and caller.credential.kind is Kind.SESSION


def note_refusal(gate: Gate, caller: Caller, refusal: errors.GatehouseError, charge: Charge | None = None) -> None:
    """For the caller's owner to look at. A request is noted once: by what refused it before or at its admission."""
    if caller.credential is not None:
        models = {call.model for call in charge.calls} if charge is not None else set()
        gate.refusals.note(
            caller.credential,
            refusal,
            model=models.pop() if len(models) == 1 else None,
            operation=requests.current_operation(),
            address=caller.address,
        )


async def admit_introspection(gate: Gate, attempts: Attempts, caller: Caller) -> None:
    """Counts an introspection answer that is not cached, by user or, without a credential, by network.

    Raises RateLimited, and ServiceUnavailable if it cannot be counted.
    """
    credential = caller.credential
    try:
        await attempts.reserve_introspection(caller=f"user {credential.user_id}" if credential else caller.network)
    except errors.TooManyAttempts as refusal:
        limited = errors.RateLimited(_INTROSPECTION, refusal.retry_after)
        note_refusal(gate, caller, limited)
        raise limited from refusal


async def renew_slot(gate: Gate, admission: Admission | None) -> bool:
    """False if other operations of the caller have all slots now. Raises ServiceUnavailable: then try it again."""
    return admission is None or await gate.renew_slot(admission)


def settle(
    gate: Gate, admission: Admission | None, outcomes: Sequence[Outcome], meanwhile: Callable[[], Any] = nothing
) -> Coroutine[Any, Any, Any]:
    """Returns what `meanwhile` returns: it is called while Redis works, for a few milliseconds at most.

    Raises what it raises, and DeadlineExceeded if the operation ran longer than it was admitted for.
    """
    work = gate.settle(admission, outcomes, meanwhile)
    return traces.within("settlement", work) if traces.are_sent and admission is not None else work


def _count_refusal(kind: str, error: errors.GatehouseError) -> None:
    """In the metrics, by its limit if a limit refused."""
    limit = error.window if isinstance(error, errors.RateLimited) else ""
    _admissions(kind, error.code, limit).inc()


def _count(kind: str, charge: Charge, admission: Admission) -> None:
    _admissions(kind, "admitted", "").inc()
    # While Redis is down, Postgres admits the operations of an account, and nothing is spent.
    if admission.windows:
        _units(kind).inc(charge.cost)


@lru_cache(256)
def _charge(
    kind: charges.Kind, calls: tuple[tuple[str | None, int], ...], longest: timedelta, renews_slot: bool
) -> Charge:
    return Charge(kind, tuple(charges.ModelCall(model, units) for model, units in calls), longest, renews_slot)


@lru_cache(256)
def _of_plan(charge: Charge) -> Charge:
    return replace(charge, kind="plan")


def _visitor_limits(settings: Settings) -> VisitorLimits:
    return VisitorLimits(
        units_per_minute=settings.visitor_units_per_minute,
        units_per_day=settings.visitor_units_per_day,
        concurrent_requests=settings.visitor_concurrent_requests,
    )
