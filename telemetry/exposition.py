"""`/metrics`, at an address of its own."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import urlsplit

from settings import Settings, SettingsError

# Scrapes that may wait to be accepted.
WAITING = 64


@contextmanager
def serving(settings: Settings) -> Iterator[None]:
    """Serves metrics from threads while the process runs, also when the event loop is stuck. Raises SettingsError."""
    if not settings.metrics_address:
        yield
        return
    from telemetry import scrapes

    with closing(_bound(*_parsed(settings.metrics_address))) as listener, scrapes.answering(listener):
        yield


@contextmanager
def shared(settings: Settings, count: int) -> Iterator["Shared | None"]:
    """For several processes at the one address of the settings: entered before they are forked. Raises SettingsError.

    The address is open from then on, and a scrape waits for the first process. None where the settings name no address.
    """
    if not settings.metrics_address:
        yield None
        return
    from telemetry import scrapes  # noqa: F401 - before the fork: then it is in memory once

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
        from telemetry import scrapes

        sockets = [self._folder / str(one) for one in range(self._count)]
        own = sockets[number]
        # Something that cleans temporary folders may have removed it.
        self._folder.mkdir(mode=0o700, exist_ok=True)
        own.unlink(missing_ok=True)
        with closing(socket.socket(socket.AF_UNIX)) as listener:
            listener.bind(str(own))
            try:
                with scrapes.answering(listener), scrapes.answering(self._listener, for_all=sockets):
                    yield
            finally:
                own.unlink(missing_ok=True)


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
        listener.listen(WAITING)
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
