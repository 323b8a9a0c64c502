"""At the end: what Redis has spent and what `usage` has, beside what the load counted."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from benchmarks.soak.load import Load, Usage
from benchmarks.soak.readings import logged
from limits import partitions
from tests.journey.installation import Installation

_DRAINED_WITHIN = 120
_USAGE = """
SELECT user_id, model, sum(calls)::int, sum(failed)::int, sum(units)::int FROM usage
WHERE user_id = ANY($1::uuid[]) GROUP BY 1, 2
"""
# Redis keeps the last day on which a user called.
_DAY = "SELECT coalesce(sum(units), 0)::int FROM usage_days WHERE user_id = $1 AND day = DATE '1970-01-01' + $2::int"


@dataclass(frozen=True, slots=True)
class Counts:
    """`spent` and `of_day` are the units of a user's last day, in Redis and in Postgres."""

    load: Usage
    usage: Usage
    spent: Mapping[UUID, int]
    of_day: Mapping[UUID, int]
    slots: int
    running: int
    logged: int

    @property
    def differences(self) -> list[str]:
        found = [
            f"{model} of user {user}: the load counted {self.load.get((user, model), 'nothing')} calls, failed and "
            f"units, `usage` has {self.usage.get((user, model), 'nothing')}."
            for user, model in sorted({*self.load, *self.usage}, key=str)
            if self.load.get((user, model)) != self.usage.get((user, model))
        ]
        found += [
            f"User {user}: Redis has spent {self.spent.get(user, 0)} units on the last day, `usage_days` has "
            f"{self.of_day.get(user, 0)}."
            for user in sorted({*self.spent, *self.of_day}, key=str)
            if self.spent.get(user, 0) != self.of_day.get(user, 0)
        ]
        left = {"slots": self.slots, "calls that run": self.running, "calls in Redis' logs": self.logged}
        return found + [f"{number} {name} are left." for name, number in left.items() if number]


async def drained(load: Load) -> Counts:
    """Once nothing is left, or after two minutes."""
    end = time.monotonic() + _DRAINED_WITHIN
    while True:
        # Whatever is left is read before the counts, so that they are final where nothing is.
        found = await _counts(load)
        if found.slots == found.running == found.logged == 0 or time.monotonic() > end:
            return found
        await asyncio.sleep(0.5)


async def _counts(load: Load) -> Counts:
    installation, people = load.installation, [person.id for person in load.people]
    days, slots, running = await _in_redis(installation, people)
    left = await logged(installation)
    async with installation.database() as database:
        rows = await database.fetch(_USAGE, people)
        of_day = {user: await database.fetchval(_DAY, user, day) for user, (day, _) in days.items()}
    usage = {(user, model): (calls, failed, units) for user, model, calls, failed, units in rows}
    return Counts(load.usage, usage, {user: units for user, (_, units) in days.items()}, of_day, slots, running, left)


async def _in_redis(installation: Installation, people: Sequence[UUID]) -> tuple[dict[UUID, tuple[int, int]], int, int]:
    """The number and the units of each user's last day; slots that are taken; calls that run."""
    keys, every = [partitions.of_user(person) for person in people], list(partitions.every())
    async with installation.in_redis() as redis, redis.pipeline(transaction=False) as asking:
        for key in keys:
            asking.zcard(key.slots)
        for partition in every:
            asking.hlen(partitions.running(partition))
        for key in keys:
            asking.hmget(key.day, "n", "u")
        answers = await asking.execute()
    slots, running, days = answers[: len(keys)], answers[len(keys) : -len(keys)], answers[-len(keys) :]
    spent = {user: (int(day), int(units)) for user, (day, units) in zip(people, days, strict=True) if day}
    return spent, sum(slots), sum(running)
