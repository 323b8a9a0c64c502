"""One Redis server: every command has a deadline, is sent once, and goes to a known server.

A command that Redis does not answer in time opens the circuit, and a probe asks at once whether Redis answers. Scripts
wait for it, a tenth of a second at most. If it finds that Redis does not answer, all further commands are refused at
once, until a later probe finds that Redis answers again.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from db.postgres import PostgresDown
from store import deadlines
from store.circuit import Circuit
from store.clock import Clock
from store.connections import ClusterFound, Command, Moved, RedisConnection, StoreDown, StoreRefused, TryAgain
from store.epoch import Epoch
from store.identities import Registered
from store.pipeline import DEADLINE, Pipeline
from store.pool import SLOTS, Pool
from store.script_requests import ScriptRequest, Stamp, new_stamp
from telemetry import metrics, traces

logger = logging.getLogger(__name__)

_MILLISECOND = timedelta(milliseconds=1)
# How long a batch waits for a slot. If Redis does not answer, the circuit opens earlier and ends the wait.
WAIT_SECONDS = 1.0

# The number of a server, by its identity and its node in a cluster. Raises PostgresDown, StoreDown.
Register = Callable[[str, str], Awaitable[Registered]]
# Takes a script that this node has not run, because another one has its keys.
Redirect = Callable[["Node", ScriptRequest, Moved | TryAgain], None]


class Node:
    """Commands are refused until a probe has found that it serves.

    `is_unexpected_cluster` is whether the last probe found a
    Redis Cluster although the URL names one server. `failed` is set after a command without an answer.
    """

    def __init__(
        self, url: str, epoch: Epoch, *, register: Register, failed: asyncio.Event, redirect: Redirect | None = None
    ) -> None:
        self.is_unexpected_cluster = False
        self._circuit = Circuit()
        self._url = url
        self._epoch = epoch
        self._register = register
        self._failed = failed
        self._is_in_cluster = redirect is not None
        self._clock = Clock()
        self.pool = Pool(self._connection_to_it, epoch, self._circuit)
        self.pipeline = Pipeline(
            self.pool,
            self._clock,
            stamp=self._stamp,
            circuit=self._circuit,
            open_circuit=self._open_circuit,
            redirect=None if redirect is None else lambda request, why: redirect(self, request, why),
        )
        self._slots = asyncio.Semaphore(SLOTS)
        self._prober: RedisConnection | None = None
        # Runs from the moment when the circuit opens until the next probe has found whether Redis answers.
        self._doubt: deadlines.Deadline | None = None

    @property
    def up(self) -> bool:
        """Whether it answers."""
        return self._circuit.is_closed

    @property
    def may_answer(self) -> bool:
        """Whether it answers, or a script would wait for the probe that finds out."""
        return self._circuit.is_closed or self._circuit.is_in_doubt

    @property
    def generation(self) -> int:
        """The number of the server that this node is, as far as this process knows; 0 before the first probe."""
        return max((one for one in self.pool.generations.values() if one in self._epoch.live), default=0)

    async def answers(self) -> bool:
        """Whether it answers a new connection within the deadline."""
        connection = self._connection_to_it()
        try:
            await deadlines.keep(connection.open(), DEADLINE)
        except StoreDown as error:
            logger.info("Redis does not answer: %s", error)
            return False
        finally:
            connection.close()
        return True

    async def probe(self) -> None:
        """Finds out whether it answers and which server it is. Raises no errors of Redis or Postgres, only bugs."""
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
            self._circuit.is_closed, self.is_unexpected_cluster = True, False
            self._end_doubt()
            await self.pipeline.connect()
            await self.pool.fill(DEADLINE)

    def close(self) -> None:
        self._circuit.is_closed = False
        self._end_doubt()
        self._drop_connections()
        self.pipeline.close()

    async def batch(self, commands: Sequence[Command], within: timedelta) -> list[Any]:
        """The answers. In a cluster those that another node has are Moved or TryAgain. Raises StoreDown."""
        return await asyncio.shield(asyncio.create_task(self._batch(commands, within)))

    async def _batch(self, commands: Sequence[Command], within: timedelta) -> list[Any]:
        async with self._connection(str(commands[0][0]).lower(), within) as connection:
            answers = await connection.answers(commands)
            for answer in answers:
                if isinstance(answer, StoreDown) and not isinstance(answer, Moved | TryAgain):
                    raise answer
        return answers

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
                async with asyncio.timeout(WAIT_SECONDS):
                    await self._slots.acquire()
            except TimeoutError:
                # All slots of this process are taken; Redis may still answer.
                metrics.REDIS_FAILURES.labels("slots").inc()
                raise StoreRefused("every connection is in use") from None
        else:
            await self._slots.acquire()

    def _stamp(self, connection: RedisConnection, now: float) -> Stamp:
        at = self._clock.at(now)
        return new_stamp((self._epoch.number, connection.generation, at, at + DEADLINE // _MILLISECOND))

    async def _examine(self) -> None:
        # A local variable, because `close` may clear the attribute while this runs.
        prober = self._prober
        if prober is None or not prober.is_open:
            prober = self._prober = self._connection_to_it()
            self._clock.reset()
            await deadlines.keep(prober.open(), DEADLINE)
        elif await deadlines.keep(prober.read_identity(), DEADLINE) != prober.identity:
            # The server was promoted while the connection was open.
            raise StoreDown("this is another server now")
        (clock,) = await deadlines.keep(prober.batch([("TIME",)]), DEADLINE)
        self._clock.set(int(clock[0]) * 1000 + int(clock[1]) // 1000, time.monotonic())
        if self.pool.generations.get(prober.identity) not in self._epoch.live:
            await self._learn_generation(prober)

    async def _learn_generation(self, prober: RedisConnection) -> None:
        # Other processes may have left the old server. No command may go there while the new one is registered.
        self._drop_idle()
        registered = await self._register(prober.identity, prober.node_id)
        self.pool.generations[prober.identity] = registered.generation
        self._epoch.observe(registered.epoch, registered.live, registered.retired_keys)

    def _connection_to_it(self) -> RedisConnection:
        return RedisConnection(self._url, is_in_cluster=self._is_in_cluster)

    def _open_circuit(self, error: Exception) -> None:
        # Redis may be well, and this process have had no processor. So scripts wait until a probe has asked.
        if self.up and self._doubt is None:
            self._doubt = deadlines.Deadline(DEADLINE.total_seconds(), self._end_doubt)
            self._circuit.is_in_doubt = True
        self._note_down(error)
        self._failed.set()

    def _end_doubt(self) -> None:
        if self._doubt is not None:
            self._doubt.stop()
            self._doubt, self._circuit.is_in_doubt = None, False
            self.pipeline.go_on()

    def _note_down(self, error: Exception) -> None:
        self.is_unexpected_cluster = isinstance(error, ClusterFound)
        if self.up:
            logger.warning("Redis does not serve: %s", error)
        self._circuit.is_closed = False

    def _drop_connections(self) -> None:
        if self._prober is not None:
            self._prober.close()
            self._prober = None
        self._drop_idle()

    def _drop_idle(self) -> None:
        self.pool.drop_idle()
        self.pipeline.retire()
