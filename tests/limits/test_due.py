"""What a worker asks before it takes a lock: whether there is anything to do."""

import time
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from tortoise.transactions import in_transaction

from db import postgres
from limits import partitions, reaper, revocation, rollup
from limits.entries import Outcome
from resolvers.jobs import queue, settling
from tests.histories.history import Job
from tests.histories.real_jobs import RealJobs
from tests.limits.people import inference

JOB = Job(
    number=1,
    at=0,
    person=0,
    is_token=False,
    cost=1,
    milliseconds=0,
    is_ours=False,
    cancelled_after=None,
    expires_after=60_000,
)


async def test_a_rollup_is_due_while_a_call_of_its_partitions_waits(limiter):
    ada = await limiter.session()
    own = partitions.of(ada.user_id)
    others = [name for name in partitions.of_users() if name != own]
    assert not await rollup.is_due(limiter.store, [own])

    await limiter.call(ada)
    assert await rollup.is_due(limiter.store, [own])
    assert not await rollup.is_due(limiter.store, others)

    await rollup.roll_up_all(limiter.store, [own])
    assert not await rollup.is_due(limiter.store, [own])


async def test_a_rollup_is_due_while_an_earlier_server_has_left_a_log(limiter):
    own = partitions.of((await limiter.session()).user_id)
    generation = limiter.store.generation(own) + 1
    await limiter.store.batch([("SADD", partitions.logs(own), generation)])
    assert await rollup.is_due(limiter.store, [own])

    # Its last entry is older than an hour.
    await rollup.roll_up_all(limiter.store, [own])
    assert not await rollup.is_due(limiter.store, [own])


async def test_the_reaper_is_due_while_a_call_is_open(limiter):
    ada = await limiter.session()
    assert not await reaper.is_due(limiter.store)

    admission = await limiter.gate.admit(ada, inference())
    assert await reaper.is_due(limiter.store)

    await limiter.gate.settle(admission, [Outcome("text", 1, 0, 1)])
    assert not await reaper.is_due(limiter.store)


async def test_without_redis_they_are_due_so_that_the_work_says_what_is_wrong(limiter):
    names = [*partitions.of_users()]
    limiter.server.kill()
    try:
        assert await rollup.is_due(limiter.store, names)
        assert await reaper.is_due(limiter.store)
    finally:
        limiter.server.start()


async def test_a_revocation_is_due_while_its_process_has_not_confirmed_it(limiter):
    ada = await limiter.session()
    async with in_transaction() as transaction:
        event = await revocation.note(transaction, ada.user_id, ada.id)
    # The process that noted it has ten seconds.
    assert not await revocation.is_due()
    assert await revocation.is_due(older_than=timedelta(0))

    await revocation.confirm(limiter.store, event)
    assert not await revocation.is_due(older_than=timedelta(0))


async def test_the_ends_of_jobs_are_due_while_one_waits_or_has_lost_its_worker(limiter):
    jobs = RealJobs([JOB], {(0, False): await limiter.session()})
    assert not await settling.is_due()

    await jobs.play(time.time())
    assert await settling.is_due()

    worker = uuid4()
    claimed = await queue.claim(worker, full=())
    assert claimed is not None
    assert await queue.start(claimed, worker, claimed.lease)
    assert not await settling.is_due()

    await postgres.rows("UPDATE jobs SET worker_until = clock_timestamp()")
    assert await settling.is_due()

    started = replace(claimed, state="RUNNING", has_started=True, units=1)
    assert await queue.end(started, worker, queue.End(state="FAILED"))
    assert not await settling.is_due()  # its worker has time to settle it

    await postgres.rows("UPDATE jobs SET worker_until = clock_timestamp()")
    assert await settling.is_due()

    await settling.tend(limiter.gate)
    assert not await settling.is_due()
