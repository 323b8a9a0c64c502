"""Whether the client of a connection is still there, for work that ends when it is not."""

import asyncio
from collections.abc import Coroutine
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
        self._worker: asyncio.Task[Any] | None = None
        self._has_left = False

    @staticmethod
    def of(scope: Scope) -> "Presence":
        found: Presence = scope["state"][KEY]
        return found

    @property
    def is_waiting(self) -> bool:
        """Whether the client waits for work. What it still sends for the same request is not read any more."""
        return self._worker is not None

    def leave(self) -> None:
        """The client has disconnected, or gets no other answer."""
        self._has_left = True
        if self._worker is not None:
            self._worker.cancel()

    async def while_there(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`. If the client leaves first, cancels it and raises ClientDisconnect."""
        if self._has_left:
            work.close()
            raise ClientDisconnect()
        # A large body may have stopped the reading, and then it would not be seen that the client leaves.
        self._flow.resume_reading()
        worker = self._worker = asyncio.current_task()
        try:
            return await work
        except asyncio.CancelledError:
            # The process may have cancelled it, too.
            if not self._has_left or worker is None or worker.uncancel() > 0:
                raise
            raise ClientDisconnect() from None
        finally:
            self._worker = None
