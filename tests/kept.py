"""Packages that only some tests and benchmarks use, each fetched once into a folder that git ignores."""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import environments, paths
from tests import node


class NotInstalled(Exception):
    """Something could not be fetched. The message says what is missing and why."""


@dataclass(frozen=True, slots=True)
class Folder:
    """`title` names it in messages; `made_from` is a file, and another text makes it anew."""

    path: Path
    title: str
    made_from: Path | None = None

    def is_complete(self) -> bool:
        return self._stamp.exists() and self._stamp.read_text() == self._text()

    def fetch(self, make: Callable[[Path], None]) -> Path:
        """`make` gets an empty folder, also after a try that was interrupted. Raises NotInstalled.

        It is made in place: scripts of an environment name their folder.
        """
        if self.is_complete():
            return self.path
        with self._one_at_a_time():
            if not self.is_complete():
                self._make(make)
        return self.path

    def _make(self, make: Callable[[Path], None]) -> None:
        print(f"Fetching {self.title} into {self.path}", file=sys.stderr, flush=True)
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(parents=True)
        try:
            make(self.path)
        except (OSError, subprocess.SubprocessError) as error:
            raise NotInstalled(f"{self.title} could not be fetched, and is left out: {error}") from error
        self._stamp.write_text(self._text())

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        """Two runs may find it missing."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(f"{self.path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @property
    def _stamp(self) -> Path:
        return self.path / "complete"

    def _text(self) -> str:
        return self.made_from.read_text() if self.made_from else ""


def environment(folder: Path, pins: Path) -> None:
    """Makes `.venv` in the folder, with these packages."""
    made = folder / ".venv"
    run([uv(), "venv", "--quiet", "--python", sys.executable, made], folder)
    run([uv(), "pip", "sync", "--quiet", "--python", made, "--require-hashes", pins], folder)


def node_packages(folder: Path, source: Path, tools: Path | None = None) -> None:
    """Installs what the lock file in `source` says, with the npm in `tools`, or of a Node of its own in `tools/bin`."""
    tools = tools or node.install(folder / "tools")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(source / name, folder)
    run(["env", f"PATH={tools}:/usr/bin:/bin", "npm", "ci", "--no-audit", "--no-fund", "--silent"], folder)


def uv() -> Path:
    environments.tools()
    return paths.TOOLS / "bin" / "uv"


def run(command: list[str | Path], folder: Path) -> None:
    """Raises CalledProcessError, TimeoutExpired, OSError."""
    subprocess.run([str(part) for part in command], cwd=folder, check=True, timeout=300, stdout=sys.stderr)
