"""What an operation asks for, what it was granted, and the windows it was measured by."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from access.entries import Outcome
from access.partitions import Places

# plan: inference and catalogue fields. account: account, token and administration fields, with windows of their own,
# one for a user's sessions and one for each API token, so that a leaked token cannot use up what its owner needs to
# revoke it. exempt: logout and revocations by a session, which no limit may refuse.
Kind = Literal["plan", "account", "exempt"]


@dataclass(frozen=True, slots=True)
class Call:
    """One field that runs a model, or with None what the operation costs besides."""

    model: str | None
    units: int


@dataclass(frozen=True, slots=True)
class Charge:
    kind: Kind
    calls: tuple[Call, ...] = ()
    # The longest that it may run.
    longest: timedelta = timedelta(0)

    @property
    def cost(self) -> int:
        return sum(call.units for call in self.calls)

    def failures(self) -> tuple[Outcome, ...]:
        """All of it failed, and nothing of it kept: what is booked where nobody tells how it ended."""
        counted = Counter(call.model for call in self.calls)
        if len(counted) > 1:
            # Units beside those of models are no call.
            del counted[None]
        return tuple(Outcome(model, calls=calls, failed=calls, units=0) for model, calls in counted.items())


@dataclass(frozen=True, slots=True)
class VisitorLimits:
    units_per_minute: int
    units_per_day: int
    concurrent_requests: int


class Scope(StrEnum):
    USER = "USER"
    TOKEN = "TOKEN"  # noqa: S105 - a name
    NETWORK = "NETWORK"


@dataclass(frozen=True, slots=True)
class Window:
    """A limit as it stands after what was just admitted, or as it refuses."""

    name: str
    scope: Scope
    length: timedelta
    limit: int
    used: int
    # Until one more unit is free; None where some is.
    next_in: timedelta | None
    # Until all that is used is free again.
    reset_in: timedelta

    @property
    def remaining(self) -> int:
        # A limit that was lowered may lie below what is used.
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class Concurrency:
    limit: int
    used: int


@dataclass(frozen=True, slots=True)
class Rights:
    """What the user, and the token they came with, may do now. None of models: all that the user may."""

    role: str | None
    plan_models: frozenset[str]
    token_models: frozenset[str] | None
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lease:
    """A place and units that are held until settlement. `ends` and `hour` are by Redis' clock, `ends` in ms."""

    call_id: UUID
    places: Places
    cost: int
    ends: int
    hour: datetime
    user_id: UUID | None
    token_id: UUID | None
    generation: int


@dataclass(frozen=True, slots=True)
class Admission:
    call_id: UUID
    at: datetime
    # The one with fewest units left first. Empty while Redis is down.
    windows: tuple[Window, ...]
    concurrency: Concurrency | None
    rights: Rights
    # None where there is nothing to settle.
    lease: Lease | None = None
