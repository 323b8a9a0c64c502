"""A private folder below the temporary folder, for the socket and the links of a Triton. Its name is also the prefix of
Triton's shared memory.
"""

import fcntl
import hashlib
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from local.trouble import CannotRun

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - it is where Triton puts it
# A socket's path has at most 107 characters; ours takes 45 of them.
_LONGEST = 60
_YOUNG = timedelta(minutes=1)


class Workroom:
    """Named after `owner`'s path: a later start finds what a killed one left there, and the socket keeps its path."""

    def __init__(self, owner: Path) -> None:
        digest = hashlib.sha256(str(owner.resolve()).encode()).hexdigest()[:16]
        self.name = f"gatehouse-{os.geteuid()}-{digest}"
        self.path = _plain_temporary() / self.name

    @contextmanager
    def made(self) -> Iterator[int]:
        """Makes the folder, empty and closed to other users. It is not removed while a process holds the descriptor."""
        _remove_abandoned(self.path.parent)
        self.remove()
        try:
            self.path.mkdir(mode=0o700)
        except FileExistsError as error:
            # All users share the temporary folder: another user may have taken the name.
            raise CannotRun(f"{self.path} is not ours: remove it, or set TMPDIR to another folder.") from error
        with _opened(self.path) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor

    def remove(self) -> None:
        """Removes the folder, and the shared memory that a killed Triton leaves behind."""
        _remove(self.path)

    def folder(self, name: str) -> Path:
        folder = self.path / name
        folder.mkdir(mode=0o700)
        return folder

    def link(self, name: str, target: Path) -> Path:
        link = self.path / name
        link.symlink_to(target)
        return link


def _remove(room: Path) -> None:
    if _is_ours(room):
        shutil.rmtree(room)
    for region in _SHARED_MEMORY.glob(f"{room.name}*"):
        if region.lstat().st_uid == os.geteuid():
            region.unlink(missing_ok=True)


def _remove_abandoned(temporary: Path) -> None:
    """Removes the folders of killed processes. Those of test runs have names that no later run uses again."""
    for room in temporary.glob(f"gatehouse-{os.geteuid()}-*"):
        try:
            # The process that made a new folder may not have locked it yet.
            if not _is_ours(room) or time.time() - room.stat().st_mtime < _YOUNG.total_seconds():
                continue
            with _opened(room) as descriptor:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(room)
        except (BlockingIOError, FileNotFoundError):
            continue  # It is in use, or another process has just removed it.


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_ours(room: Path) -> bool:
    try:
        found = room.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def _plain_temporary() -> Path:
    """Triton's shell commands break on a space."""
    temporary = tempfile.gettempdir()
    return Path(temporary if re.fullmatch(r"[\w./-]+", temporary) and len(temporary) <= _LONGEST else "/tmp")  # noqa: S108 - a folder of ours is made in it
