"""The private folder under the temporary one: a Triton has its socket, its links and its shared memory's name there."""

import hashlib
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

from local.trouble import CannotRun

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - it is where Triton puts it
# A socket's path has at most 107 characters; ours takes 45 of them.
_LONGEST = 60


class Workroom:
    """Named after `owner`'s path: a later start finds what a killed one left there, and the socket keeps its name."""

    def __init__(self, owner: Path) -> None:
        digest = hashlib.sha256(str(owner.resolve()).encode()).hexdigest()[:16]
        self.name = f"gatehouse-{os.geteuid()}-{digest}"
        self.path = _plain_temporary() / self.name

    def make(self) -> None:
        """Empty, and closed to everybody else."""
        self.remove()
        try:
            self.path.mkdir(mode=0o700)
        except FileExistsError as error:
            # The temporary folder is everybody's: another user may have taken the name first.
            raise CannotRun(f"{self.path} is not ours: remove it, or set TMPDIR to another folder.") from error

    def remove(self) -> None:
        """Also the shared memory, which a killed Triton leaves behind."""
        if self._is_ours():
            shutil.rmtree(self.path)
        for region in _SHARED_MEMORY.glob(f"{self.name}*"):
            if region.lstat().st_uid == os.geteuid():
                region.unlink(missing_ok=True)

    def folder(self, name: str) -> Path:
        folder = self.path / name
        folder.mkdir(mode=0o700)
        return folder

    def link(self, name: str, target: Path) -> Path:
        link = self.path / name
        link.symlink_to(target)
        return link

    def _is_ours(self) -> bool:
        try:
            found = self.path.lstat()
        except FileNotFoundError:
            return False
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def _plain_temporary() -> Path:
    """Triton's shell commands break on a space."""
    wished = tempfile.gettempdir()
    return Path(wished if re.fullmatch(r"[\w./-]+", wished) and len(wished) <= _LONGEST else "/tmp")  # noqa: S108
