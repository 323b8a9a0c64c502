"""The packages of the examples, in `.clients/`: from PyPI and npm, as pinned beside each example."""

from pathlib import Path

from local import paths
from tests import kept
from tests import node as from_pypi

EXAMPLES = paths.ROOT / "examples"
_FOLDER = paths.ROOT / ".clients"


def python(example: str) -> Path:
    """The Python of an environment of its own. Raises NotInstalled."""
    pins = EXAMPLES / example / "requirements.txt"
    folder = kept.Folder(_FOLDER / example, f"the packages of examples/{example}", pins)
    return folder.fetch(lambda draft: kept.environment(draft, pins)) / ".venv" / "bin" / "python"


def node() -> Path:
    """The folder with `node` and `npm`. Raises NotInstalled."""
    folder = kept.Folder(_FOLDER / "node", "Node", Path(from_pypi.__file__))
    return folder.fetch(_install_node) / "tools" / "bin"


def of_npm(source: Path) -> Path:
    """The `node_modules` of a folder with a lock file. Raises NotInstalled."""
    tools = node()
    folder = kept.Folder(_FOLDER / source.name, f"the packages of {source.name}", source / "package-lock.json")
    return folder.fetch(lambda draft: kept.node_packages(draft, source, tools)) / "node_modules"


def _install_node(folder: Path) -> None:
    from_pypi.install(folder / "tools")
