"""The process as a server: it takes requests until SIGTERM, and then ends without losing any."""

import asyncio
import logging
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from math import ceil

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph import admission
from graph.connections import Connection
from settings import Settings

logger = logging.getLogger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# Longer than Nginx and most balancers keep a connection that nothing is sent on, so that it is they who close it:
# a request that is sent at the moment at which this side closes is lost.
_KEPT_ALIVE = timedelta(seconds=75)
# After an operation that took as long as one may: for its settlement, and for the way of the answer.
_BESIDE_OPERATIONS = timedelta(seconds=5)
# For what was on its way when nothing more was taken.
_LAST_REQUESTS = timedelta(milliseconds=200)
# For what was broken off, to notice it.
_CUT_OFF = timedelta(seconds=1)


class Server(uvicorn.Server):
    """After the first signal `draining` is set, and requests are taken for as long as the settings say; then no more
    connections are, and last no more requests on those there are. The second signal breaks off what is left.
    """

    def __init__(self, application: ASGIApp, settings: Settings, draining: asyncio.Event) -> None:
        super().__init__(_config(_closing(application, draining), settings))
        self._draining = draining
        self._drain = settings.drain

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own would send itself the signal again, before the application has closed.
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._end)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        listeners, loop = sockets or [], asyncio.get_running_loop()
        # Whoever has connected meanwhile would be thrown out with the listener, and may have sent a request.
        connected = _accepted(listeners)
        for server in self.servers:
            server.close()
        for listener in listeners:
            listener.close()
        for connection in connected:
            await loop.connect_accepted_socket(self._protocol, connection)
        await self._last_requests(until=loop.time() + _LAST_REQUESTS.total_seconds())
        await super().shutdown([])
        # Those that were cut off are only being cancelled, and then have to be settled.
        if self.server_state.tasks:
            await asyncio.wait(set(self.server_state.tasks), timeout=_CUT_OFF.total_seconds())

    async def _last_requests(self, *, until: float) -> None:
        loop = asyncio.get_running_loop()
        connections = self.server_state.connections
        while connections and loop.time() < until and not self.force_exit:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.01)

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
            self._draining.set()
            logger.info("Draining; connections are taken for %g s more", self._drain.total_seconds())
            asyncio.get_running_loop().call_later(self._drain.total_seconds(), self._stop)

    def _stop(self) -> None:
        self.should_exit = True

    def _break_off(self) -> None:
        self.should_exit = self.force_exit = True
        # As if the clients had left: that ends whatever runs for them.
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def _config(application: ASGIApp, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=Connection,
        ws="none",
        # The application runs already: what stops its start is said in a sentence, before the port is open.
        lifespan="off",
        # The application reads what trusted proxies say of the client's address; nobody is believed about the rest.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        timeout_keep_alive=_KEPT_ALIVE.seconds,
        timeout_graceful_shutdown=ceil((admission.longest(settings) + _BESIDE_OPERATIONS).total_seconds()),
        log_config=None,
    )


def _closing(application: ASGIApp, draining: asyncio.Event) -> ASGIApp:
    """While it drains each answer ends its connection, so that the next request goes elsewhere."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def close(message: Message) -> None:
            if message["type"] == "http.response.start" and draining.is_set():
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        await application(scope, receive, close)

    return answer


def _accepted(listeners: Sequence[socket.socket]) -> list[socket.socket]:
    found = []
    for listener in listeners:
        listener.setblocking(False)
        # There may be no descriptor left: whoever waits is then thrown out with the listener, and nobody else.
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.setblocking(False)
                found.append(connection)
    return found
