"""Subscriptions: operations with one result for each event of a stream.

How a transport uses it: with a parsed request and its `Context`, call `await operations.begin(request, context)`. Where
the whole request is refused, it raises what `Operations.run` raises, and nothing has run. It returns an ExecutionResult
for a query or a mutation, and a `Stream` for a subscription, which is admitted and runs. Take its results until None:

    async with stream:
        while (result := await stream.take()) is not None:
            ...  # send it: a GraphQL response as JSON, in bytes or a `Content`

Then send that the stream is complete. If the stream broke, its last result has an error with a code. `take` may be
cancelled, for a heartbeat, and nothing is lost. Leave the `async with` as soon as the client has gone: that ends the
call of the model and settles the operation. Keep `context.body` and `context.moved.hold` open around all of it.
`stream.codes` are for the log. Nothing may be awaited between `begin` and `async with`.

To add a field: a `strawberry.subscription` with a `@cost`, in a class that `graph/schema.py` lists. All else is done
here: price, admission, the end with the credential, settlement. An event whose class has `ends_stream = True` is the
last one of a stream that succeeded: the operation is settled before it is sent.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from graphql import ExecutionResult, GraphQLError, located_error

import errors
from graph import compiled, failures
from graph.context import Context
from graph.execution import admission, sources
from graph.execution.batches import Batches
from graph.execution.operations import Asked
from graph.execution.processor_time import budget_of
from graph.execution.runs import Run
from graph.execution.stream_buffer import StreamBuffer, wake
from graph.http import contents
from graph.http.requests import GraphQLRequest
from resolvers import limits
from settings import Settings
from telemetry import loops

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from graph.execution.costs import PricedField
    from graph.execution.settling import Settling
    from graph.execution.sources import Source
    from graph.execution.stream_buffer import Payload
    from limits.charges import Charge
    from limits.entries import Outcome

# For streams that begin while the process waits for the last ones.
_LOOK_SECONDS = 0.5
# Often enough that a slot outlives two renewals that fail (limits/slots.py). After one, it is tried again soon.
_RENEW_EVERY, _RENEW_AGAIN_AFTER = timedelta(seconds=15), timedelta(seconds=1)
_RENEW_WITHIN = timedelta(seconds=10)


class Subscriptions(Batches):
    """Operations of every kind. One per process."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._streams: set[Stream] = set()
        self._renew_after = _RENEW_EVERY

    def begin(self, request: GraphQLRequest, context: Context) -> Awaitable[ExecutionResult | Stream]:
        """Runs a query or a mutation, or begins a subscription. Raises as `run`."""
        context.takes_stream = True
        return self.run(request, context, _as_it_is)

    async def end_late(self, draining: asyncio.Event) -> None:
        """A watcher. When the process drains, the streams have as long as the other operations, and then end."""
        await draining.wait()
        await asyncio.sleep((self._settings.drain + self._longest).total_seconds())
        while True:
            for stream in tuple(self._streams):
                stream.break_off(errors.StreamEnded())
            await asyncio.sleep(_LOOK_SECONDS)

    async def renew_slots(self) -> None:
        """A watcher. Streams keep their slots for as long as they run, and this process."""
        await loops.forever("slots", self._renew_slots, every=lambda: self._renew_after, within=_RENEW_WITHIN)

    async def _renew_slots(self) -> None:
        self._renew_after = _RENEW_AGAIN_AFTER
        if all(await asyncio.gather(*[stream.renew_slot() for stream in self._streams])):
            self._renew_after = _RENEW_EVERY

    async def _subscribe(self, asked: Asked, context: Context, request: GraphQLRequest) -> ExecutionResult:
        if not context.takes_stream:
            raise errors.NotAcceptable(
                "A subscription is answered in a stream of events. Send it by POST with `Accept: text/event-stream`, "
                "or over a WebSocket with the subprotocol `graphql-transport-ws`."
            )
        source = sources.of(asked.shape)
        charge, calls = await self._charge(asked, context)
        await self._admit(charge, context)
        if request.digest is not None:
            self._persisted.keep(request, ExecutionResult(None, None), owner=budget_of(context.caller))
        stream = Stream(_Admitted(asked, source, context, charge, calls), self._settling, charge.longest)
        self._streams.add(stream)
        stream.when_done(partial(self._streams.discard, stream))
        await stream.under_way()
        return cast("ExecutionResult", stream)


class _Admitted(NamedTuple):
    """A subscription that may run."""

    asked: Asked
    source: Source
    context: Context
    charge: Charge
    calls: Sequence[PricedField]


