"""One HTTP/1.1 connection, which carries one call after the other."""

import asyncio
from collections.abc import Callable, Sequence
from typing import cast

from inference.transports.http_answers import Answer, AnswerReader, BrokenAnswer, TooLarge
from inference.transports.transport import CallFailed, Status


class HttpConnection(asyncio.BufferedProtocol):
    """Any failure closes it. `most` limits the body of an answer, in bytes."""

    def __init__(self, *, most: int) -> None:
        self._reader = AnswerReader(most=most)
        self.get_buffer = self._reader.buffer  # type: ignore[method-assign, assignment]  # for each piece
        # Once it is connected.
        self._transport: asyncio.WriteTransport
        self.loop = asyncio.get_running_loop()
        # While no call uses it: since when, as a time of the event loop.
        self.idle_since = 0.0
        self._answer: asyncio.Future[Answer] | None = None
        self._until = 0.0
        # The transport has more to write than it likes.
        self._is_paused = False
        self._when_sent: Callable[[], None] | None = None
        # Of the first call, and then of whichever runs when it is due: to set one for each call takes longer.
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_open(self) -> bool:
        return not self._transport.is_closing()

    def ask(
        self,
        request: bytes | Sequence[bytes | memoryview],
        *,
        until: float,
        when_sent: Callable[[], None] | None = None,
    ) -> "asyncio.Future[Answer]":
        """The answer, or CallFailed; one request at a time, on a connection that is open. `until` is a time of the
        event loop. `when_sent` is called when no more than some KB are left to write.

        A caller that no longer waits must call `close`.
        """
        answer = self._answer = self.loop.create_future()
        self._until = until
        if self._timer is None or self._timer.when() > until:
            self._set_timer()
        if isinstance(request, bytes):
            self._transport.write(request)
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
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio declares the base class only.
        self._transport = cast(asyncio.WriteTransport, transport)

    def connection_lost(self, reason: Exception | None) -> None:
        self.fail(CallFailed(Status.UNAVAILABLE, f"the connection ended before the answer: {reason or 'closed'}"))
        self._reader.close()

    def buffer_updated(self, count: int) -> None:
        waiting = self._answer
        if waiting is None:
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
                self._answer = None
                # A server may answer before it has read the whole request. What it makes of the rest is not known.
                if not answer.reusable or self._transport.get_write_buffer_size():
                    self.close()
                if not waiting.done():
                    waiting.set_result(answer)

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        if self._when_sent is not None:
            sent, self._when_sent = self._when_sent, None
            sent()

    def _end_call(self) -> "asyncio.Future[Answer] | None":
        waiting, self._answer = self._answer, None
        return waiting

    def _set_timer(self) -> None:
        self._drop_timer()
        self._timer = self.loop.call_at(self._until, self._on_time)

    def _drop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_time(self) -> None:
        self._timer = None
        if self._answer is not None and self.loop.time() < self._until:
            self._set_timer()
        elif self._answer is not None:
            self.fail(CallFailed(Status.DEADLINE_EXCEEDED, "no answer in time"))
