"""The house: which room may know which."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rooms import MAY_IMPORT

ROOT = Path(__file__).parent.parent

# They put the process together, so they know every room.
ASSEMBLERS = {Path("graph/app.py"), Path("cli.py"), Path("worker.py"), Path("commands"), Path("doctor")}


def modules(room: str) -> list[Path]:
    found = [path.relative_to(ROOT) for path in _files(room)]
    apart = {*ASSEMBLERS, Path("inference/models")}
    return [path for path in found if not apart & {path, *path.parents}]


def _files(room: str) -> list[Path]:
    alone = ROOT / f"{room}.py"
    return [alone] if alone.exists() else sorted((ROOT / room).rglob("*.py"))


def _imported(path: Path) -> Iterator[str]:
    tree = ast.parse((ROOT / path).read_text())
    annotations = _only_for_annotations(tree)
    for node in ast.walk(tree):
        if node in annotations:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports name their room"
            yield (node.module or "").partition(".")[0]


def _only_for_annotations(tree: ast.Module) -> set[ast.AST]:
    guards = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    return {inner for guard in guards for inner in ast.walk(guard)}


def test_every_room_of_the_project_is_in_the_table():
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert rooms
    assert rooms <= set(MAY_IMPORT)


def test_every_room_has_modules_that_are_looked_at():
    assert {room for room in MAY_IMPORT if not modules(room)} == {"worker", "commands", "doctor"}


# A test for each room: one for each module would be eight hundred, which every worker of a run collects.
@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_go_one_way(room: str):
    ours = set(MAY_IMPORT) | {"cli", "tests", "benchmarks"}

    forbidden = {path: {*_imported(path)} & ours - MAY_IMPORT[room] - {room} for path in modules(room)}

    assert {str(path): names for path, names in forbidden.items() if names} == {}


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_no_module_passes_on_the_names_of_another(room: str):
    """`from a import X as X` would let a room reach another one through the room between them.

    `errors/__init__.py` collects the classes of its own room, so that callers write `errors.NotFound`.
    """
    looked_at = [path for path in modules(room) if path != Path("errors/__init__.py")]

    assert {str(path): passed for path in looked_at if (passed := _passed_on(path))} == {}


def _passed_on(path: Path) -> list[str]:
    imports = [node for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.ImportFrom)]
    return [alias.name for node in imports for alias in node.names if alias.asname == alias.name]


def test_no_test_module_imports_another():
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests"):
                names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
                modules = [name for name in names if name.startswith("test_")]
                assert modules == [], f"{path}: what tests share stands beside them"
