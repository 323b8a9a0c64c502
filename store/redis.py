"""How this process uses Redis: every command has a deadline, is sent once, and goes to a known server.

A command that Redis does not answer in time opens the circuit, and a probe asks at once whether Redis answers. Scripts
wait for it, a tenth of a second at most. If it finds that Redis does not answer, all further commands are refused at
once, until a later probe finds that Redis answers again.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from redis.asyncio.connection import parse_url

from db.postgres import PostgresDown
from settings import Settings, SettingsError
from store import deadlines, identities
from store.clock import Clock
from store.connections import Answer, ClusterFound, Command, RedisConnection, StoreDown, StoreRefused
from store.epoch import Epoch
from store.lua import Script
from store.pipeline import DEADLINE, Pipeline
from store.pool import SLOTS, Pool
from store.script_requests import Outcome, ScriptCall, Stamp
from telemetry import loops, metrics, traces

__all__ = ["Answer", "Outcome", "ScriptCall", "Stamp", "Store", "StoreDown"]

logger = logging.getLogger(__name__)

_MILLISECOND = timedelta(milliseconds=1)
_PROBE_EVERY = timedelta(seconds=0.5)
# Each step of a probe has a shorter deadline. A probe may register a new server in Postgres and open 16 connections.
_PROBE_WITHIN = timedelta(seconds=8)
# How long a batch waits for a slot. If Redis does not answer, the circuit opens earlier and ends the wait.
_WAIT_SECONDS = 1.0


class Store:
    """One per process. Commands are refused until `watch` runs.

    `up` is whether Redis answers, so that the circuit is closed. `is_cluster` is whether the last probe found a Redis
    Cluster, which cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError for a malformed address."""
        self.epoch = Epoch(settings)
        self.up = False
        self.is_cluster = False
        self._url = _checked(str(settings.redis_url))
        self._clock = Clock()
        self.pool = Pool(self._url, self.epoch, is_up=lambda: self.up)
        self._pipeline = Pipeline(
            self.pool,
            self._clock,
            stamp=self._stamp,
            is_up=lambda: self.up,
            is_in_doubt=lambda: self._doubt is not None,
            open_circuit=self._open_circuit,
        )
        self._slots = asyncio.Semaphore(SLOTS)
        self._prober: RedisConnection | None = None
        self._failed = asyncio.Event()
        # Runs from the moment when the circuit opens until the next probe has found whether Redis answers.
        self._doubt: deadlines.Deadline | None = None
        metrics.EPOCH.set_function(lambda: self.epoch.number)

    @property
    def may_answer(self) -> bool:
        """Whether Redis answers, or a script would wait for the probe that finds out."""
        return self.up or self._doubt is not None

    @property
    def generation(self) -> int:
        """The number of the Redis server that is in use."""
        return self.epoch.newest_generation

    def run(
        self,
        script: Script,
        prepare: Callable[[Stamp], ScriptCall],
        *,
        unclaimed: Callable[[Outcome], None] | None = None,
    ) -> Coroutine[Any, Any, Answer]:
        """The answer of the script. `prepare` returns its keys and arguments, or raises an error for the caller.

        It is called just before they are written. A caller who leaves does not stop the script: `unclaimed` then gets
        the answer, or the error. Raises StoreRefused if the script did not run, and StoreDown if it may still run.
        """
        answer = self._pipeline.run(script, prepare, unclaimed)
        return _traced(script, answer) if traces.is_recording() else answer

    async def drain(self) -> None:
        """Returns when no script of this process waits or is unanswered."""
        await self._pipeline.drain()

    async def batch(self, commands: Sequence[Command], *, within: timedelta = DEADLINE) -> list[Any]:
        """Sends plain commands in one go and returns their answers. Raises StoreDown."""
        return await asyncio.shield(asyncio.create_task(self._batch(commands, within)))

    async def answers(self) -> bool:
        """Whether Redis answers a new connection within the deadline."""
        connection = RedisConnection(self._url)
        try:
            await deadlines.keep(connection.open(), DEADLINE)
        except StoreDown as error:
            logger.info("Redis does not answer: %s", error)
            return False
        finally:
            connection.close()
        return True

    async def watch(self) -> None:
        """Probes Redis twice a second, and at once after a command without an answer."""
        await loops.forever("store", self.probe, every=_PROBE_EVERY, within=_PROBE_WITHIN, wake=self._failed)

    async def probe(self) -> None:
        """Finds out whether Redis answers and which server it is. Raises no errors of Redis or Postgres, only bugs."""
        try:
            await self._examine()
        except asyncio.CancelledError:
            # A connection whose command was cancelled cannot be used again.
            self._drop_connections()
            raise
        except Exception as error:
            self._note_down(error)
            self._drop_connections()
            self._end_doubt()
            if not isinstance(error, StoreDown | PostgresDown):
                raise
        else:
            self.up, self.is_cluster = True, False
            self._end_doubt()
            await self._pipeline.connect()
            await self.pool.fill(DEADLINE)

    async def aclose(self) -> None:
        self.up = False
        self._end_doubt()
        self._drop_connections()
        self._pipeline.close()
        await self.epoch.aclose()

    async def _batch(self, commands: Sequence[Command], within: timedelta) -> list[Any]:
        async with self._connection(str(commands[0][0]).lower(), within) as connection:
            return await connection.batch(commands)

    @asynccontextmanager
    async def _connection(self, name: str, within: timedelta) -> AsyncIterator[RedisConnection]:
        """For one batch. Use it in a separate task: a cancellation would break the connection."""
        await self._wait_for_slot()
        try:
            # The circuit may have opened during the wait.
            if not self.up:
                raise StoreRefused("the circuit is open")
            with traces.span(f"redis {name}"), metrics.REDIS_SECONDS.labels(name).time():
                async with self.pool.borrow(within) as connection:
                    yield connection
        except StoreRefused as error:
            metrics.REDIS_FAILURES.labels("refused" if self.up else "circuit").inc()
            logger.info("Redis refused a command, or it was not sent: %s", error)
            raise
        except StoreDown as error:
            metrics.REDIS_FAILURES.labels("unanswered").inc()
            self._open_circuit(error)
            raise
        finally:
            self._slots.release()

    async def _wait_for_slot(self) -> None:
        if self.up and self._slots.locked():
            try:
                async with asyncio.timeout(_WAIT_SECONDS):
                    await self._slots.acquire()
            except TimeoutError:
                # All slots of this process are taken; Redis may still answer.
                metrics.REDIS_FAILURES.labels("slots").inc()
                raise StoreRefused("every connection is in use") from None
        else:
            await self._slots.acquire()

    def _stamp(self, connection: RedisConnection) -> Stamp:
        now = self._clock.now()
        return Stamp(self.epoch.number, connection.generation, now, now + DEADLINE // _MILLISECOND)

    async def _examine(self) -> None:
        # A local variable, because `aclose` may clear the attribute while this runs.
        prober = self._prober
        if prober is None:
            prober = self._prober = RedisConnection(self._url)
            self._clock.reset()
            await deadlines.keep(prober.open(), DEADLINE)
        elif await deadlines.keep(prober.read_identity(), DEADLINE) != prober.identity:
            # The server was promoted while the connection was open.
            raise StoreDown("this is another server now")
        (clock,) = await deadlines.keep(prober.batch([("TIME",)]), DEADLINE)
        self._clock.set(int(clock[0]) * 1000 + int(clock[1]) // 1000)
        if self.pool.generations.get(prober.identity, -1) < self.epoch.newest_generation:
            await self._register(prober.identity)

    async def _register(self, identity: str) -> None:
        # Other processes may have left the old server. No command may go there while the new one is registered.
        self._drop_idle()
        registered = await identities.register(identity)
        self.pool.generations[identity] = registered.generation
        self.epoch.observe(registered.epoch, registered.generation, registered.retired_keys)

    def _open_circuit(self, error: Exception) -> None:
        # Redis may be well, and this process have had no processor. So scripts wait until a probe has asked.
        if self.up and self._doubt is None:
            self._doubt = deadlines.Deadline(DEADLINE.total_seconds(), self._end_doubt)
        self._note_down(error)
        self._failed.set()

    def _end_doubt(self) -> None:
        if self._doubt is not None:
            self._doubt.stop()
            self._doubt = None
            self._pipeline.go_on()

    def _note_down(self, error: Exception) -> None:
        self.is_cluster = isinstance(error, ClusterFound)
        if self.up:
            logger.warning("Redis does not serve: %s", error)
        self.up = False

    def _drop_connections(self) -> None:
        if self._prober is not None:
            self._prober.close()
            self._prober = None
        self._drop_idle()

    def _drop_idle(self) -> None:
        self.pool.drop_idle()
        self._pipeline.retire()


async def _traced(script: Script, answer: Awaitable[Answer]) -> Answer:
    with traces.span(f"redis {script.name}"):
        return await answer


def _checked(url: str) -> str:
    try:
        parse_url(url)
    except ValueError as error:
        # Without the library's own message, which may repeat the password.
        raise SettingsError(
            "GATEHOUSE_REDIS_URL must be redis://[USER:PASSWORD@]HOST:PORT/NUMBER, or rediss:// with TLS."
        ) from error
    return url
