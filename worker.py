"""`gatehouse worker`: sends the emails, runs jobs, and runs the repeated tasks.

Any number of workers may run side by side: each email is taken by one of them, and each repeated task, or each part of
one that is shared, is run by one worker at a time.
"""

import asyncio
import logging
import signal
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from math import inf
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

import errors
from access.keyring import Keyring
from access.sealing import Sealer
from db import cleaning, connection, postgres
from db.postgres import PostgresDown
from email_templates.delivery import Delivery, count_jobs
from limits import partitions
from limits.gate import Gate
from limits.upkeep import Upkeep
from objects.objects import Objects
from resolvers import expiry_mails
from resolvers.jobs import counting, settling
from resolvers.jobs.worker import Jobs
from settings import Settings
from store.redis import StoreDown
from telemetry import exposition, loops, metrics, traces, watchdog
from webhooks import delivery as webhooks

logger = logging.getLogger(__name__)

_DRAIN_WITHIN = timedelta(seconds=10)
# Values that only metrics show need not be newer.
_LOOK_EVERY = timedelta(seconds=15)

# A turn compares what is due, each user and day once an hour.
_COMPARE_EVERY = timedelta(minutes=1)
_COMPARED_WITHIN = timedelta(minutes=10)

# Each is a request to the object store, and many jobs may end together.
_OBJECTS_WITHIN = timedelta(minutes=10)

# The first half of a two-part advisory lock; the second is made from the task's name.
LOCKS = 0x6761_7465
# A frozen worker that is not dead would keep its lock for ever.
LOCK_FOR = timedelta(seconds=10)
_LOCK = """
SELECT pg_try_advisory_xact_lock($1, $2) AS ours, set_config('idle_in_transaction_session_timeout', $3, true)
"""


@dataclass(frozen=True, slots=True)
class Task:
    """A repeated task. Two workers may run it at once without harm, because a lock may be lost."""

    name: str
    every: timedelta
    do: Callable[[], Awaitable[object]]
    # Much longer than it takes without faults, and than the deadlines inside it.
    within: timedelta = timedelta(minutes=1)
    # Whether each worker runs it, because it is about the state of this process.
    by_each: bool = False
    # Asked before the lock is taken, which costs more than the question: mostly there is nothing to do.
    is_due: Callable[[], Awaitable[bool]] | None = None

    @property
    def parts(self) -> Sequence["Task"]:
        return [self]


@dataclass(frozen=True, slots=True)
class SharedTask:
    """One that several workers do at the same time: each takes one part after the other that no other worker has."""

    name: str
    every: timedelta
    parts: Sequence[Task]
    within: timedelta = timedelta(minutes=1)


