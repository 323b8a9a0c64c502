"""What an operation is charged, what it was granted, and the limits that were checked."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Literal, NamedTuple
from uuid import UUID

from limits.entries import Outcome
from limits.partitions import SubjectKeys

# plan: inference and catalogue fields. account: account, token and administration fields. They have separate windows,
# one for a user's sessions and one for each API token, so that a leaked token cannot use up the units that its owner
# needs to revoke it. exempt: logout and revocations by a session, which no limit may refuse.
Kind = Literal["plan", "account", "exempt"]


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One field that runs a model. With `model` None: the other costs of the operation."""

    model: str | None
    units: int


# Compared as objects, as `SubjectKeys`.
@dataclass(frozen=True, eq=False)
class Charge:
    """Operations that cost the same may share one."""

    kind: Kind
    calls: tuple[ModelCall, ...] = ()
    # The longest that it may run.
    longest: timedelta = timedelta(0)
    # Whether its process renews its slot while it runs (limits/slots.py).
    renews_slot: bool = False

    @cached_property
    def cost(self) -> int:
        return sum(call.units for call in self.calls)

    @cached_property
    def failures(self) -> tuple[Outcome, ...]:
        """All calls as failed, with no units kept: for usage, where no process reports how the calls ended."""
        counted = Counter(call.model for call in self.calls)
        if len(counted) > 1:
            # Units that belong to no model are not a call.
            del counted[None]
        return tuple(Outcome(model, calls=number, failed=number, units=0) for model, number in counted.items())


class VisitorLimits(NamedTuple):
    units_per_minute: int
    units_per_day: int
    concurrent_requests: int


class Scope(StrEnum):
    USER = "USER"
    TOKEN = "TOKEN"  # noqa: S105 - a name
    NETWORK = "NETWORK"


class Window(NamedTuple):
    """A limit after the operation that was just admitted, or at the moment of a refusal. Times are in milliseconds:
    until one more unit is free (0 if one is free now), and until all used units are.
    """

    name: str
    scope: Scope
    length: timedelta
    limit: int
    used: int
    remaining: int
    next_milliseconds: int
    reset_milliseconds: int

    @property
    def next_in(self) -> timedelta | None:
        """None if a unit is free now."""
        return timedelta(milliseconds=self.next_milliseconds) if self.next_milliseconds else None

    @property
    def reset_in(self) -> timedelta:
        return timedelta(milliseconds=self.reset_milliseconds)

    @property
    def model(self) -> str | None:
        """The model whose calls it counts, if it is a limit of a single model."""
        return self.name.partition(":")[2] or None


class Concurrency(NamedTuple):
    limit: int
    used: int


@dataclass(frozen=True, slots=True)
class Rights:
    """What the user and their token may do now. `token_models` None: all models that the user may call. `weight` is
    that of the plan, in the fair share of calls that wait.
    """

    role: str | None
    plan_models: frozenset[str]
    token_models: frozenset[str] | None
    scopes: frozenset[str]
    weight: int = 1


# Neither is changed. A frozen one takes three times as long to make.
@dataclass(slots=True)
class Lease:
    """A slot and units that are held until settlement. `ends` and `hour` are by Redis' clock, `ends` in ms."""

    call_id: bytes
    keys: SubjectKeys
    cost: int
    ends: int
    hour: datetime
    user_id: UUID | None
    token_id: UUID | None
    generation: int


@dataclass(slots=True)
class Admission:
    call_id: bytes
    at: datetime
    # The window with the fewest units left is first. Empty while Redis is down.
    windows: Sequence[Window]
    concurrency: Concurrency | None
    rights: Rights
    # None if there is nothing to settle.
    lease: Lease | None = None
