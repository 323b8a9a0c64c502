"""Answers who asks for metrics. Imported only by a process that serves them: the library brings much for it."""

import logging
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, MetricsHandler

from telemetry.exposition import WAITING
from telemetry.gathering import Gathered

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.1
# After a fault of accept, such as too few descriptors.
_PAUSE_SECONDS = 1.0


class _Handler(MetricsHandler):
    # For a client that sends nothing.
    timeout = 10

    def do_GET(self) -> None:
        if urlsplit(self.path).path == "/metrics":
            super().do_GET()
        else:
            self.send_error(404)


class _Server(ThreadingHTTPServer):
    request_queue_size = WAITING
    daemon_threads = True
    block_on_close = False

    def __init__(self, listener: socket.socket, handler: type[MetricsHandler]) -> None:
        self.address_family = listener.family
        # Without its own bind, which looks up the host's name, for as long as DNS takes; nothing here wants it.
        TCPServer.__init__(self, ("", 0), handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        # Another process may take the connection that several have seen.
        self.socket.setblocking(False)
        self.server_activate()

    def get_request(self) -> tuple[socket.socket, object]:
        try:
            return super().get_request()
        except BlockingIOError:
            raise
        except OSError as error:
            # The scrape still waits, so without a pause this thread would ask again and again.
            logger.error("No scrape can be answered for %g s: %s", _PAUSE_SECONDS, error.strerror)
            time.sleep(_PAUSE_SECONDS)
            raise

    def handle_error(self, *_: object) -> None:
        # The library would write the client's address and a traceback to stderr, not to the log.
        if isinstance(sys.exception(), OSError):
            logger.debug("A scrape was interrupted", exc_info=True)
        else:
            logger.error("A scrape failed", exc_info=True)


@contextmanager
def answering(listener: socket.socket, *, for_all: Sequence[Path] = ()) -> Iterator[None]:
    """With the metrics of this process, or with those of all the processes that answer at these sockets."""
    server = _Server(listener, _Handler.factory(_gathered(for_all)) if for_all else _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()


def _gathered(sockets: Sequence[Path]) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(Gathered(sockets))
    return registry
