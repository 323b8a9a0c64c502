"""Whether the client of a connection is still there, for work that ends when it is not."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Scope
from uvicorn.protocols.http.flow_control import FlowControl

T = TypeVar("T")

# Of the state in the scope of a request.
KEY = "presence"


class Presence:
    """One for each connection, which answers one request after the other."""

    def __init__(self, flow: FlowControl) -> None:
        self._flow = flow
        # Of the request that is being answered. It is the one that works `with` this.
        self.task: asyncio.Task[Any] | None = None
        self._worker: asyncio.Task[Any] | None = None
        self._has_left = False
        # Whether the client waits for work. What it still sends for the same request is not read any more.
        self.is_waiting = False

    @staticmethod
    def of(scope: Scope) -> "Presence":
        found: Presence = scope["state"][KEY]
        return found

    def leave(self) -> None:
        """The client has disconnected, or gets no other answer."""
        self._has_left = True
        if self._worker is not None:
            self._worker.cancel()

    def __enter__(self) -> None:
        """`with` it, a task works for the client. If the client leaves, cancels it and raises ClientDisconnect."""
        if self._has_left:
            raise ClientDisconnect()
        # A large body may have stopped the reading, and then it would not be seen that the client leaves.
        if self._flow.read_paused:
            self._flow.resume_reading()
        self._worker, self.is_waiting = self.task, True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        worker, self._worker, self.is_waiting = self._worker, None, False
        # The process may have cancelled it, too.
        if kind is not None and issubclass(kind, asyncio.CancelledError) and self._has_left and worker is not None:
            if worker.uncancel() == 0:
                raise ClientDisconnect() from None

    async def while_there(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, done `with` it."""
        try:
            with self:
                return await work
        finally:
            work.close()
