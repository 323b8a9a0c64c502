"""How a process of a group takes connections from the socket that all of them share."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

_PAUSE_SECONDS = 1.0
# How long a connection is left to a process with fewer of them. That process may be stuck, so then it is taken.
_LEFT_SECONDS = 0.005


class Acceptor:
    """Takes the connections that wait, one in each iteration of the event loop, while `is_its_turn`.

    uvloop's own server takes all that wait, so one process would get nearly all connections of a client that opens many
    at once, and keep them.
    """

    def __init__(
        self,
        listener: socket.socket,
        serve: Callable[[socket.socket], Awaitable[object]],
        is_its_turn: Callable[[], bool],
    ) -> None:
        self._listener = listener
        self._serve = serve
        self._is_its_turn = is_its_turn
        self._loop = asyncio.get_running_loop()
        self._starting: set[asyncio.Future[object]] = set()
        self._pause: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._listener.setblocking(False)
        self._loop.add_reader(self._listener, self._take_in_turn)

    def stop(self) -> None:
        self._loop.remove_reader(self._listener)
        if self._pause is not None:
            self._pause.cancel()

    def _take_in_turn(self) -> None:
        if self._is_its_turn():
            self._take()
        else:
            self._rest(_LEFT_SECONDS, then=self._take)

    def _take(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError, InterruptedError):
            pass  # Another process took it, or the client has gone.
        # Descriptors or memory may be used up, and the kernel reports faults of the network here too.
        except OSError as error:
            logger.error("No connection can be taken for %g s: %s", _PAUSE_SECONDS, error.strerror)
            self._rest(_PAUSE_SECONDS, then=self._take_in_turn)
            return
        else:
            connection.setblocking(False)
            started = asyncio.ensure_future(self._serve(connection))
            self._starting.add(started)
            started.add_done_callback(self._starting.discard)
        self._loop.add_reader(self._listener, self._take_in_turn)

    def _rest(self, seconds: float, *, then: Callable[[], None]) -> None:
        self._loop.remove_reader(self._listener)
        self._pause = self._loop.call_later(seconds, then)