async def run(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT; running work then has 10 seconds to end, and jobs their grace.

    Raises SettingsError.
    """
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    delivery, gate, objects = Delivery(settings), Gate(settings), Objects(settings)
    async with AsyncExitStack() as closing:
        closing.enter_context(exposition.serving(settings))
        closing.enter_context(traces.sending(settings, role="worker"))
        await connection.connect(settings)
        closing.push_async_callback(connection.close)
        closing.push_async_callback(gate.aclose)
        await gate.start()
        watching = asyncio.create_task(_watch(gate))
        closing.callback(watching.cancel)
        closing.enter_context(watchdog.watching(settings.standstill))
        sealer = Sealer(Keyring(settings.signing_keys_file, gate.retired_keys).keys)
        senders = (delivery, webhooks.WebhookDelivery(settings, sealer))
        await _work(senders, Jobs(settings, gate, objects), tasks(gate, objects, settings), stopping, watching)


async def _watch(gate: Gate) -> None:
    metrics.DEPENDENCY_UP.labels("redis").set_function(lambda: gate.is_redis_up)
    metrics.DEPENDENCY_UP.labels("postgres").set_function(lambda: gate.is_postgres_up)
    async with asyncio.TaskGroup() as watchers:
        watchers.create_task(gate.watch())
        watchers.create_task(loops.watch_lag())


def tasks(gate: Gate, objects: Objects, settings: Settings) -> Sequence[Task | SharedTask]:
    second, minute, hour = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
    upkeep = gate.upkeep
    return [
        _rollup(upkeep, second),
        Task("reaping", second, upkeep.reap, is_due=upkeep.is_reaping_due),
        Task("comparing", _COMPARE_EVERY, upkeep.compare, within=_COMPARED_WITHIN),
        Task("revocations", second, upkeep.finish_revocations, is_due=upkeep.is_revocation_due),
        Task("job_ends", second, partial(settling.tend, gate), is_due=settling.is_due),
        Task("expiry_mails", minute, expiry_mails.send),
        Task("cleaning", hour, lambda: clean(settings)),
        Task("objects", minute, objects.clean, within=_OBJECTS_WITHIN),
        Task("counting", _LOOK_EVERY, count_jobs, by_each=True),
        Task("counting_webhooks", _LOOK_EVERY, webhooks.count, by_each=True),
        Task("counting_jobs", _LOOK_EVERY, counting.count, by_each=True),
        Task("measuring", _LOOK_EVERY, lambda: measure(upkeep), by_each=True),
    ]


def _rollup(upkeep: Upkeep, every: timedelta) -> SharedTask:
    groups = [
        Task(f"rollup {number}", every, partial(upkeep.roll_up, names), is_due=partial(upkeep.is_rollup_due, names))
        for number, names in enumerate(partitions.groups())
    ]
    return SharedTask("rollup", every, groups)


async def _work(
    senders: tuple[Delivery, webhooks.WebhookDelivery],
    jobs: Jobs,
    tasks: Sequence[Task | SharedTask],
    stopping: asyncio.Event,
    watching: asyncio.Task[None],
) -> None:
    mails, webhook_delivery = senders
    running: set[asyncio.Task[Any]] = {asyncio.create_task(repeat(task, stopping), name=task.name) for task in tasks}
    running.add(asyncio.create_task(mails.run(), name="delivery"))
    running.add(asyncio.create_task(webhook_delivery.run(stopping), name="webhooks"))
    running.add(asyncio.create_task(jobs.run(stopping), name="jobs"))
    logger.info("The worker is ready")
    stop: asyncio.Task[Any] = asyncio.create_task(stopping.wait())
    # None of them ends by itself; if a bug ends one, the worker ends, and the process manager sees it.
    ended, _ = await asyncio.wait({stop, watching, *running}, return_when=asyncio.FIRST_COMPLETED)
    stopping.set()
    mails.stop()
    done, late = await asyncio.wait(running, timeout=(_DRAIN_WITHIN + jobs.grace).total_seconds())
    if late:
        logger.warning("Left undone: %s", ", ".join(sorted(one.get_name() for one in late)))
        await asyncio.gather(mails.abandon(), webhook_delivery.abandon())
    for one in late:
        one.cancel()
    for one in ended | done:
        one.result()


async def repeat(task: Task | SharedTask, stopping: asyncio.Event) -> None:
    """Logs a failure, and again each minute while it lasts; the other tasks go on."""
    await loops.forever(
        task.name, partial(_do, task), every=task.every, within=task.within, until=stopping, is_outage=_is_outage
    )


async def _do(task: Task | SharedTask) -> None:
    done = 0
    failed: list[Exception] = []
    try:
        for part in task.parts:
            try:
                done += await _do_part(part)
            except Exception as error:  # the parts after this one are done in any case
                failed.append(error)
        if failed:
            raise failed[0] if len(failed) == 1 else _together(failed)
    except BaseException:
        metrics.TASKS.labels(task.name, "failed").inc()
        raise
    if done:
        metrics.TASKS.labels(task.name, "done").inc()
        metrics.TASK_DONE_AT.labels(task.name).set_to_current_time()


async def _do_part(part: Task) -> bool:
    """False: another worker is at it."""
    if part.is_due is not None and not await part.is_due():
        return True
    async with _turn(part) as is_ours:
        if is_ours:
            await part.do()
    return is_ours


def _together(failed: Sequence[Exception]) -> ExceptionGroup[Exception]:
    """All that failed, each text once: an outage is logged in one line."""
    said = dict.fromkeys(f"{type(error).__name__}: {error}" for error in failed)
    return ExceptionGroup("; ".join(said), failed)


def _is_outage(error: BaseException) -> bool:
    """An unreachable server is an outage, not a bug."""
    if isinstance(error, BaseExceptionGroup):
        return all(map(_is_outage, error.exceptions))
    return isinstance(error, PostgresDown | StoreDown | errors.ServiceUnavailable) or postgres.is_outage(error)


def _turn(task: Task) -> AbstractAsyncContextManager[bool]:
    return nullcontext(True) if task.by_each else _alone(task.name)


async def measure(upkeep: Upkeep) -> None:
    metrics.ROLLUP_LAG_SECONDS.set((await upkeep.rollup_lag()).total_seconds())
    of_servers = await upkeep.redis_info()
    # Of a cluster, the master that has the least room: when it is full, its callers are refused.
    fullest = max(of_servers, key=lambda info: (info["used_memory"] / (info["maxmemory"] or inf), info["used_memory"]))
    metrics.REDIS_MEMORY_BYTES.labels("used").set(fullest["used_memory"])
    metrics.REDIS_MEMORY_BYTES.labels("most").set(fullest["maxmemory"])
    # Only a server that keeps a file reports it.
    metrics.REDIS_DELAYED_SYNCS.set(sum(info.get("aof_delayed_fsync", 0) for info in of_servers))
    # Last: while Postgres is away, the logs in Redis grow, and the values above are needed most.
    total = await upkeep.comparison()
    metrics.USAGE_COMPARED.labels("agree").set(total.agreeing)
    metrics.USAGE_COMPARED.labels("differ").set(total.differing)
    metrics.USAGE_COMPARED.labels("unreadable").set(total.unreadable)
    metrics.USAGE_UNITS_APART.set(total.units_apart)
    if total.since is not None:
        metrics.USAGE_COMPARED_AT.set(total.since.timestamp())


async def clean(settings: Settings) -> None:
    # By one clock for all workers: rows deleted by a wrong clock do not come back.
    await cleaning.clean(await cleaning.now(), usage_hours=settings.usage_hours_kept, jobs=settings.jobs_kept_for)


@asynccontextmanager
async def _alone(name: str) -> AsyncIterator[bool]:
    """Whether no other worker does it at this moment. It saves work; two at once do no harm."""
    async with in_transaction() as tx:
        idle_for = str(LOCK_FOR // timedelta(milliseconds=1))
        (answer,) = await tx.execute_query_dict(_LOCK, [LOCKS, zlib.crc32(name.encode()) - 2**31, idle_for])
        done = asyncio.Event()
        awake = asyncio.create_task(_stay_awake(tx, done))
        try:
            yield answer["ours"]
        finally:
            # Not cancelled: an interrupted statement would make the transaction unusable.
            done.set()
            await asyncio.wait({awake})
            awake.exception()


async def _stay_awake(tx: BaseDBAsyncClient, done: asyncio.Event) -> None:
    """The transaction with the lock is idle while its task works elsewhere, for longer perhaps than it may be."""
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOCK_FOR.total_seconds() / 4):
                await done.wait()
        if done.is_set():
            return
        await tx.execute_query_dict("SELECT 1")
