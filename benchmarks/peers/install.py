"""Puts the load generator, the peers' packages and the older build into `.peers/`, each once.

They come from Debian, PyPI, npm and the history of this repository.
"""

import shutil
from pathlib import Path

from benchmarks.peers.load import Wrk
from local import paths
from tests import kept
from tests.kept import Folder

OLDER = "260deae"
FOLDER = paths.ROOT / ".peers"
SERVICES = Path(__file__).parent


WRK = Folder(FOLDER / "wrk", "wrk, the load generator,")
PYTHON = Folder(FOLDER / "python", "FastAPI and Strawberry", SERVICES / "python" / "requirements.txt")
NODE = Folder(FOLDER / "node", "Node and Mercurius", SERVICES / "node" / "package-lock.json")
OLDER_BUILD = Folder(FOLDER / f"gatehouse-{OLDER}", f"Gatehouse as of {OLDER}")


def has_wrk() -> bool:
    """Whether `wrk()` fetches nothing."""
    return shutil.which("wrk") is not None or WRK.is_complete()


def wrk() -> Wrk:
    """From PATH, or from Debian's package without root. Raises NotInstalled."""
    if found := shutil.which("wrk"):
        return Wrk(Path(found))
    if shutil.which("apt-get") is None:
        raise kept.NotInstalled("wrk, the load generator, is not here: install it with the packages of your system.")
    folder = WRK.fetch(lambda draft: kept.run(["sh", SERVICES / "fetch-wrk.sh"], draft))
    (library,) = folder.glob("usr/lib/*/libluajit*.so.2")
    return Wrk(folder / "usr" / "bin" / "wrk", library.parent)


def python() -> Path:
    """The Python of the environment of FastAPI and Strawberry. Raises NotInstalled."""
    pins = SERVICES / "python" / "requirements.txt"
    folder = PYTHON.fetch(lambda draft: kept.environment(draft, pins))
    return folder / ".venv" / "bin" / "python"


def node_service() -> tuple[Path, Path]:
    """The program node, and the folder of the Mercurius service with its packages. Raises NotInstalled."""
    folder = NODE.fetch(lambda draft: kept.node_packages(draft, SERVICES / "node"))
    # A copy, because Node looks for packages beside the code.
    shutil.copytree(SERVICES / "scripts", FOLDER / "scripts", dirs_exist_ok=True)
    shutil.copy(SERVICES / "node" / "server.js", folder)
    return folder / "tools" / "bin" / "node", folder


def older() -> Path:
    """The folder of the older build, with an environment in `.venv`. Raises NotInstalled."""
    return OLDER_BUILD.fetch(lambda draft: build(OLDER, draft))


def build(commit: str, folder: Path) -> None:
    """Puts the sources of a commit there, with an environment of its pins in `.venv`. Raises NotInstalled."""
    archive = folder / "source.tar"
    kept.run(["git", "archive", "--output", archive, commit], paths.ROOT)
    kept.run(["tar", "xf", archive], folder)
    archive.unlink()
    kept.environment(folder, folder / "requirements" / "service.txt")
    kept.run([kept.uv(), "pip", "install", "--quiet", "--no-deps", "--python", folder / ".venv", "-e", folder], folder)
