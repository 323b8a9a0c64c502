"""What a caller may spend: asked before an operation runs, settled after it has."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import errors
from access.callers import Caller as Caller
from access.charges import Admission as Admission
from access.charges import Call as Call
from access.charges import Charge as Charge
from access.charges import Concurrency as Concurrency
from access.charges import VisitorLimits
from access.charges import Window as Window
from access.credentials import Kind
from access.entries import Outcome as Outcome
from access.gate import Gate
from access.guesses import Guesses
from settings import Settings
from telemetry import metrics, traces

# Their charge, among the metrics.
_VISITOR = "visitor"
# The window of answers about the schema.
_INTROSPECTION = "introspection-minute"
# Registering, verifying, logging in: as many in a minute as a signed-in user has for their account.
_VISITORS_ACCOUNTS = VisitorLimits(units_per_minute=300, units_per_day=100_000, concurrent_requests=300)


async def admit(
    gate: Gate, caller: Caller, charge: Charge, settings: Settings, *, mutates: bool, again: bool = False
) -> tuple[Caller, Admission | None]:
    """The caller with the rights they have now. None for a visitor who spends nothing that is counted.

    With `again` the operation will ask once more, and is counted then unless it is refused here.
    Raises Unauthenticated, RateLimited, QueryTooComplex, ServiceUnavailable.
    """
    if caller.credential is not None:
        with _counted(charge.kind):
            admission = await gate.admit(caller.credential, charge, address=caller.address)
        if not again:
            _count(charge.kind, charge, admission)
        return replace(caller, rights=admission.rights), admission
    if charge.kind == "plan" and caller.visitor_inference:
        network, limits = caller.network, _visitor_limits(settings)
    elif mutates:
        # Counted apart, so that whoever runs models from a network does not keep its others from logging in.
        network, limits = f"accounts {caller.network}", _VISITORS_ACCOUNTS
        charge = replace(charge, kind="plan")
    else:
        return caller, None
    with _counted(_VISITOR):
        admission = await gate.admit_visitor(network, charge, limits)
    if not again:
        _count(_VISITOR, charge, admission)
    return caller, admission


def has_session(caller: Caller) -> bool:
    return caller.credential is not None and caller.credential.kind is Kind.SESSION


async def admit_introspection(guesses: Guesses, caller: Caller) -> None:
    """For an answer that is not kept. By user or, without a credential, by network.

    Raises RateLimited, and ServiceUnavailable where it cannot be counted.
    """
    credential = caller.credential
    try:
        await guesses.reserve_introspection(caller=f"user {credential.user_id}" if credential else caller.network)
    except errors.TooManyAttempts as refusal:
        raise errors.RateLimited(_INTROSPECTION, refusal.retry_after) from refusal


async def settle(gate: Gate, admission: Admission | None, outcomes: Sequence[Outcome]) -> None:
    """Raises DeadlineExceeded where the operation ran longer than it had leave to."""
    if admission is not None:
        with traces.span("settlement"):
            await gate.settle(admission, outcomes)


@contextmanager
def _counted(kind: str) -> Iterator[None]:
    """A refusal among the metrics, by the limit that refuses if it is one."""
    with traces.span("admission", charge=kind):
        try:
            yield
        except errors.GatehouseError as error:
            limit = error.window if isinstance(error, errors.RateLimited) else ""
            metrics.ADMISSIONS.labels(kind, error.code, limit).inc()
            raise


def _count(kind: str, charge: Charge, admission: Admission) -> None:
    metrics.ADMISSIONS.labels(kind, "admitted", "").inc()
    # While Redis is down an account's operation is admitted by Postgres, and nothing spent.
    if admission.windows:
        metrics.UNITS.labels(kind).inc(charge.cost)


def _visitor_limits(settings: Settings) -> VisitorLimits:
    return VisitorLimits(
        units_per_minute=settings.visitor_units_per_minute,
        units_per_day=settings.visitor_units_per_day,
        concurrent_requests=settings.visitor_concurrent_requests,
    )
