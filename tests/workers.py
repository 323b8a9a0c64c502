"""Workers over a database of the test's own, and what waits in it."""

import asyncio

import asyncpg
import pytest

from tests.service import Worker


@pytest.fixture
def new_worker(worker_settings, tmp_path):
    workers: list[Worker] = []

    def make(**changes):
        changed = {f"GATEHOUSE_{name}": value for name, value in changes.items()}
        workers.append(Worker(worker_settings | changed, tmp_path / f"worker-{len(workers)}.log"))
        return workers[-1]

    yield make
    for one in workers:
        one.kill()


@pytest.fixture
async def waiting(migrated):
    """How many emails the outbox holds."""
    connection = await asyncpg.connect(migrated)
    yield lambda: connection.fetchval("SELECT count(*) FROM pgqueuer")
    await connection.close()


async def fall_silent(migrated):
    """As time does to the emails of a worker that was killed."""
    connection = await asyncpg.connect(migrated)
    await connection.execute("UPDATE pgqueuer SET heartbeat = now() - interval '16 s' WHERE status = 'picked'")
    await connection.close()


async def is_zero(count):
    return await count() == 0


async def start(*workers):
    await asyncio.gather(*(asyncio.to_thread(one.start) for one in workers))


async def is_one(count):
    return await count() == 1
