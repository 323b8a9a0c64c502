"""The tables that admission, revocation and the rollup use. A statement is known by a part of its text.

Time is the event loop's. Each statement takes a moment before it is executed, and one before its answer arrives; the
process may be killed in either.
"""

import asyncio
import json
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from tests.histories import simulated_process
from tests.histories.history import JOB_MODEL, MODEL, Person
from tests.histories.simulated_jobs import Counted, SimulatedJobs
from tests.histories.simulated_redis import START

T = TypeVar("T")

Fold = tuple[str, int]


@dataclass(slots=True)
class StoredCredential:
    user_id: UUID
    own: int | None
    revoked: bool = False


@dataclass(slots=True)
class CredentialEvent:
    user_id: UUID
    credential_id: UUID
    at: float
    done: bool = False


@dataclass(slots=True)
class Transaction:
    """Writes that are applied by the commit, and the marks that it locks."""

    postgres: "SimulatedPostgres"
    writes: list[Callable[[], None]] = field(default_factory=list)
    locks: list[asyncio.Lock] = field(default_factory=list)

    async def execute_query_dict(self, sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        await simulated_process.step(*_TAKES)
        return await self.postgres.execute(sql, values, self)

    def end(self) -> None:
        for lock in self.locks:
            if lock.locked():
                lock.release()
        self.locks.clear()


# Rights that no history changes.
_ANY = {"models": None, "allowed_networks": None}
# A statement takes so many ms, on the way and back.
_TAKES = (0.1, 3.0)


class SimulatedPostgres:
    """`forgets_marks` breaks the rollup, so that a test sees that this is found."""

    def __init__(self, *, forgets_marks: bool = False) -> None:
        self.people: dict[UUID, Person] = {}
        self.credentials: dict[UUID, StoredCredential] = {}
        self.events: list[CredentialEvent] = []
        self.epoch = 1
        # Number and first sight of each Redis server.
        self.identities: dict[int, tuple[int, float]] = {}
        self.folds: dict[Fold, str] = {}
        # Calls, failed calls, units.
        self.usage: defaultdict[tuple[UUID, UUID | None], list[int]] = defaultdict(lambda: [0, 0, 0])
        self.usage_of_jobs: defaultdict[tuple[UUID, UUID | None], list[int]] = defaultdict(lambda: [0, 0, 0])
        self.days: defaultdict[tuple[UUID, date, str], int] = defaultdict(int)
        self.jobs = SimulatedJobs(self._count_job, self._is_live)
        self.notified: list[Callable[[], None]] = []
        self._forgets_marks = forgets_marks
        self._locks: defaultdict[Fold, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._statements: list[tuple[str, Callable[[Sequence[Any], Transaction | None], Any]]] = [
            (r"FROM (sessions|api_tokens) WHERE id", self._credential),
            (r"FROM index_state i LEFT JOIN users", self._subject),
            (r"^SELECT generation, last_id FROM usage_folds", self._committed_of_partition),
            (r"FROM usage_days", self._sum),
            (r"^SELECT last_id FROM usage_folds", self._committed),
            (r"^UPDATE credential_events SET done_at", self._done),
            (r"FROM redis_identities WHERE generation", self._seen),
            (r"FROM credential_events\s+WHERE done_at IS NULL AND at", self._undone),
            (r"UPDATE index_state SET epoch = epoch \+ 1", self._raise_epoch),
            (r"set_config|^INSERT INTO usage_folds|^SELECT 1$", lambda values, transaction: []),
            (r"FROM usage_folds f\b.*FOR UPDATE", self._lock),
            (r"^INSERT INTO usage \(", self._add),
            (r"^UPDATE usage_folds f SET last_id", self._move),
            *self.jobs.statements,
        ]

    async def rows(self, sql: str, *values: Any, within: timedelta = timedelta(seconds=2)) -> list[dict[str, Any]]:
        """In place of `db.postgres.rows`."""
        await simulated_process.step(*_TAKES)
        found = await self.execute(sql, values, None)
        await simulated_process.step(*_TAKES)
        return found

    async def run(self, work: Coroutine[Any, Any, T], *, within: timedelta) -> T:
        """In place of `db.postgres.run`."""
        return await work

    @asynccontextmanager
    async def transaction(self, name: str = "default") -> AsyncIterator[Transaction]:
        """In place of `tortoise.transactions.in_transaction`."""
        transaction = Transaction(self)
        process = simulated_process.current()
        process.at_its_end.append(transaction.end)
        try:
            yield transaction
            await simulated_process.step(*_TAKES)
            for write in transaction.writes:
                write()
            # The commit may have happened though its answer never arrives.
            transaction.end()
            await simulated_process.step(*_TAKES)
        finally:
            process.at_its_end.remove(transaction.end)
            transaction.end()

    async def execute(self, sql: str, values: Sequence[Any], transaction: Transaction | None) -> list[dict[str, Any]]:
        text = " ".join(sql.split())
        for pattern, answer in self._statements:
            if re.search(pattern, text):
                found = answer(values, transaction)
                rows: list[dict[str, Any]] = await found if asyncio.iscoroutine(found) else found
                return rows
        raise AssertionError(f"the simulation does not know this statement: {text}")

    def commit_revocation(self, credential_id: UUID) -> int:
        """What a resolver commits. Returns the event's id."""
        stored = self.credentials[credential_id]
        stored.revoked = True
        self.events.append(CredentialEvent(stored.user_id, credential_id, self._now()))
        self.notify()
        return len(self.events) - 1

    def register(self, identity: int) -> int:
        """The number of a Redis server; a new one raises the epoch."""
        if identity not in self.identities:
            self.identities[identity] = (len(self.identities) + 1, self._now())
            self.epoch += 1
            self.notify()
        return self.identities[identity][0]

    def notify(self) -> None:
        for notified in self.notified:
            notified()

    @property
    def newest_generation(self) -> int:
        return len(self.identities)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    def _count_job(self, job: Counted) -> None:
        row = self.usage_of_jobs[job.user_id, job.token_id]
        row[:] = row[0] + 1, row[1] + job.failed, row[2] + job.units
        self.days[job.user_id, job.day.date(), JOB_MODEL] += job.units

    def _is_live(self, credential_id: UUID) -> bool:
        return not self.credentials[credential_id].revoked

    def _credential(self, values: Sequence[Any], _: Transaction | None) -> list[dict[str, Any]]:
        stored = self.credentials[values[0]]
        if stored.revoked:
            return []
        ends = datetime.fromtimestamp(START / 1000, UTC) + timedelta(days=1)
        return [{"expires_at": ends, "last_used_at": None, "units_per_minute": stored.own, **_ANY}]

    def _subject(self, values: Sequence[Any], _: Transaction | None) -> list[dict[str, Any]]:
        person = self.people[values[0]]
        return [
            {
                **{"epoch": self.epoch, "suspended_at": None, "role": "USER", "units_per_minute": person.per_minute},
                **{"units_per_day": person.per_day, "concurrent_requests": person.at_once, "models": "[]", "weight": 1},
                "model_limits": _model_limits(person),
                **{"retired_keys": "", "predecessors": "", "still_here": "", "predecessor_just_left": False},
            }
        ]

    def _committed_of_partition(self, values: Sequence[Any], _: Transaction | None) -> list[dict[str, Any]]:
        return [
            {"generation": generation, "last_id": last}
            for (partition, generation), last in self.folds.items()
            if partition == values[0]
        ]

    def _sum(self, values: Sequence[Any], transaction: Transaction | None) -> list[dict[str, Any]]:
        partition, users, day = values
        found: Counter[str] = Counter()
        for (user, of_day, model), spent in self.days.items():
            if user in users and of_day == day:
                found[model] += spent
        units = json.dumps(found)
        folds = self._committed_of_partition([partition], transaction) or [{"generation": None, "last_id": None}]
        return [{"units": units, **fold} for fold in folds]

    def _committed(self, values: Sequence[Any], _: Transaction | None) -> list[dict[str, Any]]:
        last = self.folds.get((values[0], values[1]))
        return [] if last is None else [{"last_id": last}]

    def _done(self, values: Sequence[Any], _: Transaction | None) -> list[dict[str, Any]]:
        for number in values[0]:
            self.events[number].done = True
        return []

    def _seen(self, values: Sequence[Any], _: Transaction | None) -> list[dict[str, Any]]:
        if values[0] != self.newest_generation:
            return []
        if len(self.identities) == 1:
            return [{"seconds": float("inf")}]
        return [{"seconds": self._now() - max(seen for _, seen in self.identities.values())}]

    def _undone(self, values: Sequence[Any], _: Transaction | None) -> list[dict[str, Any]]:
        return [
            {
                "id": number,
                "user_id": event.user_id,
                "credential_id": event.credential_id,
                "seconds": self._now() - event.at,
            }
            for number, event in enumerate(self.events)
            if not event.done and self._now() - event.at > values[0]
        ]

    def _raise_epoch(self, values: Sequence[Any], _: Transaction | None) -> list[dict[str, Any]]:
        self.epoch += 1
        self.notify()
        return [{"epoch": self.epoch}]

    async def _lock(self, values: Sequence[Any], transaction: Transaction | None) -> list[dict[str, Any]]:
        assert transaction is not None
        folds = sorted(zip(values[0], values[1], strict=True))
        for fold in folds:
            await self._locks[fold].acquire()
            transaction.locks.append(self._locks[fold])
        return [
            {"partition": partition, "generation": number, "last_id": self.folds.get((partition, number), "0-0")}
            for partition, number in folds
        ]

    def _add(self, values: Sequence[Any], transaction: Transaction | None) -> list[dict[str, Any]]:
        assert transaction is not None

        def write() -> None:
            for user, token, model, hour, calls, failed, units, _ in zip(*values, strict=True):
                row = self.usage[user, token]
                row[:] = row[0] + calls, row[1] + failed, row[2] + units
                self.days[user, hour.date(), model] += units

        transaction.writes.append(write)
        return []

    def _move(self, values: Sequence[Any], transaction: Transaction | None) -> list[dict[str, Any]]:
        assert transaction is not None
        if not self._forgets_marks:
            moved = {(partition, number): last for partition, number, last in zip(*values, strict=True)}
            transaction.writes.append(lambda: self.folds.update(moved))
        return []


def _model_limits(person: Person) -> str:
    if person.of_model is None:
        return "[]"
    return json.dumps([{"model": MODEL, "units_per_minute": person.of_model, "units_per_day": None}])
