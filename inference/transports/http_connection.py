"""One HTTP/1.1 connection, which carries one call after the other."""

import asyncio
from collections.abc import Callable, Sequence
from typing import cast

from inference.transports.http_answers import Answer, AnswerReader, BrokenAnswer, TooLarge
from inference.transports.transport import CallFailed, Status

# Smaller requests are joined: to copy them costs less than to pass on their parts.
_JOINED_BYTES = 64 * 1024


class HttpConnection(asyncio.BufferedProtocol):
    """Any failure closes it. `most` limits the body of an answer, in bytes."""

    def __init__(self, *, most: int) -> None:
        self._reader = AnswerReader(most=most)
        self.get_buffer = self._reader.buffer  # type: ignore[method-assign, assignment]  # for each piece
        self._transport: asyncio.WriteTransport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._until = 0.0
        # The transport has more to write than it likes.
        self._is_paused = False
        self._when_sent: Callable[[], None] | None = None
        # Of the first call, and then of whichever runs when it is due: to set one for each call takes longer.
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def ask(
        self, request: Sequence[bytes | memoryview], *, until: float, when_sent: Callable[[], None] | None = None
    ) -> "asyncio.Future[Answer]":
        """The answer, or CallFailed; one request at a time. `until` is a time of the event loop. `when_sent` is called
        when no more than some KB are left to write.

        A caller that no longer waits must call `close`.
        """
        loop = asyncio.get_running_loop()
        answer = self._answer = loop.create_future()
        if self._transport is None or self._transport.is_closing():
            closed = "the connection was closed before the call was sent"
            self.fail(CallFailed(Status.UNAVAILABLE, closed, was_sent=False))
            return answer
        self._until = until
        if self._timer is None or self._timer.when() > until:
            self._set_timer(loop)
        if sum(map(len, request)) <= _JOINED_BYTES:
            self._transport.write(b"".join(request))
        else:
            self._transport.writelines(request)
        if when_sent is not None:
            self._when_sent = when_sent
            if not self._is_paused:
                self.resume_writing()
        return answer

    def fail(self, failure: CallFailed) -> None:
        """Ends the call, if there is one, and closes the connection."""
        answer = self._end_call()
        self.close()
        if answer is not None and not answer.done():
            answer.set_exception(failure)

    def close(self) -> None:
        """At once, whatever is still to be sent or read."""
        self._end_call()
        self._when_sent = None
        self._drop_timer()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio declares the base class only.
        self._transport = cast(asyncio.WriteTransport, transport)

    def connection_lost(self, reason: Exception | None) -> None:
        self.fail(CallFailed(Status.UNAVAILABLE, f"the connection ended before the answer: {reason or 'closed'}"))
        self._reader.close()

    def buffer_updated(self, count: int) -> None:
        if self._answer is None:
            self.close()  # No call is waiting for these bytes. The next one would take them for its answer.
            return
        try:
            answer = self._reader.read(count)
        except TooLarge:
            self.fail(CallFailed(Status.TOO_LARGE, "the answer is too large"))
        except BrokenAnswer as error:
            self.fail(CallFailed(Status.OTHER, str(error)))
        else:
            if answer is not None:
                self._finish(answer)

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        if self._when_sent is not None:
            sent, self._when_sent = self._when_sent, None
            sent()

    def _finish(self, answer: Answer) -> None:
        waiting, self._answer = self._answer, None
        # A server may answer before it has read the whole request. What it makes of the rest is not known.
        if not answer.reusable or (self._transport and self._transport.get_write_buffer_size()):
            self.close()
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def _end_call(self) -> "asyncio.Future[Answer] | None":
        waiting, self._answer = self._answer, None
        return waiting

    def _set_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        self._drop_timer()
        self._timer = loop.call_at(self._until, self._on_time, loop)

    def _drop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_time(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        if self._answer is not None and loop.time() < self._until:
            self._set_timer(loop)
        elif self._answer is not None:
            self.fail(CallFailed(Status.DEADLINE_EXCEEDED, "no answer in time"))
