"""A connection on which another protocol takes the place of HTTP, from the end of the request that offered it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol
from weakref import ref

from starlette.requests import ClientDisconnect
from starlette.types import Scope

from graph.http.cycles import Cycle

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.flow_control import FlowControl

    from graph.http.connections import Connection

# Of the state in the scope of a request that offers a WebSocket.
KEY = "upgrade"
# What a client may send before it has the answer to its offer. A client that waits for it, as it must, sends nothing.
_EARLY_BYTES = 64 * 1024


class User(Protocol):
    """What the connection tells the one that uses it in place of HTTP."""

    @property
    def waits_for_client(self) -> bool:
        """Whether no work is done for the client."""

    def receive(self, data: bytes) -> None: ...

    def leave(self) -> None:
        """The connection is lost."""

    def begin_to_drain(self) -> None: ...


class Upgrade:
    """Of one connection. `user` is None until the offer is taken."""

    def __init__(self, connection: Connection, rest: bytes) -> None:
        # The connection has this.
        self._connection = ref(connection)
        self._early: bytearray | None = bytearray(rest)
        self.transport: asyncio.Transport = connection.transport
        self.flow: FlowControl = connection.flow
        self.draining = connection.draining
        self.user: User | None = None

    @staticmethod
    def offered(scope: Scope) -> Upgrade | None:
        """That of a request which offers a WebSocket."""
        found: Upgrade | None = scope["state"].get(KEY)
        return found

    def take(self, scope: Scope, user: User, fields: Iterable[tuple[bytes, bytes]]) -> None:
        """Answers 101 with these header fields. From now on the connection is the user's.

        Raises ClientDisconnect.
        """
        cycle = Cycle.of(scope)
        if cycle.disconnected or self.transport.is_closing():
            raise ClientDisconnect()
        # There is no other answer.
        cycle.disconnected = True
        lines = [b"%b: %b" % field for field in fields]
        self.transport.write(b"\r\n".join([b"HTTP/1.1 101 Switching Protocols", *lines, b"", b""]))
        self.user = user
        early, self._early = self._early, None
        self.flow.resume_reading()
        if early:
            user.receive(bytes(early))

    def receive(self, data: bytes) -> None:
        if self.user is not None:
            self.user.receive(data)
        elif self._early is not None:
            self._early += data
            if len(self._early) > _EARLY_BYTES:
                self.transport.abort()

    def leave(self) -> None:
        if self.user is not None:
            self.user.leave()
