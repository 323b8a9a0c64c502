"""The connection on which all scripts of this process go to one server, those of one turn of the event loop as one.

A script is asked for at any time in a turn. At the end of the turn, the keys and arguments of all of them are made
with one `Stamp` and written. Redis answers in the same order. While a single request is being answered, no other one
could come along in the turn, and its script is written at once.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from datetime import timedelta
from functools import cache, cached_property, partial
from typing import Any

from store import deadlines
from store.circuit import Circuit
from store.clock import Clock
from store.connections import (
    Answer,
    Moved,
    RedisConnection,
    ScriptUnknown,
    StoreDown,
    StoreRefused,
    Taker,
    TryAgain,
    Unanswered,
    new_answer,
    packed,
)
from store.lua import Script
from store.pool import Pool
from store.script_requests import Outcome, Prepare, ScriptRequest, Stamp, Written, new_written
from telemetry import metrics, requests

logger = logging.getLogger(__name__)

# A script has this long to be answered after it was written. A connection has as long to open.
DEADLINE = timedelta(milliseconds=100)
DEADLINE_SECONDS = DEADLINE.total_seconds()
# Scripts that Redis is asked to run at the same time. In a burst of more, the last ones would miss their deadline
# although Redis works.
_MOST_UNANSWERED = 32
# How long a script waits to be written. If Redis does not answer, the circuit opens earlier and ends the wait.
WAIT_SECONDS = 1.0
_ASKING = packed(("ASKING",))

# To find a label takes as long as to observe it.
_seconds = cache(metrics.REDIS_SECONDS.labels)


class Pipeline:
    """One for each server. `stamp` makes the stamp for a connection, for the time now. While the circuit is open and in
    doubt, scripts wait; call `go_on` after either has changed. In a cluster `redirect` takes the scripts that the
    server has not run, because another one has their keys.
    """

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        *,
        stamp: Callable[[RedisConnection, float], Stamp],
        circuit: Circuit,
        open_circuit: Callable[[Exception], None],
        redirect: Callable[[ScriptRequest, Moved | TryAgain], None] | None = None,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._stamp = stamp
        self._circuit = circuit
        self._open_circuit = open_circuit
        self._redirect = redirect
        self._connection: RedisConnection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._waiting: deque[ScriptRequest] = deque()
        # In the order in which they were written.
        self._unanswered: dict[ScriptRequest, Written] = {}
        self._deadline: deadlines.Deadline | None = None
        self._is_scheduled = False
        self._drained: asyncio.Future[None] | None = None
        # What is done for all callers of a turn must not run in the context of one of them.
        self._context = Context()

    def run(
        self,
        script: Script,
        prepare: Prepare,
        unclaimed: Callable[[Outcome], None] | None = None,
        key: str = "",
    ) -> Coroutine[Any, Any, Answer]:
        """As `Store.run`."""
        request = ScriptRequest(script, prepare, unclaimed, self._loop.create_future(), time.monotonic(), key)
        self._waiting.append(request)
        if not self._is_scheduled:
            if requests.running == 1:
                self._context.run(self._write)
            else:
                self._write_soon()
        return _answer_to(request)

    def take(self, request: ScriptRequest) -> None:
        """A script that another server has not run."""
        self._waiting.append(request)
        self._write_soon()

    async def connect(self) -> None:
        """Opens the connection if there is none. Where that fails, the next script or probe tries again."""
        if self._connection is not None and not self._pool.is_usable(self._connection):
            self.retire()
        if self._connection is None:
            await asyncio.shield(self._connect_soon())

    def retire(self) -> None:
        """Writes no more scripts to this connection. It is closed when the last one is answered, or late."""
        retired, self._connection = self._connection, None
        self._close_if_done(retired)

    def go_on(self) -> None:
        """Writes what waits, or refuses it."""
        if self._waiting:
            self._write_soon()

    @property
    def is_idle(self) -> bool:
        """Whether no script waits or is unanswered."""
        return not (self._waiting or self._unanswered)

    async def drain(self) -> None:
        """Returns when it is idle."""
        while not self.is_idle:
            self._drained = self._drained or self._loop.create_future()
            await asyncio.shield(self._drained)

    def close(self) -> None:
        """For a store that is closed, so that the circuit is open."""
        if self._connecting is not None:
            self._connecting.cancel()
        self._refuse_waiting()
        self.retire()

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        """The only one that it is used in. To ask which one runs is a system call."""
        return asyncio.get_running_loop()

    def _write_soon(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self._loop.call_soon(self._write, context=self._context)

    def _write(self) -> None:
        self._is_scheduled = False
        connection = self._connection
        if connection is not None and self._pool.is_usable(connection):
            self._write_to(connection)
        else:
            self.retire()
            if self._waiting and self._circuit.is_closed:
                self._connect_soon()
            else:
                self._refuse_waiting()
        if self._waiting:
            self._refuse_late()
        if self._drained is not None:
            self._note_drained()

    def _write_to(self, connection: RedisConnection) -> None:
        # Made only now: the epoch or the server may have changed while the requests waited.
        now = time.monotonic()
        stamp, written = self._stamp(connection, now), new_written((connection, now))
        waiting, unanswered = self._waiting, self._unanswered
        commands: list[bytes] = []
        takers: list[Taker] = []
        while waiting and len(unanswered) < _MOST_UNANSWERED:
            request = waiting.popleft()
            try:
                commands.append(request.pack(stamp))
            except Exception as error:  # `prepare` raises it for its caller
                self._fail(request, error)
                continue
            unanswered[request] = written
            if self._redirect is not None and request.is_asking:
                commands[-1] = _ASKING + commands[-1]
                takers.append(_ignore)
            takers.append(partial(self._take, request))
        if commands:
            connection.write(b"".join(commands), takers)
            if self._deadline is None:
                self._watch_oldest()

    def _refuse_waiting(self) -> None:
        if not self._circuit.is_closed and not self._circuit.is_in_doubt:
            while self._waiting:
                self._fail(self._waiting.popleft(), StoreRefused("the circuit is open"))

    def _refuse_late(self) -> None:
        """After what can be written was written: a process that stood still for a second still asks."""
        while self._waiting and time.monotonic() - self._waiting[0].asked_at > WAIT_SECONDS:
            # Too many of this process are unanswered; Redis may still answer.
            self._fail(self._waiting.popleft(), StoreRefused("too many scripts wait"), reason="slots")

    def _take(self, request: ScriptRequest, answer: Any) -> None:
        """An answer of Redis, or why there is none."""
        if type(answer) is not list:
            self._take_error(request, answer)
            return
        written = self._unanswered.pop(request, None)
        if written is None:
            return  # Its deadline has passed.
        connection, at = written
        now = time.monotonic()
        self._clock.set(answer[1], now)
        _seconds(request.script.name).observe(now - at)
        request.end(new_answer((answer, connection.generation)))
        if self._waiting or connection is not self._connection or self._drained is not None:
            self._go_on_without(connection)

    def _take_error(self, request: ScriptRequest, answer: Any) -> None:
        written = self._unanswered.get(request)
        if written is None:
            return  # Its deadline has passed.
        connection = written.connection
        if isinstance(answer, ScriptUnknown) and connection.is_open:
            # Nothing was done yet. From now on the server knows the script.
            if request.is_asking:
                connection.write(_ASKING, [_ignore])
            connection.write(request.pack_whole(), [partial(self._take, request)])
        elif self._redirect is not None and isinstance(answer, Moved | TryAgain):
            del self._unanswered[request]
            self._redirect(request, answer)
            self._go_on_without(connection)
        else:
            self._fail(request, answer)

    def _watch_oldest(self) -> None:
        # One timer for all: what was written first is late first.
        if self._deadline is None and self._unanswered:
            passed = time.monotonic() - next(iter(self._unanswered.values())).at
            self._deadline = deadlines.Deadline(max(0.0, DEADLINE_SECONDS - passed), self._end_late)

    def _end_late(self) -> None:
        self._deadline = None
        late = time.monotonic() - DEADLINE_SECONDS
        for request in [one for one, written in self._unanswered.items() if written.at <= late]:
            self._fail(request, Unanswered("no answer in time"))
        self._watch_oldest()

    def _fail(self, request: ScriptRequest, error: Exception, *, reason: str = "refused") -> None:
        if isinstance(error, StoreRefused):
            metrics.REDIS_FAILURES.labels(reason if self._circuit.is_closed else "circuit").inc()
            logger.info("Redis refused a script, or it was not sent: %s", error)
        elif isinstance(error, StoreDown):
            metrics.REDIS_FAILURES.labels("unanswered").inc()
            self._open_circuit(error)
            if request in self._unanswered and self._unanswered[request].connection is self._connection:
                self.retire()
        written = self._unanswered.pop(request, None)
        if written is not None:
            _seconds(request.script.name).observe(time.monotonic() - written.at)
        request.end(error)
        self._go_on_without(None if written is None else written.connection)

    def _go_on_without(self, connection: RedisConnection | None) -> None:
        """A script that was written to this connection, or to none, is done with."""
        if connection is not self._connection:
            self._close_if_done(connection)
        if self._waiting:
            self._write_soon()
        if self._drained is not None:
            self._note_drained()

    def _close_if_done(self, retired: RedisConnection | None) -> None:
        if retired is not None and all(one.connection is not retired for one in self._unanswered.values()):
            retired.close()

    def _note_drained(self) -> None:
        if self._drained is not None and self.is_idle:
            drained, self._drained = self._drained, None
            drained.set_result(None)

    def _connect_soon(self) -> "asyncio.Task[None]":
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.create_task(self._connect(), context=Context())
        return self._connecting

    async def _connect(self) -> None:
        try:
            connection = await self._pool.open(DEADLINE)
        except StoreDown as error:
            if self._waiting:  # else the next probe tries again
                self._open_circuit(error)
            return
        finally:
            self._write_soon()
        if self._pool.is_usable(connection):
            self._connection = connection
        else:
            connection.close()


async def _answer_to(request: ScriptRequest) -> Answer:
    try:
        return await request.answered
    except asyncio.CancelledError:
        request.leave()
        raise


def _ignore(_: Any) -> None:
    """The answer to ASKING. If that failed, the script after it fails as well."""
