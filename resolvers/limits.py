"""What a caller may spend: asked before an operation runs, settled after it has."""

from collections.abc import Sequence
from dataclasses import replace

from access.callers import Caller
from access.charges import Admission as Admission
from access.charges import Call as Call
from access.charges import Charge as Charge
from access.charges import Concurrency as Concurrency
from access.charges import VisitorLimits
from access.charges import Window as Window
from access.entries import Outcome as Outcome
from access.gate import Gate
from settings import Settings

# Registering, verifying, logging in: as many in a minute as a signed-in user has for their account.
_VISITORS_ACCOUNTS = VisitorLimits(units_per_minute=300, units_per_day=100_000, concurrent_requests=300)


async def admit(
    gate: Gate, caller: Caller, charge: Charge, settings: Settings, *, mutates: bool
) -> tuple[Caller, Admission | None]:
    """The caller with the rights they have now. None for a visitor who spends nothing that is counted.

    Raises Unauthenticated, RateLimited, QueryTooComplex, ServiceUnavailable.
    """
    if caller.credential is not None:
        admission = await gate.admit(caller.credential, charge, address=caller.address)
        return replace(caller, rights=admission.rights), admission
    if charge.kind == "plan" and caller.visitor_inference:
        return caller, await gate.admit_visitor(caller.network, charge, _visitor_limits(settings))
    if mutates:
        # Counted apart, so that whoever runs models from a network does not keep its others from logging in.
        counted = replace(charge, kind="plan")
        return caller, await gate.admit_visitor(f"accounts {caller.network}", counted, _VISITORS_ACCOUNTS)
    return caller, None


async def settle(gate: Gate, admission: Admission | None, outcomes: Sequence[Outcome]) -> None:
    """Raises DeadlineExceeded where the operation ran longer than it had leave to."""
    if admission is not None:
        await gate.settle(admission, outcomes)


def _visitor_limits(settings: Settings) -> VisitorLimits:
    return VisitorLimits(
        units_per_minute=settings.visitor_units_per_minute,
        units_per_day=settings.visitor_units_per_day,
        concurrent_requests=settings.visitor_concurrent_requests,
    )
