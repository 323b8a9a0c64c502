"""Tests use what the product shows to its callers: no test holds a name of the product that begins with `_`."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.private_names import LEFT, OF_LIBRARIES
from tests.rooms import MAY_IMPORT

ROOT = Path(__file__).parent.parent
_BY_NAME = {"setattr", "delattr", "getattr", "hasattr", "patch", "object"}


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def _sources(folder: str) -> list[Path]:
    alone = ROOT / f"{folder}.py"
    return [alone] if alone.exists() else sorted((ROOT / folder).rglob("*.py"))


def _defined(tree: ast.AST) -> Iterator[str]:
    """What is a name of a module or of a class, and what is assigned to an attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr


def _uses(tree: ast.AST) -> Iterator[str]:
    """Private names of other objects: attributes, imports, names in texts, also in programs that are texts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if ast.unparse(node.value) not in ("self", "cls"):
                yield node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in _BY_NAME:
            yield from (name.rpartition(".")[2] for name in _texts(node.args))
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value).startswith("vars("):
            yield from _texts([node.slice])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "import " in node.value:
            yield from _uses_of_program(node.value)


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    yield from (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _uses_of_program(text: str) -> Iterator[str]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    yield from _uses(tree)


def _of_product() -> set[str]:
    paths = [path for room in (*MAY_IMPORT, "cli") for path in _sources(room)]
    return {name for path in paths for name in _defined(ast.parse(path.read_text())) if _is_private(name)}


def test_no_more_private_names_of_the_product_are_used_than_are_listed():
    """What is listed is left from before this rule. A use that goes leaves the list with it."""
    private = _of_product() - OF_LIBRARIES
    assert len(private) > 1000
    used = {
        str(path.relative_to(ROOT)): names
        for path in _sources("tests")
        if (names := {*_uses(ast.parse(path.read_text()))} & private)
    }

    assert used == LEFT