class Stream:
    """A subscription that runs. `codes` are those of its errors so far, each once."""

    def __init__(self, admitted: _Admitted, settling: Settling, longest: timedelta) -> None:
        self.codes: list[str] = []
        self._admitted = admitted
        self._settling = settling
        self._longest = longest
        self._buffer = StreamBuffer(admitted.context.moved.hold.pass_on(0))
        self._chunks = 0
        self._is_settled = False
        self._broken_by: Exception | None = None
        self._has_begun = False
        self._started_at = perf_counter()
        self._task = asyncio.create_task(self._run())

    async def under_way(self) -> None:
        """Lets it send its request to the model first: the transport gets ready while the model works."""
        loop = asyncio.get_running_loop()
        began = loop.create_future()
        # This runs after the first step of the stream's task. That step makes the task of gRPC that sends, and
        # what waits here goes on after it.
        loop.call_soon(wake, began)
        try:
            await began
        except BaseException:
            await self.__aexit__()
            raise

    def take(self, within: float | None = None) -> Awaitable[Payload | None]:
        """The next result, as JSON. None at the end. Raises TimeoutError after so many seconds."""
        return self._buffer.take(within)

    def take_ready(self) -> Payload | None:
        """The next result if it is there already, to send several at once."""
        return self._buffer.take_ready()

    def when_done(self, call: Callable[[], None]) -> None:
        """Calls it when its last result is made."""
        self._task.add_done_callback(lambda _: call())

    def break_off(self, reason: Exception) -> None:
        """Ends it with this error as its last result."""
        if self._broken_by is None and not self._task.done():
            self._broken_by = reason
            # A task that is cancelled before its first step does nothing at all.
            if self._has_begun:
                self._task.cancel()

    async def renew_slot(self) -> bool:
        """Whether it was renewed, or need not be. If other operations have its slot, the stream ends."""
        context = self._admitted.context
        try:
            has_slot = self._is_settled or await limits.renew_slot(context.tools.gate, context.admission)
        except errors.ServiceUnavailable:
            return False
        if not has_slot:
            self.break_off(errors.SlotLost())
        return True

    async def __aenter__(self) -> Stream:
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            if not self._task.done():
                self._task.cancel()
                await asyncio.wait([self._task])
        finally:
            self._buffer.close()

    async def _run(self) -> None:
        try:
            failure = await self._run_to_end()
            if failure is not None:
                self._break(failure)
        finally:
            # The client left: the units stay spent.
            self._settle_later(self._outcomes(kept=True))
            self._buffer.end()

    async def _run_to_end(self) -> Exception | None:
        """Why it broke, if it did."""
        self._has_begun = True
        if self._broken_by is not None:
            return self._broken_by
        context, task = self._admitted.context, asyncio.current_task()
        deadline = asyncio.timeout(self._longest.total_seconds())
        try:
            with limits.running(context.tools.gate, context.caller, context.at, mutates=False):
                async with deadline:
                    await self._send_all()
        except asyncio.CancelledError:
            if self._broken_by is None or task is None or task.uncancel() > 0:
                raise
            return self._broken_by
        except Exception as error:
            if isinstance(error, errors.Unauthenticated) and self._is_settled:
                return None  # the credential ended after the last result
            if isinstance(error, TimeoutError) and deadline.expired():
                return errors.DeadlineExceeded("The stream did not end in time.")
            return error
        return None

    async def _send_all(self) -> None:
        asked, source, *_ = self._admitted
        events = await source.events(asked.run)
        async with aclosing(events):
            async for event in events:
                if getattr(event, "ends_stream", False):
                    await self._settle()
                else:
                    self._chunks += 1
                await self._buffer.put(await self._result(event))
        await self._settle()

    async def _result(self, event: object) -> Payload:
        asked, _, context, *_ = self._admitted
        run = Run(asked.run.plan, asked.run.variable_values, context)
        try:
            result = compiled.execute(asked.shape.selection, run, serially=False, source=event)
            return self._written(result if isinstance(result, ExecutionResult) else await result)
        finally:
            run.end()
            context.moved.forget()

    def _written(self, result: ExecutionResult) -> Payload:
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = failures.show_all(result.errors, self._admitted.context.request_id)
            codes = [problem["extensions"]["code"] for problem in body["errors"]]
            self.codes = list(dict.fromkeys([*self.codes, *codes]))
        if (waits := self._admitted.context.moved.waits.take()) is not None:
            body["extensions"] = waits
        written = contents.write(body)
        for problem in result.errors or ():
            failures.forget(problem)
        return written

    def _break(self, failure: Exception) -> None:
        source = self._admitted.source
        problem = located_error(failure, source.nodes, list(source.keys))
        self._settle_later(self._outcomes(problem))
        if isinstance(failure, errors.Unauthenticated):
            # Nobody may get anything with this credential any more.
            self._buffer.drop()
        data: dict[str, Any] | None = None
        for key in reversed(source.keys):
            data = {key: data}
        self._buffer.add(self._written(ExecutionResult(data, [problem])))

    async def _settle(self) -> None:
        """Raises DeadlineExceeded if it ran longer than it was admitted for."""
        if not self._is_settled:
            outcomes = self._outcomes()
            self._is_settled = True
            context = self._admitted.context
            await limits.settle(context.tools.gate, context.admission, outcomes)

    def _settle_later(self, outcomes: Sequence[Outcome]) -> None:
        if not self._is_settled:
            self._is_settled = True
            self._settling.start(self._admitted.context, outcomes)

    def _outcomes(self, problem: GraphQLError | None = None, *, kept: bool = False) -> Sequence[Outcome]:
        """How its call ended. After the first chunk the units stay spent, even if the fault is ours."""
        _, source, _, charge, calls = self._admitted
        took = {source.keys: (perf_counter() - self._started_at) * 1000}
        if problem is None and not kept:
            return admission.outcomes(charge, calls, (), took)
        if problem is None or self._chunks:
            return admission.broken(charge, calls, took)
        return admission.outcomes(charge, calls, (problem,), took)


def _as_it_is(result: ExecutionResult | Stream) -> ExecutionResult | Stream:
    return result
