"""What happens, and when: made from a seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Literal, get_args

# Processes that admit calls, and clients of both together.
PROCESSES = 2
WORKERS = 2
CLIENTS = 64
MODEL = "text"
# That of jobs, which `usage` then shows apart.
JOB_MODEL = "batch"
# The longest that a call may run, in ms, and the call of a job.
LONGEST = 1000
LONGEST_JOB = 20_000

# jobs: faults, with jobs and short streams. streams: the same, and some streams run for longer than a slot is held.
Kind = Literal["calm", "edge", "faults", "jobs", "streams"]
What = Literal["kill", "kill_worker", "freeze", "stall", "mute", "flush", "restart", "revoke", "freeze_worker"]
_EVENTS: tuple[What, ...] = get_args(What)[:-1]
_VOLLEYS: dict[Kind, list[int]] = {
    "faults": [*range(0, 6000, 600)],
    "jobs": [*range(0, 6000, 600)],
    "streams": [0, 500, 1000, 62_000, 64_000, 95_000],
    "calm": [0, 500, 1500],
    "edge": [0, 59_500, 61_500],
}
_JOBS = 24


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

    `leaves_after`: the client gives up then. `is_stream`: its slot is renewed while it runs. `longest`: it may run for
    so long.
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
    is_stream: bool = False
    longest: int = LONGEST


@dataclass(frozen=True, slots=True)
class Job:
    """`is_ours`: it fails by a fault of the service. `cancelled_after`: by its owner, so many ms after it was made.

    `expires_after`: if it has not started by then.
    """

    number: int
    at: int
    person: int
    is_token: bool
    cost: int
    milliseconds: int
    is_ours: bool
    cancelled_after: int | None
    expires_after: int


@dataclass(frozen=True, slots=True)
class Event:
    """`of` is a process, a worker for `kill_worker` and `freeze_worker`, or a person whose API token process `by`
    revokes.

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
    jobs: tuple[Job, ...] = ()

    @property
    def has_faults(self) -> bool:
        return self.kind not in ("calm", "edge")

    @property
    def calls(self) -> dict[int, Call]:
        return {call.number: call for process in self.clients for client in process for call in client}


def of_seed(seed: int, kind: Kind | None = None) -> History:
    """Each tenth seed has the same kind, unless one is given."""
    kinds: tuple[Kind, ...] = ("faults", "calm", "edge", "jobs", "faults", "jobs", "calm", "edge", "jobs", "streams")
    kind = kind or kinds[seed % len(kinds)]
    rng = random.Random(seed)  # noqa: S311 - no secret
    has_faults = kind not in ("calm", "edge")
    people = tuple(_person(rng, [75, 1000, 1000] if has_faults else [7, 75, 1000]) for _ in range(2))
    volleys = _VOLLEYS[kind]
    numbers = count()
    clients = tuple(
        tuple(tuple(_calls(rng, numbers, process, volleys, kind)) for _ in range(CLIENTS // PROCESSES))
        for process in range(PROCESSES)
    )
    has_jobs = kind in ("jobs", "streams")
    events = tuple(_events(rng, volleys, has_jobs=has_jobs) if has_faults else ())
    jobs = tuple(_jobs(rng, volleys[-1], kind) if has_jobs else ())
    return History(seed, kind, people, clients, events, jobs)


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
    has_faults = kind not in ("calm", "edge")
    for volley in volleys:
        for _ in range(1 if has_faults else rng.randrange(1, 3)):
            leaves = rng.randrange(1, 200) if has_faults and rng.random() < 0.05 else None
            call = Call(
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
            yield _streaming(call, rng, kind) if kind in ("jobs", "streams") and rng.random() < 0.15 else call


def _streaming(call: Call, rng: random.Random, kind: Kind) -> Call:
    longest = 4000 if kind == "jobs" else 150_000
    milliseconds = rng.choice([200, 1500, 3000] if kind == "jobs" else [1000, 20_000, 70_000, 130_000])
    return replace(call, is_stream=True, longest=longest, milliseconds=milliseconds)


def _events(rng: random.Random, volleys: list[int], *, has_jobs: bool) -> Iterator[Event]:
    end = volleys[-1] + 500
    events = get_args(What) if has_jobs else _EVENTS
    for what in rng.choices(events, k=rng.randrange(3, 12)):
        yield Event(
            at=rng.randrange(end),
            what=what,
            of=rng.randrange(2),
            by=rng.randrange(2),
            # For longer than the lease of a job's row.
            milliseconds=17_000 if what == "freeze_worker" else rng.choice([50, 150, 400, 1900]),
        )


def _jobs(rng: random.Random, end: int, kind: Kind) -> Iterator[Job]:
    for number in range(_JOBS):
        yield Job(
            number=number,
            at=rng.randrange(end),
            person=rng.randrange(2),
            is_token=rng.random() < 0.5,
            cost=rng.choice([1, 1, 2, 3, 6]),
            milliseconds=rng.choice([0, 5, 200, 1500] if kind == "jobs" else [5, 200, 2000, 15_000]),
            is_ours=rng.random() < 0.15,
            cancelled_after=rng.choice([None, None, None, rng.randrange(3000)]),
            expires_after=20_000,
        )
