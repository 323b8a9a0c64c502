"""What happens, and when: made from a seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Literal, get_args

# Processes that admit calls, and clients of both together.
PROCESSES = 2
WORKERS = 2
CLIENTS = 64
MODEL = "text"
# The longest that a call may run, in ms.
LONGEST = 1000

Kind = Literal["calm", "edge", "faults"]
What = Literal["kill", "kill_worker", "freeze", "stall", "mute", "flush", "restart", "revoke"]
_EVENTS: tuple[What, ...] = get_args(What)


@dataclass(frozen=True, slots=True)
class Person:
    """A user with a session and an API token. `own` is the token's own units per minute.

    `of_model` is the plan's units per minute for the model.
    """

    per_minute: int
    per_day: int
    at_once: int
    own: int | None
    of_model: int | None


@dataclass(frozen=True, slots=True)
class Call:
    """One call, through `process`. Times in ms; `at` is the earliest. `is_ours`: it fails by a fault of the service, so
    its units go back.

    `leaves_after`: the client gives up then.
    """

    number: int
    process: int
    at: int
    person: int
    is_token: bool
    cost: int
    milliseconds: int
    is_ours: bool
    leaves_after: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """`of` is a process, a worker for `kill_worker`, or a person whose API token process `by` revokes.

    `milliseconds` is how long it lasts. stall: Redis stands still. mute: it executes commands and answers late.
    """

    at: int
    what: What
    of: int = 0
    by: int = 0
    milliseconds: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """`clients[process]` is a list of clients, and each is a list of calls that it makes one after another."""

    seed: int
    kind: Kind
    people: tuple[Person, ...]
    clients: tuple[tuple[tuple[Call, ...], ...], ...]
    events: tuple[Event, ...]

    @property
    def calls(self) -> dict[int, Call]:
        return {call.number: call for process in self.clients for client in process for call in client}


def of_seed(seed: int, kind: Kind | None = None) -> History:
    """Seeds 0, 1 and 2 and each third one after them have the same kind, unless one is given."""
    kinds: tuple[Kind, ...] = ("faults", "calm", "edge")
    kind = kind or kinds[seed % 3]
    rng = random.Random(seed)  # noqa: S311 - no secret
    people = tuple(_person(rng, [75, 1000, 1000] if kind == "faults" else [7, 75, 1000]) for _ in range(2))
    volleys = {"faults": [*range(0, 6000, 600)], "calm": [0, 500, 1500], "edge": [0, 59_500, 61_500]}[kind]
    numbers = count()
    clients = tuple(
        tuple(tuple(_calls(rng, numbers, process, volleys, kind)) for _ in range(CLIENTS // PROCESSES))
        for process in range(PROCESSES)
    )
    return History(seed, kind, people, clients, tuple(_events(rng, volleys) if kind == "faults" else ()))


def _person(rng: random.Random, limits: list[int]) -> Person:
    per_minute = rng.choice(limits)
    return Person(
        per_minute=per_minute,
        per_day=rng.choice([per_minute - 1, per_minute + 5, 10_000, 10_000]),
        at_once=rng.choice([2, 8, 1000, 1000]),
        own=rng.choice([None, 5, per_minute, 1000]),
        of_model=rng.choice([None, None, 20, per_minute]),
    )


def _calls(rng: random.Random, numbers: Iterator[int], process: int, volleys: list[int], kind: Kind) -> Iterator[Call]:
    for volley in volleys:
        for _ in range(1 if kind == "faults" else rng.randrange(1, 3)):
            leaves = rng.randrange(1, 200) if kind == "faults" and rng.random() < 0.05 else None
            yield Call(
                number=next(numbers),
                process=process,
                at=volley + rng.randrange(400),
                person=rng.randrange(2),
                is_token=rng.random() < 0.5,
                cost=rng.choice([1, 1, 1, 2, 3, 6]),
                milliseconds=rng.choice([0, 1, 5, rng.randrange(300)]),
                is_ours=rng.random() < 0.1,
                leaves_after=leaves,
            )


def _events(rng: random.Random, volleys: list[int]) -> Iterator[Event]:
    end = volleys[-1] + 500
    for what in rng.choices(_EVENTS, k=rng.randrange(3, 12)):
        yield Event(
            at=rng.randrange(end),
            what=what,
            of=rng.randrange(2),
            by=rng.randrange(2),
            milliseconds=rng.choice([50, 150, 400, 1900]),
        )
