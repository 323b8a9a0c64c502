"""Tests use what the product shows to its callers: no test holds a name of the product that begins with `_`."""

import ast
from collections.abc import Iterable, Iterator, Set
from pathlib import Path

from tests.rooms import MAY_IMPORT

ROOT = Path(__file__).parent.parent
# Of named tuples and of Strawberry. The product uses these names, too.
_OF_LIBRARIES = {"_replace", "_schema"}
# The gate hides them from all that is above `limits/`. Its own tests look at Redis and Postgres through them.
_ALLOWED = {"tests/limits/people.py": {"_last_uses", "_store"}}
_BY_NAME = {"setattr", "delattr", "getattr", "hasattr", "patch", "object"}


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def _sources(folder: str) -> list[Path]:
    alone = ROOT / f"{folder}.py"
    return [alone] if alone.exists() else sorted((ROOT / folder).rglob("*.py"))


def _defined(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """What is a name of a module or of a class, and what is assigned to an attribute."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr


def _own(tree: ast.AST) -> set[str]:
    """What a module of tests defines itself. What it sets on an object of others is theirs."""
    others = {id(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and not _is_of_self(node)}
    return {*_defined(node for node in ast.walk(tree) if id(node) not in others)}


def _own_of(path: Path) -> set[str]:
    """Also what the `conftest.py` beside it defines."""
    paths = [path, path.with_name("conftest.py")]
    return {name for one in paths if one.exists() for name in _own(ast.parse(one.read_text()))}


def _is_of_self(node: ast.Attribute) -> bool:
    return ast.unparse(node.value) in ("self", "cls")


def _modules(tree: ast.AST) -> set[str]:
    """What a module imports from others than the tests: no private name of these is its own."""
    return {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not _is_of_tests(node))
        for alias in node.names
    }


def _is_of_tests(node: ast.ImportFrom) -> bool:
    return (node.module or "").partition(".")[0] == "tests"


def _uses(tree: ast.AST, own: Set[str] = frozenset()) -> Iterator[str]:
    """Private names of other objects: attributes, imports, names in texts, also in programs that are texts."""
    of_others = {"super()", *_modules(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            begin = ast.unparse(node.value).partition(".")[0]
            if not _is_of_self(node) and (node.attr not in own or begin in of_others):
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
    return {name for path in paths for name in _defined(ast.walk(ast.parse(path.read_text()))) if _is_private(name)}


def test_tests_use_no_private_names_of_the_product():
    private = _of_product() - _OF_LIBRARIES
    assert len(private) > 1000
    used = {
        str(path.relative_to(ROOT)): names
        for path in _sources("tests")
        if (names := {*_uses(ast.parse(path.read_text()), _own_of(path))} & private)
    }

    assert used == _ALLOWED


def test_what_tests_define_themselves_is_their_own_but_not_what_they_override_or_set_on_others():
    tree = ast.parse("""
from product import module
class Own(module.Base):
    def __init__(self, other):
        self._of_tests = 1
        other._set_by_tests = 2
    def _overridden_by_tests(self):
        super()._overridden_by_tests()
def _of_module(own, other):
    return own._of_tests, own._of_others, module._of_module
""")

    used = sorted(name for name in _uses(tree, _own(tree)) if _is_private(name))
    assert used == ["_of_module", "_of_others", "_overridden_by_tests", "_set_by_tests"]
