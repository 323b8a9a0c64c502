"""`/metrics`, at an address of its own."""

import logging
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from urllib.parse import urlsplit

from prometheus_client import MetricsHandler

from settings import Settings, SettingsError

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.1


@contextmanager
def serving(settings: Settings) -> Iterator[None]:
    """For the life of a process, from threads: it answers also when the event loop is stuck. Raises SettingsError."""
    if not settings.metrics_address:
        yield
        return
    with _bound(*_parsed(settings.metrics_address)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name="metrics", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()


class _Handler(MetricsHandler):
    # Of a client that sends nothing.
    timeout = 10

    def do_GET(self) -> None:
        if urlsplit(self.path).path == "/metrics":
            super().do_GET()
        else:
            self.send_error(404)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, family: socket.AddressFamily, address: tuple[str, int]) -> None:
        self.address_family = family
        super().__init__(address, _Handler)

    def handle_error(self, *_: object) -> None:
        # The library would write the address of whoever asked, and a traceback, past the log.
        if isinstance(sys.exception(), OSError):
            logger.debug("A scrape was broken off", exc_info=True)
        else:
            logger.error("A scrape failed", exc_info=True)

    def server_bind(self) -> None:
        # The library's own looks up the host's name, for as long as DNS takes, and nothing here wants it.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "", self.server_address[1]


def _bound(host: str, port: int) -> _Server:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return _Server(family, (str(address[0]), port))
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise SettingsError(f"GATEHOUSE_METRICS_ADDRESS: cannot listen at {host}, port {port}: {said}.") from error


def _parsed(address: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{address}")
        if parts.netloc == address and "@" not in address and parts.hostname and parts.port:
            return parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(_HOW_TO) from error
    raise SettingsError(_HOW_TO)


_HOW_TO = "GATEHOUSE_METRICS_ADDRESS must be HOST:PORT, like 127.0.0.1:9464 or [::]:9464."
