"""The folder DATA_DIR: one run at a time, closed to other users."""

import fcntl
import os
import shlex
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from local import processes
from local.trouble import CannotRun

# A Triton that ends in good order takes up to four seconds.
_PATIENCE = timedelta(seconds=5)
_ANOTHER = "choose another with DATA_DIR=path"


@contextmanager
def taken(folder: Path) -> Iterator[int]:
    """Locks the folder. Yields a descriptor that every server must hold: the next run waits for servers left over."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        launcher, servers = _open(folder / "launcher.lock"), _open(folder / "servers.lock")
    except OSError as error:
        raise CannotRun(f"DATA_DIR {folder} cannot be used ({error.strerror}): {_ANOTHER}.") from error
    try:
        if not _lock(launcher):
            raise CannotRun(f"DATA_DIR {folder} is in use by another run: stop that one, or {_ANOTHER}.")
        _await_servers(folder / "servers.lock", servers)
        # A killed run could not remove it.
        (folder / "env").unlink(missing_ok=True)
        yield servers
    finally:
        os.close(launcher)
        os.close(servers)


@contextmanager
def env_file(file: Path, settings: Mapping[str, str]) -> Iterator[None]:
    """Keeps the settings in a file that a shell can source, while the servers run."""
    draft = file.with_name("env.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.writelines(f"{name}={shlex.quote(value)}\n" for name, value in sorted(settings.items()))
    draft.replace(file)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _open(file: Path) -> int:
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _await_servers(file: Path, descriptor: int) -> None:
    """The kernel has told the servers of a killed launcher to end. Those that hang are ended here."""
    started = time.monotonic()
    while not _lock(descriptor):
        waited = timedelta(seconds=time.monotonic() - started)
        if waited > _PATIENCE * 2:
            raise CannotRun(f"Servers of an earlier run still use DATA_DIR {file.parent}: end them, or {_ANOTHER}.")
        if waited > _PATIENCE:
            processes.send(signal.SIGKILL, processes.holders(file))
        time.sleep(0.05)
