"""The process as a server: it accepts requests until SIGTERM, and then ends without losing any."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from math import ceil
from typing import Protocol

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import Server as UvicornServer

from graph.accepting import Acceptor
from graph.execution import admission
from graph.http.connections import Connection
from settings import Settings

logger = logging.getLogger(__name__)

# Longer than Nginx and most load balancers keep an idle connection, so that they close it and not we: a request that
# is sent while this side closes is lost.
_KEPT_ALIVE = timedelta(seconds=75)
# After the longest operation: for its settlement, and for sending the answer.
_BESIDE_OPERATIONS = timedelta(seconds=5)
# For requests that were on their way when the process stopped accepting.
_LAST_REQUESTS = timedelta(milliseconds=200)
# The first request of a new connection may take longer if the client's machine is busy or far away.
_FIRST_REQUEST = timedelta(seconds=2)
# For work that was cancelled, to end.
_CUT_OFF = timedelta(seconds=1)


class Group(Protocol):
    """The processes that share the listening socket; see commands/processes.py."""

    @property
    def supervisor(self) -> int:
        """A descriptor that becomes readable when the supervisor has ended."""

    def report_ready(self) -> None: ...

    def show_connections(self, count: int) -> None:
        """Shows the other processes how many connections this one has."""

    def leave_connections(self) -> None:
        """Shows the others that this one takes no more."""

    def has_fewest_connections(self) -> bool:
        """Whether no other process has fewer."""


class CannotListen(Exception):
    """Another program has taken the port since the listener was bound. The cause is the OSError."""


class Server(UvicornServer):
    """After the first signal `draining` is set, and requests are accepted for the time in the settings. Then no more
    connections are accepted, and last no more requests on open ones. The second signal cancels what is left.

    In a group of processes, SIGUSR1 cancels, and SIGTERM may come twice: from the supervisor, and from what sends it to
    all processes. SIGINT and SIGHUP are the supervisor's. When the supervisor has ended, the process drains.

    Signals that come when it has served are ignored, so that the process can close.
    """

    def __init__(
        self, application: ASGIApp, settings: Settings, draining: asyncio.Event, group: Group | None = None
    ) -> None:
        super().__init__(_config(application, settings, draining))
        self._draining = draining
        self._drain = settings.drain
        self._group = group
        self._acceptors: list[Acceptor] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Raises CannotListen."""
        for listener in sockets or ():
            _listen(listener, self.config.backlog)
        if self._group is None:
            await super().startup(sockets)
            return
        await super().startup([])
        self._acceptors = [
            Acceptor(listener, self._serve_connection, partial(self._is_its_turn, self._group))
            for listener in sockets or ()
        ]
        for acceptor in self._acceptors:
            acceptor.start()
        self._group.report_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own handler would send the signal again, before the application has closed. The loop's would leave
        # the default behind, by which a late signal kills.
        loop = asyncio.get_running_loop()
        handlers = self._handlers()
        for number, handle in handlers.items():
            signal.signal(number, partial(_call_in, loop, handle))
        if self._group is not None:
            loop.add_reader(self._group.supervisor, self._end_as_an_orphan, self._group.supervisor)
        try:
            yield
        finally:
            if self._group is not None:
                loop.remove_reader(self._group.supervisor)
            for number in handlers:
                signal.signal(number, signal.SIG_IGN)

    def _handlers(self) -> dict[signal.Signals, Callable[[], None]]:
        if self._group is not None:
            # SIGTERM last: before, it ends the process by itself, and the supervisor sends SIGUSR1 only after it.
            return {signal.SIGUSR1: self._break_off, signal.SIGTERM: self._begin_to_drain}
        handlers = dict.fromkeys((signal.SIGTERM, signal.SIGINT), self._end)
        # Ignored where nohup has started the service. A terminal that is closed may send it twice.
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            handlers[signal.SIGHUP] = self._begin_to_drain
        return handlers

    def _end_as_an_orphan(self, supervisor: int) -> None:
        asyncio.get_running_loop().remove_reader(supervisor)
        logger.error("The supervisor has ended, so this process ends too")
        self._begin_to_drain()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        listeners, loop = sockets or [], asyncio.get_running_loop()
        # Clients that have connected by now would be dropped with the listener, and may have sent a request.
        connected = _accepted(listeners)
        for server in self.servers:
            server.close()
        for acceptor in self._acceptors:
            acceptor.stop()
        if self._group is not None:
            self._group.leave_connections()
        for listener in listeners:
            listener.close()
        for connection in connected:
            await self._serve_connection(connection)
        await self._last_requests(since=loop.time())
        await super().shutdown([])
        # Tasks that were cut off are still being cancelled, and must then be settled.
        if self.server_state.tasks:
            await asyncio.wait(set(self.server_state.tasks), timeout=_CUT_OFF.total_seconds())

    async def _last_requests(self, *, since: float) -> None:
        while not self.force_exit and self._may_bring_requests(since):  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.01)

    def _may_bring_requests(self, since: float) -> bool:
        now, connections = asyncio.get_running_loop().time(), self.server_state.connections
        if now < since + _LAST_REQUESTS.total_seconds():
            return bool(connections)
        return any(
            isinstance(one, Connection) and one.cycle is None and now < one.made_at + _FIRST_REQUEST.total_seconds()
            for one in connections
        )

    async def on_tick(self, counter: int) -> bool:
        if self._group is not None:
            self._group.show_connections(len(self.server_state.connections))
        return await super().on_tick(counter)

    def _is_its_turn(self, group: Group) -> bool:
        group.show_connections(len(self.server_state.connections))
        return group.has_fewest_connections()

    async def _serve_connection(self, connection: socket.socket) -> None:
        await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> asyncio.Protocol:
        kind = self.config.http_protocol_class
        protocol: asyncio.Protocol = kind(  # type: ignore[call-arg]  # as uvicorn calls it
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol

    def _end(self) -> None:
        if self._draining.is_set():
            self._break_off()
        else:
            self._begin_to_drain()

    def _begin_to_drain(self) -> None:
        if self._draining.is_set():
            return
        self._draining.set()
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.begin_to_drain()
        logger.info("Draining; connections are taken for %g s more", self._drain.total_seconds())
        asyncio.get_running_loop().call_later(self._drain.total_seconds(), self._stop)

    def _stop(self) -> None:
        self.should_exit = True

    def _break_off(self) -> None:
        self._draining.set()
        self.should_exit = self.force_exit = True
        # As if the clients had left, which ends all work for them.
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def _call_in(loop: asyncio.AbstractEventLoop, handle: Callable[[], None], *_: object) -> None:
    loop.call_soon_threadsafe(handle)


def _listen(listener: socket.socket, backlog: int) -> None:
    try:
        listener.listen(backlog)
    except OSError as error:
        raise CannotListen from error


def _config(application: ASGIApp, settings: Settings, draining: asyncio.Event) -> Config:
    return Config(
        application,
        http=partial(Connection, draining=draining),  # type: ignore[arg-type]  # uvicorn only calls it
        ws="none",
        # Of a function that is not a coroutine itself, uvicorn cannot know it.
        interface="asgi3",
        # The application runs already: what stops its start is reported in a sentence, before the port is open.
        lifespan="off",
        # The application reads the client's address from trusted proxies, and nothing else from any proxy.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        timeout_keep_alive=_KEPT_ALIVE.seconds,
        timeout_graceful_shutdown=ceil((admission.longest(settings) + _BESIDE_OPERATIONS).total_seconds()),
        log_config=None,
    )


def _accepted(listeners: Sequence[socket.socket]) -> list[socket.socket]:
    found = []
    for listener in listeners:
        listener.setblocking(False)
        # If no file descriptor is left, only the clients that still wait are dropped with the listener.
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.setblocking(False)
                found.append(connection)
    return found
