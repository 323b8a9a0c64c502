"""A worker that dies between any two steps of a job leaves one result and one charge.

The steps run in this process: `Run` with its own connections to Postgres, Redis and Triton. At the step under test it
goes on no more, as if it had been killed: before the statement or command is sent, or after it was executed and before
the answer was read. Another worker, a process of its own, finds what is left.
"""

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from db import connection, postgres
from inference.server import ModelServer
from limits import partitions
from limits.gate import Gate
from objects.objects import Objects
from resolvers.bytes_in_flight import BytesInFlight
from resolvers.jobs import queue
from resolvers.jobs.running import Run
from settings import Settings
from store.redis import Store
from tests.jobs.documents import CANCEL, made, reach, wanted
from tests.mails import until

_numbers = count(100)
# After its claim: what a job sends to Redis and Postgres, in this order.
_STEPS = ["admit", "started", "ended", "settle", "settled"]


class Killed(BaseException):
    """The process is dead from here on."""


class Steps:
    """Counts what is sent to Postgres and Redis for the job, and dies at one of it."""

    def __init__(self, monkeypatch):
        self.done: list[str] = []
        self._dies_at: tuple[int, str] | None = None
        self._task: asyncio.Task[Any] | None = None
        rows, run = postgres.rows, Store.run

        async def counted_rows(sql, *values, **options):
            return await self._step("postgres", lambda: rows(sql, *values, **options))

        async def counted_run(store, script, *arguments, **options):
            return await self._step(script.name, lambda: run(store, script, *arguments, **options))

        monkeypatch.setattr(postgres, "rows", counted_rows)
        monkeypatch.setattr(Store, "run", counted_run)

    def die_at(self, step: int, when: str) -> None:
        """Of what this task sends from now on."""
        self._dies_at = step, when
        self._task = asyncio.current_task()

    async def _step(self, name, send):
        if self._dies_at is None or asyncio.current_task() is not self._task:
            return await send()
        step, when = self._dies_at
        if len(self.done) > step:
            raise Killed
        self.done.append(name)
        is_last = len(self.done) == step + 1
        if is_last and when == "before":
            raise Killed
        answer = await send()
        if is_last:
            raise Killed
        return answer


@pytest.fixture(scope="module")
async def process(package_installation):
    """What a worker has one of."""
    settings = Settings.from_environ(package_installation.environ | {"GATEHOUSE_JOBS_RUNNING": "1"})
    await connection.connect(settings)
    gate, server = Gate(settings), ModelServer(settings)
    await gate.start()
    watching = [asyncio.create_task(gate.watch()), asyncio.create_task(server.watch())]
    await server.first_look()
    yield settings, gate, server
    for one in watching:
        one.cancel()
    await asyncio.wait(watching)
    await server.aclose()
    await gate.aclose()
    await connection.close()


@pytest.fixture
def begin(process):
    """Claims the next job and begins to run it, in a worker of this process."""
    settings, gate, server = process

    async def start():
        worker = uuid4()
        job = await queue.claim(worker, full=())
        assert job is not None
        return Run(
            job,
            worker,
            gate=gate,
            server=server,
            settings=settings,
            flight=BytesInFlight(settings.bytes_in_flight),
            objects=Objects(settings),
        )

    return start


async def lost(installation):
    """As time does to the jobs of a worker that is dead."""
    async with installation.database() as database:
        await database.execute("UPDATE jobs SET worker_until = now() - interval '1 s' WHERE call_id IS NOT NULL")


async def is_counted(installation, person, expected):
    if await installation.running(person):
        return False
    return await installation.is_rolled_up(person) and await installation.counted(person) == expected


@asynccontextmanager
async def dead_at(installation, client_of, monkeypatch, begin, step, when):
    """A person, a client and a job whose worker died at this step."""
    person, number = await installation.person(), next(_numbers)
    client = client_of(person)
    job_id = await made(client, wanted(number))
    steps = Steps(monkeypatch)
    run = await begin()
    steps.die_at(step, when)
    with pytest.raises(Killed):
        await run.take()
    monkeypatch.undo()
    assert len(steps.done) == step + 1
    yield person, client, job_id, number


async def test_these_are_all_steps(installation, client_of, monkeypatch, begin):
    ada = await installation.person()
    client = client_of(ada)
    job_id = await made(client, wanted(1))
    steps = Steps(monkeypatch)
    run = await begin()
    steps.die_at(len(_STEPS), "before")

    await run.take()

    assert steps.done == ["admit", "postgres", "postgres", "settle", "postgres"]
    assert (await reach(client, job_id, "SUCCEEDED"))["units"] == 5


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", range(len(_STEPS)))
async def test_a_worker_that_dies_at_any_step_leaves_one_result_and_one_charge(
    installation, client_of, new_worker, monkeypatch, begin, step, when
):
    async with dead_at(installation, client_of, monkeypatch, begin, step, when) as (ada, client, job_id, number):
        await lost(installation)

        new_worker()
        job = await reach(client, job_id, "SUCCEEDED", "FAILED")

        assert (job["state"], job["units"], job["error"]) == ("SUCCEEDED", 5, None)
        assert job["result"]["outputs"][0]["values"] == [number]
        await until(partial(is_counted, installation, ada, {"held": (1, 0, 5)}))
        assert await installation.running(ada) == 0
        assert await spent(installation, ada) == 5


