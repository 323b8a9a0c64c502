"""Puts the load generator, the peers' packages and the older build into `.peers/`, each once.

They come from Debian, PyPI, npm and the history of this repository.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.load import Wrk
from local import environments, places
from tests import node

OLDER = "260deae"
FOLDER = places.ROOT / ".peers"
SERVICES = Path(__file__).parent


class NotInstalled(Exception):
    """Something could not be fetched. The message says what is missing and why."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder in `.peers/`. `title` names it in messages; `made_from` is a file, and another text makes it anew."""

    name: str
    title: str
    made_from: Path | None = None

    @property
    def path(self) -> Path:
        return FOLDER / self.name

    def is_complete(self) -> bool:
        return self._stamp.exists() and self._stamp.read_text() == self._text()

    def fetch(self, make: Callable[[Path], None]) -> Path:
        """`make` gets an empty folder, also after a try that was interrupted. Raises NotInstalled.

        It is made in place: scripts of an environment name their folder.
        """
        if self.is_complete():
            return self.path
        print(f"Fetching {self.title} into {self.path}", file=sys.stderr, flush=True)
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(parents=True)
        try:
            make(self.path)
        except (OSError, subprocess.SubprocessError) as error:
            raise NotInstalled(f"{self.title} could not be fetched, and is left out: {error}") from error
        self._stamp.write_text(self._text())
        return self.path

    @property
    def _stamp(self) -> Path:
        return self.path / "complete"

    def _text(self) -> str:
        return self.made_from.read_text() if self.made_from else ""


WRK = Folder("wrk", "wrk, the load generator,")
PYTHON = Folder("python", "FastAPI and Strawberry", SERVICES / "python" / "requirements.txt")
NODE = Folder("node", "Node and Mercurius", SERVICES / "node" / "package-lock.json")
OLDER_BUILD = Folder(f"gatehouse-{OLDER}", f"Gatehouse as of {OLDER}")


def has_wrk() -> bool:
    """Whether `wrk()` fetches nothing."""
    return shutil.which("wrk") is not None or WRK.is_complete()


def wrk() -> Wrk:
    """From PATH, or from Debian's package without root. Raises NotInstalled."""
    if found := shutil.which("wrk"):
        return Wrk(Path(found))
    if shutil.which("apt-get") is None:
        raise NotInstalled("wrk, the load generator, is not here: install it with the packages of your system.")
    folder = WRK.fetch(lambda draft: _run(["sh", SERVICES / "fetch-wrk.sh"], draft))
    (library,) = folder.glob("usr/lib/*/libluajit*.so.2")
    return Wrk(folder / "usr" / "bin" / "wrk", library.parent)


def python() -> Path:
    """The Python of the environment of FastAPI and Strawberry. Raises NotInstalled."""
    pins = SERVICES / "python" / "requirements.txt"
    return PYTHON.fetch(lambda draft: _environment(draft, pins)) / ".venv" / "bin" / "python"


def node_service() -> tuple[Path, Path]:
    """The program node, and the folder of the Mercurius service with its packages. Raises NotInstalled."""
    folder = NODE.fetch(_node_packages)
    # A copy, because Node looks for packages beside the code.
    shutil.copytree(SERVICES / "scripts", FOLDER / "scripts", dirs_exist_ok=True)
    shutil.copy(SERVICES / "node" / "server.js", folder)
    return folder / "tools" / "bin" / "node", folder


def older() -> Path:
    """The folder of the older build, with an environment in `.venv`. Raises NotInstalled."""
    return OLDER_BUILD.fetch(_older)


def _environment(folder: Path, pins: Path) -> None:
    environment = folder / ".venv"
    _run([_uv(), "venv", "--quiet", "--python", sys.executable, environment], folder)
    _run([_uv(), "pip", "sync", "--quiet", "--python", environment, "--require-hashes", pins], folder)


def _node_packages(folder: Path) -> None:
    tools = node.install(folder / "tools")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(SERVICES / "node" / name, folder)
    _run(["env", f"PATH={tools}:/usr/bin:/bin", "npm", "ci", "--no-audit", "--no-fund", "--silent"], folder)


def _older(folder: Path) -> None:
    archive = folder / "source.tar"
    _run(["git", "archive", "--output", archive, OLDER], places.ROOT)
    _run(["tar", "xf", archive], folder)
    archive.unlink()
    _environment(folder, folder / "requirements" / "service.txt")
    _run([_uv(), "pip", "install", "--quiet", "--no-deps", "--python", folder / ".venv", "-e", folder], folder)


def _uv() -> Path:
    environments.tools()
    return places.TOOLS / "bin" / "uv"


def _run(command: list[str | Path], folder: Path) -> None:
    """Raises CalledProcessError, TimeoutExpired, OSError."""
    subprocess.run([str(part) for part in command], cwd=folder, check=True, timeout=300, stdout=sys.stderr)
