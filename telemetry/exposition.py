"""`/metrics`, at an address of its own."""

import logging
import os
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from tempfile import mkdtemp
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, MetricsHandler

from settings import Settings, SettingsError
from telemetry.gathering import Gathered

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.1
# After a fault of accept, such as too few descriptors.
_PAUSE_SECONDS = 1.0


@contextmanager
def serving(settings: Settings) -> Iterator[None]:
    """Serves metrics from threads while the process runs, also when the event loop is stuck. Raises SettingsError."""
    if not settings.metrics_address:
        yield
        return
    with closing(_bound(*_parsed(settings.metrics_address))) as listener, _answering(listener, _Handler):
        yield


@contextmanager
def shared(settings: Settings, count: int) -> Iterator["Shared | None"]:
    """For several processes at the one address of the settings: entered before they are forked. Raises SettingsError.

    The address is open from then on, and a scrape waits for the first process. None where the settings name no address.
    """
    if not settings.metrics_address:
        yield None
        return
    with closing(_bound(*_parsed(settings.metrics_address))) as listener, _folder_for_sockets() as folder:
        yield Shared(listener, folder, count)


@contextmanager
def _folder_for_sockets() -> Iterator[Path]:
    """A private one, which its owner removes: a forked process leaves this too, and others go on."""
    owner = os.getpid()
    try:
        folder = Path(mkdtemp(prefix="gatehouse-metrics-"))
    except OSError as error:
        raise SettingsError(_NO_FOLDER.format(_in_words(error))) from error
    try:
        _try_socket_in(folder)
        yield folder
    finally:
        if os.getpid() == owner:
            # Something that cleans temporary folders may have removed it.
            shutil.rmtree(folder, ignore_errors=True)
        elif os.getppid() != owner:
            # The owner was killed. For all but the last process the folder is not empty.
            with suppress(OSError):
                folder.rmdir()


def _try_socket_in(folder: Path) -> None:
    """Raises SettingsError before a process is forked: a path may be too long, or its file system without sockets."""
    file = folder / "trial"
    with closing(socket.socket(socket.AF_UNIX)) as trial:
        try:
            trial.bind(str(file))
        except OSError as error:
            raise SettingsError(_NO_FOLDER.format(f"{folder}: {_in_words(error)}")) from error
    file.unlink()


class Shared:
    """Each process answers at a socket in the folder for itself, and at the address for all of them."""

    def __init__(self, listener: socket.socket, folder: Path, count: int) -> None:
        self._listener = listener
        self._folder = folder
        self._count = count

    @contextmanager
    def serving(self, number: int) -> Iterator[None]:
        """By the process with that number, as `exposition.serving` does."""
        registry = CollectorRegistry()
        registry.register(Gathered([self._folder / str(one) for one in range(self._count)]))
        own = self._folder / str(number)
        # Something that cleans temporary folders may have removed it.
        self._folder.mkdir(mode=0o700, exist_ok=True)
        own.unlink(missing_ok=True)
        with closing(socket.socket(socket.AF_UNIX)) as listener:
            listener.bind(str(own))
            try:
                with _answering(listener, _Handler), _answering(self._listener, _Handler.factory(registry)):
                    yield
            finally:
                own.unlink(missing_ok=True)


class _Handler(MetricsHandler):
    # For a client that sends nothing.
    timeout = 10

    def do_GET(self) -> None:
        if urlsplit(self.path).path == "/metrics":
            super().do_GET()
        else:
            self.send_error(404)


class _Server(ThreadingHTTPServer):
    request_queue_size = 64
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
def _answering(listener: socket.socket, handler: type[MetricsHandler]) -> Iterator[None]:
    server = _Server(listener, handler)
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return _bound_socket(family, (str(address[0]), port))
    except OSError as error:
        said = _in_words(error)
        raise SettingsError(f"GATEHOUSE_METRICS_ADDRESS: cannot listen at {host}, port {port}: {said}.") from error


def _in_words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _bound_socket(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        # Else another program could take the address until the threads are there.
        listener.listen(_Server.request_queue_size)
    except OSError:
        listener.close()
        raise
    return listener


def _parsed(address: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{address}")
        if parts.netloc == address and "@" not in address and parts.hostname and parts.port:
            return parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(_HOW_TO) from error
    raise SettingsError(_HOW_TO)


_HOW_TO = "GATEHOUSE_METRICS_ADDRESS must be HOST:PORT, like 127.0.0.1:9464 or [::]:9464."
_NO_FOLDER = (
    "No temporary folder for the sockets of GATEHOUSE_METRICS_ADDRESS can be made: {}. Set TMPDIR to a folder with a "
    "short path that this user may write to."
)