@pytest.mark.parametrize(
    ("step", "when"), [("ended", "after"), ("settle", "before"), ("settle", "after"), ("settled", "after")]
)
async def test_the_charge_of_a_job_that_has_ended_is_in_postgres_if_redis_loses_all_with_the_worker(
    installation, client_of, new_worker, monkeypatch, begin, step, when
):
    async with dead_at(installation, client_of, monkeypatch, begin, _STEPS.index(step), when) as (
        ada,
        client,
        job_id,
        _,
    ):
        async with installation.in_redis() as redis:
            await redis.flushall()
        await lost(installation)

        new_worker()
        await until(partial(is_settled, installation))

        job = await reach(client, job_id, "SUCCEEDED")
        assert (job["units"], await installation.counted(ada)) == (5, {"held": (1, 0, 5)})
        assert await installation.running(ada) == 0


async def is_settled(installation):
    """Whether no row names a call."""
    async with installation.database() as database:
        return not await database.fetchval("SELECT count(*) FROM jobs WHERE call_id IS NOT NULL")


async def spent(installation, person):
    """Units of the day, by Redis."""
    async with installation.in_redis() as redis:
        return int(await redis.hget(partitions.of_user(person.id).day, "u") or 0)


def _is_done(name, step, when):
    """Whether the worker had sent this before it died."""
    return _STEPS.index(name) < step + (when == "after")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", range(len(_STEPS)))
async def test_one_that_is_cancelled_after_its_worker_died_keeps_its_units_only_if_it_had_started(
    installation, client_of, new_worker, monkeypatch, begin, step, when
):
    async with dead_at(installation, client_of, monkeypatch, begin, step, when) as (ada, client, job_id, _):
        cancelled = (await client.run(CANCEL, id=job_id))["cancelJob"]
        await lost(installation)

        new_worker()
        last = await reach(client, await made(client, wanted(1)), "SUCCEEDED")

        job = await reach(client, job_id, "SUCCEEDED", "CANCELLED")
        failed, kept = int(job["state"] == "CANCELLED"), job["units"]
        assert (cancelled["__typename"], job["state"], kept) == (
            ("NotFound", "SUCCEEDED", 5)
            if _is_done("ended", step, when)
            else ("JobCancelled", "CANCELLED", 5 if _is_done("started", step, when) else 0)
        )
        calls, failures = (2, failed) if kept else (1, 0)
        assert last["units"] == 5
        await until(partial(is_counted, installation, ada, {"held": (calls, failures, 5 + kept)}))
        assert await installation.running(ada) == 0
        assert await spent(installation, ada) == 5 + kept


async def test_the_reaper_leaves_a_call_alone_while_a_row_names_it(
    installation, client_of, new_worker, monkeypatch, begin, process
):
    _, gate, _ = process
    async with dead_at(installation, client_of, monkeypatch, begin, _STEPS.index("ended"), "after") as (ada, _, _, _):
        async with installation.database() as database:
            await database.execute("UPDATE jobs SET worker_until = now() + interval '1 h'")
        await installation.end_leases(ada)

        await gate.upkeep.reap()

        assert await installation.running(ada) == 1
        await lost(installation)
        new_worker()
        await until(partial(is_counted, installation, ada, {"held": (1, 0, 5)}))
        assert await installation.running(ada) == 0


async def test_the_reaper_ends_a_call_whose_job_was_deleted_with_its_user(
    installation, client_of, monkeypatch, begin, process
):
    _, gate, _ = process
    async with dead_at(installation, client_of, monkeypatch, begin, _STEPS.index("started"), "after") as (ada, *_):
        async with installation.database() as database:
            await database.execute("DELETE FROM jobs")
        await installation.end_leases(ada)

        await gate.upkeep.reap()

        assert await installation.running(ada) == 0
        assert await spent(installation, ada) == 0


async def test_a_worker_keeps_only_the_jobs_that_it_still_works_on(installation, client_of, process):
    ada = await installation.person()
    client = client_of(ada)
    worker = uuid4()
    claimed = []
    async with installation.database() as database:
        for number in range(2):
            await made(client, wanted(number))
            job = await queue.claim(worker, full=())
            assert job is not None
            claimed.append(job)
            # As if it had started: while one asks for admission, the next one waits.
            await database.execute("UPDATE jobs SET state = 'RUNNING' WHERE id = $1", job.id)
        await database.execute("UPDATE jobs SET worker_until = now()")

        kept = await queue.stay_alive(worker, [claimed[0].call_id])

        renewed = await database.fetch("SELECT id FROM jobs WHERE worker_until > now() + interval '5 s'")
    assert kept == {claimed[0].call_id}
    assert [row["id"] for row in renewed] == [claimed[0].id]
