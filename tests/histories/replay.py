"""Runs a history on real processes and servers: two that admit, two workers, and this one, which disturbs them."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

import errors
from access.credentials import Credential
from db import postgres
from limits import partitions, rollup
from store.redis import StoreDown
from tests.histories import checker, jobs
from tests.histories.checker import End
from tests.histories.clients import Line
from tests.histories.driver import now
from tests.histories.history import JOB_MODEL, MODEL, PROCESSES, WORKERS, Event, History, What
from tests.histories.real_jobs import RealJobs
from tests.limits.driver import plain
from tests.limits.people import Limiter, soon
from tests.redis_cluster import NODE_TIMEOUT_MILLISECONDS, RedisCluster

_ROOT = Path(__file__).parents[2]
_USAGE = """
SELECT user_id, token_id IS NOT NULL AS is_token, sum(calls)::bigint AS calls, sum(failed)::bigint AS failed,
       sum(units)::bigint AS units
FROM usage WHERE user_id = ANY($1::uuid[]) AND model = $2 GROUP BY 1, 2
"""
_MODELS = "SELECT count(*) AS others FROM usage WHERE user_id = ANY($1::uuid[]) AND model <> ALL($2::text[])"
_REJECTED = "SELECT count(*) AS rejected FROM usage_rejected"


async def broken(history: History, limiter: Limiter) -> list[str]:
    """The promises that are broken. `limiter` has an empty Redis."""
    replay = _Replay(history, limiter)
    end = await replay.play()
    found = checker.broken(history, replay.lines, end, is_simulated=False)
    if found:
        # What happened here need not happen again.
        print(*replay.lines, *end.jobs, sep="\n")
    return found


class _Process:
    """One driver. All that it writes goes to `heard`, until it ends."""

    def __init__(self, running: asyncio.subprocess.Process, heard: Callable[[Line], None]) -> None:
        self._running = running
        self._ready, self._ended = asyncio.Event(), asyncio.Event()
        self._reading = asyncio.create_task(self._read(heard))

    async def begin(self, began_at: float) -> None:
        await self._ready.wait()
        assert self._running.stdin is not None
        self._running.stdin.write(orjson.dumps(began_at) + b"\n")
        await self._running.stdin.drain()

    async def has_ended(self) -> bool:
        return self._ended.is_set()

    def send(self, number: int) -> None:
        self._running.send_signal(number)

    async def kill(self) -> None:
        if self._running.returncode is None:
            self._running.kill()
            await self._running.wait()
        await self._reading

    async def _read(self, heard: Callable[[Any], None]) -> None:
        assert self._running.stdout is not None
        async for line in self._running.stdout:
            read = orjson.loads(line)
            if read["what"] == "ready":
                self._ready.set()
            elif read["what"] == "ended":
                self._ended.set()
            else:
                heard(read)


class _Replay:
    def __init__(self, history: History, limiter: Limiter) -> None:
        self.lines: list[Line] = []
        self._history = history
        self._limiter = limiter
        self._credentials: dict[tuple[int, bool], Credential] = {}
        self._jobs = RealJobs(history.jobs, self._credentials)
        self._processes: list[_Process] = []
        self._workers: list[_Process] = []
        self._disturbing: list[asyncio.Task[None]] = []
        self._at_redis, self._replacing = asyncio.Lock(), asyncio.Lock()
        self._began_at = 0.0

    async def play(self) -> End:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._kill_all)
            await self._add_people()
            self._processes = [await self._start(number) for number in range(PROCESSES)]
            self._workers = [await self._start(None) for _ in range(WORKERS)]
            self._began_at = time.time()
            await asyncio.gather(*(one.begin(self._began_at) for one in (*self._processes, *self._workers)))
            making = asyncio.create_task(self._jobs.play(self._began_at))
            for event in sorted(self._history.events, key=lambda event: event.at):
                await asyncio.sleep(self._began_at + event.at / 1000 - time.time())
                self._disturbing.append(asyncio.create_task(self._disturb(event)))
            await asyncio.gather(making, *self._disturbing)
            for process in self._processes:
                assert await soon(process.has_ended, within=120)
            return await self._end()

    async def _add_people(self) -> None:
        for number, person in enumerate(self._history.people):
            user = await self._limiter.user(
                per_minute=person.per_minute, per_day=person.per_day, at_once=person.at_once, of_model=person.of_model
            )
            self._credentials[number, False] = await self._limiter.session_of(user)
            self._credentials[number, True] = await self._limiter.token_of(user, per_minute=person.own)

    async def _start(self, number: int | None) -> _Process:
        """`number` None: a worker."""
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.histories.driver"),
            cwd=_ROOT,
            env={"PATH": os.environ["PATH"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        asked = {
            "environ": self._limiter.environ | {f"GATEHOUSE_{name}": value for name, value in jobs.SETTINGS.items()},
            "process": number,
            "seed": self._history.seed,
            "kind": self._history.kind,
            "credentials": [(*key, plain(credential)) for key, credential in self._credentials.items()],
        }
        assert running.stdin is not None
        running.stdin.write(orjson.dumps(asked) + b"\n")
        return _Process(running, self.lines.append)

    async def _disturb(self, event: Event) -> None:
        seconds = event.milliseconds / 1000
        match event.what:
            case "kill":
                await self._replace(self._processes, event.of, event.of)
            case "kill_worker":
                await self._replace(self._workers, event.of, None)
            case "freeze":
                process = self._processes[event.of]
                await self._hold(lambda: process.send(signal.SIGSTOP), lambda: process.send(signal.SIGCONT), seconds)
            case "freeze_worker":
                worker = self._workers[event.of]
                await self._hold(lambda: worker.send(signal.SIGSTOP), lambda: worker.send(signal.SIGCONT), seconds)
            case "revoke":
                await self._revoke(event.of)
            case _:
                # One after another: a server that stands still cannot be told to lose its data.
                async with self._at_redis:
                    await self._disturb_redis(event.what, seconds)

    async def _disturb_redis(self, what: What, seconds: float) -> None:
        if isinstance(self._limiter.server, RedisCluster) and what != "flush":
            await self._disturb_master(self._limiter.server, what, seconds)
            return
        match what:
            case "stall" | "mute":
                # The answers of a real Redis cannot be held up by themselves.
                server = self._limiter.server
                await self._hold(server.pause, server.resume, seconds)
            case "flush":
                self._note("flush")
                await self._limiter.redis.flushall()
            case "restart":
                self._note("restart")
                await self._limiter.kill_redis(until_served=False)

    async def _disturb_master(self, cluster: RedisCluster, what: What, seconds: float) -> None:
        """Of the first person's keys. A replica may take its place, and lacks what it had not heard."""
        master = await asyncio.to_thread(cluster.owner, partitions.of(self._credentials[0, False].user_id))
        self._note("unsure")
        if what == "restart":
            master.kill()
            await asyncio.sleep(3 * NODE_TIMEOUT_MILLISECONDS / 1000)
        else:
            await self._hold(master.pause, master.resume, seconds)
        await asyncio.to_thread(cluster.start)
        self._note("sure")

    async def _replace(self, processes: list[_Process], of: int, number: int | None) -> None:
        # One after another: a process that is killed before it is ready never begins.
        async with self._replacing:
            killed = processes[of]
            processes[of] = await self._start(number)
            await killed.kill()
            if number is not None:
                self._note("killed", process=number)
            await processes[of].begin(self._began_at)

    async def _hold(self, stop: Callable[[], None], go_on: Callable[[], None], seconds: float) -> None:
        try:
            stop()
            await asyncio.sleep(seconds)
            go_on()
        except ProcessLookupError:
            pass  # it was killed meanwhile

    async def _revoke(self, person: int) -> None:
        self._note("revokes", person=person)
        event = await self._limiter.revoke(self._credentials[person, True])
        try:
            await self._limiter.gate.confirm(event)
        except errors.ServiceUnavailable:
            return
        self._note("revoked", person=person)

    async def _end(self) -> End:
        people = [self._credentials[number, False].user_id for number in range(len(self._history.people))]

        async def has_ended() -> bool:
            return self._limiter.store.up and not sum([(await self._limiter.state(one))["open"] for one in people])

        assert await soon(self._jobs.have_ended, within=180)
        # Leases end, and a worker reaps what its process did not settle.
        ended = await soon(has_ended, within=60)
        await self._until(lambda: rollup.roll_up_all(self._limiter.store))
        states = [await self._limiter.state(one) for one in people]
        (rejected,) = await postgres.rows(_REJECTED)
        (models,) = await postgres.rows(_MODELS, people, [MODEL, JOB_MODEL])
        assert models["others"] == 0
        return End(
            jobs=await self._jobs.ended(),
            usage_of_jobs=await self._usage(people, JOB_MODEL),
            usage=await self._usage(people, MODEL),
            days={number: state["day"] for number, state in enumerate(states)},
            slots=sum(state["slots"] for state in states),
            open=sum(state["open"] for state in states) if not ended else 0,
            rejected=rejected["rejected"],
        )

    async def _usage(self, people: Sequence[UUID], model: str) -> dict[tuple[int, bool], tuple[int, int, int]]:
        return {
            (people.index(row["user_id"]), row["is_token"]): (row["calls"], row["failed"], row["units"])
            for row in await postgres.rows(_USAGE, people, model)
        }

    async def _until(self, done: Callable[[], Awaitable[None]]) -> None:
        async def is_done() -> bool:
            try:
                await done()
            except StoreDown:
                return False
            return True

        assert await soon(is_done)

    async def _kill_all(self) -> None:
        for process in (*self._processes, *self._workers):
            process.send(signal.SIGCONT)
            await process.kill()

    def _note(self, what: str, **values: int) -> None:
        self.lines.append({"what": what, "at": now(), **values})  # type: ignore[typeddict-item]
