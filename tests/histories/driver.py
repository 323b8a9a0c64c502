"""A separate process of a replay: `python -m tests.histories.driver`. It reads settings, and writes lines of the log.

It admits the calls of its clients, or does what a worker does until it is killed.
"""

import asyncio
import os
import sys
import time
from typing import Any

import orjson

import errors
from db import connection
from db.postgres import PostgresDown
from limits.gate import Gate
from objects.objects import Objects
from resolvers.jobs import settling
from settings import Settings
from store.redis import StoreDown
from tests.histories import history
from tests.histories.clients import Clients
from tests.histories.jobs import HistoryJobs
from tests.limits.driver import credential
from tests.limits.people import running


async def main() -> None:
    asked = orjson.loads(sys.stdin.buffer.readline())
    settings = Settings.from_environ(asked["environ"])
    await connection.connect(settings)
    async with running(settings) as gate:
        write({"what": "ready"})
        began_at = orjson.loads(await asyncio.to_thread(sys.stdin.buffer.readline))
        if asked["process"] is None:
            await _work(gate, settings, has_jobs=bool(history.of_seed(asked["seed"], asked["kind"]).jobs))
        else:
            await _serve(gate, asked, began_at)
            write({"what": "ended"})
            await asyncio.to_thread(sys.stdin.buffer.read)
    await connection.close()


def now() -> int:
    """By the clock that Redis on this machine has."""
    return int(time.time() * 1000)


def write(line: Any) -> None:
    """At once, so that it is not lost if the process is killed."""
    os.write(1, orjson.dumps(line) + b"\n")


async def _serve(gate: Gate, asked: Any, began_at: float) -> None:
    played = history.of_seed(asked["seed"], asked["kind"])
    credentials = {(person, is_token): credential(values) for person, is_token, values in asked["credentials"]}
    clients = Clients(credentials, admit=gate.admit, settle=gate.settle, renew=gate.renew_slot, now=now, write=write)
    elapsed = time.time() - began_at
    await clients.run(played.clients[asked["process"]], began_at=asyncio.get_running_loop().time() - elapsed)


async def _work(gate: Gate, settings: Settings, *, has_jobs: bool) -> None:
    jobs = HistoryJobs(settings, gate, Objects(settings))
    running = asyncio.create_task(jobs.run(asyncio.Event())) if has_jobs else None
    while running is None or not running.done():
        if jobs.faults:
            raise jobs.faults[0]
        try:
            began_at = now()
            await gate.upkeep.roll_up()
            write({"what": "rolled_up", "at": began_at})
            await gate.upkeep.reap()
            await gate.upkeep.finish_revocations()
            if has_jobs:
                await settling.tend(gate)
        except (StoreDown, PostgresDown, errors.ServiceUnavailable):
            pass  # as in the worker: the next turn tries again
        await asyncio.sleep(1)
    running.result()


if __name__ == "__main__":
    asyncio.run(main())
