"""One process of the service in a simulation: what it knows of Redis and Postgres, and when it is killed or frozen.

All of its tasks run in a context that names it. Between two steps it may be frozen, or killed: then none of its tasks
goes on.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from contextvars import ContextVar, copy_context
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from store.connections import Answer, Command, StoreDown, StoreRefused, Unanswered
from store.lua import Script
from store.raising import Raising
from store.redis import Outcome, Stamp
from store.script_requests import Packed, Prepare
from tests.histories.simulated_network import Network

if TYPE_CHECKING:
    from tests.histories.simulated_postgres import SimulatedPostgres

_current: ContextVar["SimulatedProcess"] = ContextVar("process")

_DEADLINE = 0.1
_EVERY = 0.5
_OLDEST_READING = 1.7


def current() -> "SimulatedProcess":
    return _current.get()


async def step(least: float = 0.0, most: float = 0.2) -> None:
    """Some ms, in which the current process may be frozen or killed."""
    await current().step(least, most)


class SimulatedProcess:
    def __init__(self, rng: random.Random, network: Network, postgres: "SimulatedPostgres") -> None:
        self.rng = rng
        self.at_its_end: list[Callable[[], None]] = []
        self.is_alive = True
        self.epoch = SimulatedEpoch(self, postgres)
        self.store = SimulatedStore(self, network, postgres)
        self._goes_on = asyncio.Event()
        self._goes_on.set()
        self._context = copy_context()
        self._context.run(_current.set, self)

    def start(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        return asyncio.get_running_loop().create_task(work, context=self._context.copy())

    async def step(self, least: float, most: float) -> None:
        await asyncio.sleep(self.rng.uniform(least, most) / 1000)
        await self._goes_on.wait()
        if not self.is_alive:
            await asyncio.Event().wait()

    def freeze(self, milliseconds: int) -> None:
        self._goes_on.clear()
        asyncio.get_running_loop().call_later(milliseconds / 1000, self._goes_on.set)

    def kill(self) -> None:
        self.is_alive = False
        for end in [*self.at_its_end]:
            end()


class SimulatedEpoch:
    """In place of `store.epoch.Epoch`."""

    def __init__(self, process: SimulatedProcess, postgres: "SimulatedPostgres") -> None:
        self.number = 0
        self.live: frozenset[int] = frozenset()
        self.retired_keys: set[str] = set()
        self.postgres_answers = True
        self._live_since = 0
        self._started_at = float("-inf")
        self._process = process
        self._postgres = postgres
        self._notified = asyncio.Event()
        postgres.notified.append(self._notified.set)

    async def watch(self) -> None:
        while True:
            await self.read()
            try:
                await asyncio.wait_for(self._notified.wait(), _EVERY)
            except TimeoutError:
                continue
            self._notified.clear()

    @property
    def is_fresh(self) -> bool:
        return asyncio.get_running_loop().time() - self._started_at < _OLDEST_READING

    async def fresh(self) -> None:
        while not self.is_fresh:
            await self.read()

    async def read(self) -> None:
        started_at = asyncio.get_running_loop().time()
        await self._process.step(0.1, 5.0)
        number, generation = self._postgres.epoch, self._postgres.newest_generation
        await self._process.step(0.1, 5.0)
        self.observe(number, [generation])
        self._started_at = started_at

    def observe(self, number: int, live: Sequence[int] | None = None, retired_keys: Sequence[str] = ()) -> None:
        # As `store.epoch.Epoch` does.
        if live is not None and number >= self._live_since:
            self.live, self._live_since = frozenset(live), number
        self.number = max(self.number, number)


class SimulatedStore:
    """In place of `store.redis.Store`."""

    def __init__(self, process: SimulatedProcess, network: Network, postgres: "SimulatedPostgres") -> None:
        self.up = False
        self.raising = Raising()
        self._process = process
        self._network = network
        self._postgres = postgres
        self._identity = 0
        self._number = 0
        self._failed = asyncio.Event()
        # While the circuit is open and the next probe has not ended.
        self._probed: asyncio.Event | None = None

    @property
    def epoch(self) -> SimulatedEpoch:
        return self._process.epoch

    def generation(self, key: str) -> int:
        return max(self.epoch.live, default=0)

    def is_up(self, key: str) -> bool:
        return self.up

    def shares(self, keys: Iterable[str]) -> list[list[str]]:
        return [[*keys]]

    def may_answer(self, key: str) -> bool:
        return self.up or self._probed is not None

    async def watch(self) -> None:
        while True:
            await self._probe()
            try:
                await asyncio.wait_for(self._failed.wait(), _EVERY)
            except TimeoutError:
                continue
            self._failed.clear()

    async def run(
        self,
        script: Script,
        prepare: Prepare,
        *,
        key: str,
        unclaimed: Callable[[Outcome], None] | None = None,
    ) -> Answer:
        running = asyncio.ensure_future(self._run(script, prepare))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            if unclaimed is not None and not running.cancelled():
                running.add_done_callback(lambda ended: ended.cancelled() or unclaimed(_outcome(ended)))
            raise

    async def batch(self, commands: Sequence[Command], *, within: timedelta = timedelta(seconds=0.1)) -> list[Any]:
        await self._process.step(0, 0.2)
        self._refuse_if_down()
        answers: list[Any] = await self._send(
            lambda: [self._network.redis.command(str(name), *arguments) for name, *arguments in commands],
            within.total_seconds(),
        )
        return answers

    async def _run(self, script: Script, prepare: Prepare) -> Answer:
        await self._process.step(0, 0.2)
        if self._probed is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._probed.wait(), _DEADLINE)
        self._refuse_if_down()
        # An estimate that is never ahead of Redis' clock.
        now = self._network.redis.now - self._process.rng.randrange(3)
        head, arguments = prepare(Stamp(self.epoch.number, self._number, now, now + int(_DEADLINE * 1000)))
        keys, first = (head.keys, head.arguments) if isinstance(head, Packed) else (head, ())
        arguments = [*first, *arguments]
        values = await self._send(lambda: self._network.redis.run(script, keys, arguments), _DEADLINE)
        return Answer(values, self._number)

    async def _send(self, execute: Callable[[], Any], within: float) -> Any:
        answered = self._network.send(execute, self._identity)
        await asyncio.wait({answered}, timeout=within)
        await self._process.step(0, 0.2)
        try:
            if answered.done():
                return answered.result()
            raise Unanswered("no answer in time")
        except StoreDown:
            if self.up:
                self._probed = asyncio.Event()
            self.up = False
            self._failed.set()
            raise

    def _refuse_if_down(self) -> None:
        if not self.up:
            raise StoreRefused("the circuit is open")
        if self._number not in self.epoch.live:
            raise StoreRefused("this is an older server")

    async def _probe(self) -> None:
        try:
            identity = await self._network.identity(_DEADLINE)
            await self._process.step(0.1, 3)
            if self._identity != identity or not self.up:
                # No other step may come between: Postgres does it in one transaction.
                self._identity, self._number = identity, self._postgres.register(identity)
                await self._process.step(0.1, 3)
                self.epoch.observe(self._postgres.epoch, [self._postgres.newest_generation])
            self.up = True
        except StoreDown:
            self.up = False
        if self._probed is not None:
            self._probed.set()
            self._probed = None


def _outcome(ended: "asyncio.Future[Answer]") -> Outcome:
    error = ended.exception()
    return ended.result() if error is None else error  # type: ignore[return-value]
