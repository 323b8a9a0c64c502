"""Runs a history on simulated servers: the product's admission, settlement, revocation, rollup and reaper, its Lua
scripts, a simulated Redis, Postgres and clock. The same seed gives the same log, on any machine.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from unittest.mock import patch
from uuid import UUID

import errors
from access.credentials import Credential, Kind
from db import postgres as db_postgres
from db.postgres import PostgresDown
from limits import partitions, reaper, revocation, rollup, rollup_transaction
from objects.objects import Objects
from resolvers.jobs import settling
from settings import Settings
from store.redis import StoreDown
from tests.environ import environ
from tests.histories import checker, jobs, simulated_jobs, simulated_process, virtual_time
from tests.histories.checker import End
from tests.histories.clients import Clients, Line
from tests.histories.ended_jobs import EndedJob
from tests.histories.history import PROCESSES, WORKERS, Event, History
from tests.histories.jobs import HistoryJobs
from tests.histories.simulated_gate import SimulatedGate
from tests.histories.simulated_network import Network
from tests.histories.simulated_postgres import SimulatedPostgres, StoredCredential
from tests.histories.simulated_process import SimulatedProcess
from tests.histories.simulated_redis import START, SimulatedRedis

# A lease of the longest call, and then a revocation whose process was killed: the worker confirms it after ten seconds.
_BESIDE_LONGEST = 15.0
# A job may wait until it expires, and be lost with its worker several times.
_JOBS_END_WITHIN = 300


def broken(history: History, *, texts: Sequence[tuple[str, str]] = (), forgets_marks: bool = False) -> list[str]:
    """The promises that are broken. `texts` are replacements in the scripts, and `forgets_marks` breaks the rollup."""
    lines, end = run(history, texts=texts, forgets_marks=forgets_marks)
    return checker.broken(history, lines, end)


def run(
    history: History, *, texts: Sequence[tuple[str, str]] = (), forgets_marks: bool = False
) -> tuple[list[Line], End]:
    return virtual_time.run(_run(history, texts, forgets_marks=forgets_marks))


async def _run(history: History, texts: Sequence[tuple[str, str]], *, forgets_marks: bool) -> tuple[list[Line], End]:
    postgres = SimulatedPostgres(forgets_marks=forgets_marks)
    with _in_place(postgres):
        simulation = _Simulation(history, SimulatedRedis(texts), postgres)
        await simulation.play()
        return simulation.lines, await simulation.end()


@contextmanager
def _in_place(postgres: SimulatedPostgres) -> Iterator[None]:
    with (
        patch.object(db_postgres, "rows", postgres.rows),
        patch.object(db_postgres, "run", postgres.run),
        patch.object(rollup_transaction, "in_transaction", postgres.transaction),
    ):
        yield


class _Simulation:
    def __init__(self, history: History, redis: SimulatedRedis, postgres: SimulatedPostgres) -> None:
        self.lines: list[Line] = []
        self._history = history
        self._redis = redis
        self._postgres = postgres
        self._rng = random.Random(history.seed)  # noqa: S311 - no secret
        self._network = Network(self._rng, redis)
        self._credentials: dict[tuple[int, bool], Credential] = {}
        self._users: list[UUID] = []
        self._add_people()
        self._began_at = 0.0
        self._processes: list[SimulatedProcess] = []
        self._running: set[asyncio.Task[None]] = set()
        self._serving: dict[int, asyncio.Task[None]] = {}
        self._job_ids: dict[int, UUID] = {}
        self._workers_of_jobs: list[HistoryJobs] = []

    async def play(self) -> None:
        self._processes = [self._start_process() for _ in range(PROCESSES)]
        self._workers = [self._start_worker() for _ in range(WORKERS)]
        # Until all know Redis and the epoch. It is part of no promise.
        await asyncio.sleep(1)
        self._began_at = asyncio.get_running_loop().time()
        for number in range(PROCESSES):
            self._serve(number)
        for event in sorted(self._history.events, key=lambda event: event.at):
            await asyncio.sleep(self._began_at + event.at / 1000 - asyncio.get_running_loop().time())
            self._disturb(event)
        last = max((call.at for call in self._history.calls.values()), default=0)
        await asyncio.sleep(max(0.0, self._began_at + last / 1000 - asyncio.get_running_loop().time()))
        await asyncio.wait(self._serving.values())
        longest = max((call.longest for call in self._history.calls.values()), default=0)
        await asyncio.sleep(longest / 1000 + _BESIDE_LONGEST)
        for _ in range(_JOBS_END_WITHIN):
            if all(
                row["ended_at"] is not None and row["call_id"] is None for row in self._postgres.jobs.table.values()
            ):
                break
            await asyncio.sleep(1)
        # The units of the last ones are in usage.
        await asyncio.sleep(2)

    async def end(self) -> End:
        for task in [task for task in self._running if task.done()]:
            task.result()
        for worker in self._workers_of_jobs:
            if worker.faults:
                raise worker.faults[0]
        redis, keys = self._redis, [partitions.of_user(user) for user in self._users]
        usage = {
            (self._users.index(user), token is not None): (calls, failed, units)
            for (user, token), (calls, failed, units) in self._postgres.usage.items()
        }
        return End(
            usage=usage,
            days={number: int(redis.command("HGET", one.day, "u") or 0) for number, one in enumerate(keys)},
            slots=sum(redis.command("ZCARD", one.slots) for one in keys),
            open=sum(redis.command("HLEN", partitions.running(one.partition)) for one in keys),
            jobs=[*self._ended_jobs()],
            usage_of_jobs={
                (self._users.index(user), token is not None): (calls, failed, units)
                for (user, token), (calls, failed, units) in self._postgres.usage_of_jobs.items()
            },
        )

    def _ended_jobs(self) -> Iterator[EndedJob]:
        for row in self._postgres.jobs.table.values():
            started, ended = row["started_at"] is not None, row["ended_at"]
            yield EndedJob(
                job=self._history.jobs[row["number"]],
                state=row["state"],
                units=row["units"],
                made_at=simulated_jobs.milliseconds(row["created_at"]),
                admitted_at=row["call_ends"] - jobs.LEASE if started else None,
                ended_at=None if ended is None else simulated_jobs.milliseconds(ended),
            )

    def _add_people(self) -> None:
        ends = datetime.fromtimestamp(START / 1000, UTC) + timedelta(days=1)
        for number, person in enumerate(self._history.people):
            user, session, token = (UUID(int=self._rng.getrandbits(128)) for _ in range(3))
            self._users.append(user)
            self._postgres.people[user] = person
            self._postgres.credentials[session] = StoredCredential(user, None)
            self._postgres.credentials[token] = StoredCredential(user, person.own)
            scopes = frozenset({"INFER"})
            self._credentials[number, False] = Credential(Kind.SESSION, session, user, scopes, ends)
            self._credentials[number, True] = Credential(Kind.API_TOKEN, token, user, scopes, ends)

    def _start_process(self) -> SimulatedProcess:
        process = SimulatedProcess(self._rng, self._network, self._postgres)
        self._keep(process, process.epoch.watch())
        self._keep(process, process.store.watch())
        return process

    def _start_worker(self) -> SimulatedProcess:
        worker = self._start_process()
        store: Any = worker.store
        for job in (self._roll_up, reaper.reap, revocation.finish):
            self._keep(worker, _each_second(partial(job, store)))
        if self._history.jobs:
            self._run_jobs(worker)
        return worker

    def _run_jobs(self, worker: SimulatedProcess) -> None:
        gate: Any = SimulatedGate(worker)
        settings = Settings.from_environ(environ(**jobs.SETTINGS))
        running = HistoryJobs(settings, gate, Objects(settings))
        self._workers_of_jobs.append(running)
        for turn in (running.take, running.stay_alive, partial(settling.tend, gate)):
            self._keep(worker, _each_second(turn))

    async def _make_jobs(self, process: SimulatedProcess, number: int) -> None:
        """Those of one process that are not made yet."""
        loop = asyncio.get_running_loop()
        mine = [job for job in self._history.jobs if job.number % PROCESSES == number]
        for job in sorted(mine, key=lambda job: job.at):
            await asyncio.sleep(self._began_at + job.at / 1000 - loop.time())
            await process.step(0.1, 3)
            credential = self._credentials[job.person, job.is_token]
            if job.number in self._job_ids or self._postgres.credentials[credential.id].revoked:
                continue
            job_id = self._job_ids[job.number] = UUID(int=self._rng.getrandbits(128))
            self._postgres.jobs.add(job_id, job, credential)
            if job.cancelled_after is not None:
                self._keep(process, self._cancel(process, job_id, job.cancelled_after))

    async def _cancel(self, process: SimulatedProcess, job_id: UUID, after: int) -> None:
        await asyncio.sleep(after / 1000)
        await process.step(0.1, 3)
        self._postgres.jobs.cancel(job_id)

    async def _roll_up(self, store: Any) -> None:
        began_at = self._redis.now
        await rollup.roll_up_all(store)
        self.lines.append({"what": "rolled_up", "at": began_at})

    def _serve(self, number: int) -> None:
        process = self._processes[number]
        gate = SimulatedGate(process)
        clients = Clients(
            self._credentials,
            admit=gate.admit,
            settle=gate.settle,
            renew=gate.renew_slot,
            now=lambda: self._redis.now,
            write=self.lines.append,
        )
        serving = process.start(clients.run(self._history.clients[number], began_at=self._began_at))
        self._serving[number] = serving
        self._running.add(serving)
        if self._history.jobs:
            self._keep(process, self._make_jobs(process, number))

    def _disturb(self, event: Event) -> None:
        process = self._processes[event.of]
        match event.what:
            case "kill":
                process.kill()
                self._note("killed", process=event.of)
                self._processes[event.of] = self._start_process()
                self._serve(event.of)
            case "kill_worker":
                self._workers[event.of].kill()
                self._workers[event.of] = self._start_worker()
            case "freeze":
                process.freeze(event.milliseconds)
            case "freeze_worker":
                self._workers[event.of].freeze(event.milliseconds)
            case "stall":
                self._network.stall(event.milliseconds)
            case "mute":
                self._network.mute(event.milliseconds)
            case "flush":
                self._note("flush")
                self._redis.flush()
            case "restart":
                self._note("restart")
                self._network.restart()
            case "revoke":
                revoking = self._processes[event.by]
                self._keep(revoking, self._revoke(revoking, event.of))

    async def _revoke(self, process: SimulatedProcess, person: int) -> None:
        credential = self._credentials[person, True]
        await simulated_process.step(0.1, 3)
        self._note("revokes", person=person)
        number = self._postgres.commit_revocation(credential.id)
        await simulated_process.step(0.1, 3)
        event = revocation.Event(number, credential.user_id, credential.id)
        try:
            await revocation.confirm(process.store, event)  # type: ignore[arg-type]
        except errors.ServiceUnavailable:
            return
        self._note("revoked", person=person)

    def _note(self, what: str, **values: int) -> None:
        self.lines.append({"what": what, "at": self._redis.now, **values})  # type: ignore[typeddict-item]

    def _keep(self, process: SimulatedProcess, work: Coroutine[Any, Any, None]) -> None:
        self._running.add(process.start(work))


async def _each_second(job: Callable[[], Awaitable[Any]]) -> None:
    while True:
        try:
            await job()
        except (StoreDown, PostgresDown, errors.ServiceUnavailable):
            pass  # as in the worker: the next turn tries again
        await asyncio.sleep(1)
        await simulated_process.step()
