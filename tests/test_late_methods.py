"""The same classes, made by Python alone and with methods that are compiled when they are first used."""

import dataclasses
import inspect
import subprocess
import sys
from functools import total_ordering
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Barrier, Thread
from types import FunctionType, ModuleType
from typing import Any, Generic, TypeVar

import pytest

import late_methods

T = TypeVar("T")
METHODS = ("__init__", "__repr__", "__eq__", "__hash__", "__lt__", "__setattr__", "__delattr__")

late_methods.begin()


def _as_python_has_it() -> ModuleType:
    spec = spec_from_file_location("dataclasses_of_python", dataclasses.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PLAIN = _as_python_has_it()


def _classes(by: Any) -> dict[str, Any]:
    """`by`: one of the two modules `dataclasses`."""

    @by.dataclass
    class Point:
        x: int
        y: int = 2

    @by.dataclass(order=True)
    class Ordered(Point):
        z: list[int] = by.field(default_factory=list, compare=False)

    @by.dataclass(frozen=True, slots=True, kw_only=True)
    class Frozen:
        name: str
        secret: str = by.field(default="s", repr=False)
        size: int = by.field(init=False, default=3)

    @by.dataclass(frozen=True)
    class Heir:
        a: int
        left: by.InitVar[int] = 1
        total: int = by.field(init=False)

        def __post_init__(self, left: int) -> None:
            object.__setattr__(self, "total", self.a + left)

    @by.dataclass(slots=True, eq=False)
    class Same(Generic[T]):
        value: T

    @by.dataclass(unsafe_hash=True)
    class Hashed:
        a: int
        self: int = 0

    @total_ordering
    @by.dataclass(repr=False)
    class Own:
        """It says what it is."""

        a: int

        def __repr__(self) -> str:
            return "own"

        def __lt__(self, other: Any) -> bool:
            return bool(self.a < other.a)

    @by.dataclass
    class Node:
        next: Any = None

    return {one.__name__: one for one in (Point, Ordered, Frozen, Heir, Same, Hashed, Own, Node)}


ARGUMENTS: dict[str, list[dict[str, Any]]] = {
    "Point": [{"x": 1}, {"x": 1, "y": 2}, {"x": 2}, {"y": 1}, {"x": 1, "w": 1}],
    "Ordered": [{"x": 1, "z": [1]}, {"x": 1, "z": [2]}, {"x": 3}],
    "Frozen": [{"name": "a"}, {"name": "a", "secret": "t"}, {"name": "a", "size": 3}, {}],
    "Heir": [{"a": 1}, {"a": 1, "left": 2}, {"a": 2}],
    "Same": [{"value": 1}, {"value": 1}],
    "Hashed": [{"a": 1}, {"a": 1, "self": 1}, {"a": []}],
    "Own": [{"a": 1}, {"a": 2}],
    "Node": [{}, {"next": 1}],
}


def _behaviour(cls: Any, arguments: list[dict[str, Any]]) -> list[str]:
    """What each use of the class gives, as text; errors too. The class's methods are used here for the first time."""
    made: list[Any] = []
    said = [_said(lambda given=given: cls(**given), made) for given in arguments]
    for one in made:
        said += [_said(lambda one=one: hash(one) if cls.__hash__ is not object.__hash__ else "by identity")]
        said += [_said(lambda one=one, other=other: (one == other, one != other)) for other in [*made, None]]
        said += [_said(lambda one=one, other=other: one < other) for other in [*made, None]]
        said += [_said(lambda one=one: setattr(one, "unknown", 1)), _said(lambda one=one: delattr(one, "unknown"))]
        said += [_said(lambda one=one, name=name: setattr(one, name, 7)) for name in cls.__match_args__]
        said += [_said(lambda one=one: repr(one)), _said(lambda one=one, name="a": delattr(one, name))]
    said += [_said(lambda: inspect.signature(cls)), str(cls.__match_args__)]
    return [*said, *(_method(cls, name) for name in METHODS)]


def _said(use: Any, into: list[Any] | None = None) -> str:
    try:
        given = use()
        if into is not None:
            into.append(given)
        return repr(given)
    except (TypeError, AttributeError) as error:
        return f"{type(error).__name__}: {error}"


def _method(cls: type, name: str) -> str:
    method = getattr(cls, name, None)
    own = name in vars(cls)
    if isinstance(method, FunctionType):
        return f"{own} {method.__qualname__} {inspect.signature(method)} {method.__module__}"
    return f"{own} {method if own else None}"


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_class_behaves_as_that_of_python(name):
    ours, plain = _classes(dataclasses)[name], _classes(PLAIN)[name]

    assert _behaviour(ours, ARGUMENTS[name]) == _behaviour(plain, ARGUMENTS[name])


def test_a_method_is_compiled_once_and_is_then_the_classs_own():
    point = _classes(dataclasses)["Point"]
    before = vars(point)["__init__"]

    first = point(1)

    assert not isinstance(before, FunctionType)
    assert isinstance(vars(point)["__init__"], FunctionType)
    assert vars(point)["__init__"] is point.__init__
    assert not isinstance(vars(point)["__eq__"], FunctionType)
    assert first == point(1)
    assert isinstance(vars(point)["__eq__"], FunctionType)


def test_a_class_inherits_a_method_that_was_not_used_yet():
    point = _classes(dataclasses)["Point"]

    class Heir(point):  # type: ignore[valid-type, misc]  # a function has made it
        def __init__(self):
            super().__init__(5)

    assert (Heir().x, Heir().y) == (5, 2)
    assert "__eq__" not in vars(Heir)
    assert Heir() == Heir()
    assert isinstance(vars(point)["__eq__"], FunctionType)


def test_a_repr_of_an_object_that_holds_itself_ends():
    node = _classes(dataclasses)["Node"]()
    node.next = node

    assert repr(node).endswith("Node(next=...)")


def test_wrong_fields_are_an_error_when_the_class_is_defined():
    with pytest.raises(TypeError, match="non-default argument 'b' follows default argument"):
        dataclasses.make_dataclass("Wrong", [("a", int, 1), ("b", int)])


def test_threads_may_use_a_method_first_at_the_same_time():
    for _ in range(50):
        point, together = _classes(dataclasses)["Point"], Barrier(4)
        made: list[Any] = []

        def make(point=point, together=together, made=made):
            together.wait()
            made.append(point(1))

        threads = [Thread(target=make) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

        assert made == [point(1)] * 4


def test_the_api_has_not_compiled_what_it_did_not_use():
    """Where this fails with a new Python, `dataclasses` has changed: see decision 83."""
    code = """
import graph.app
from types import FunctionType
from graph.users import Plan
from resolvers.logins import LoggedIn
print([isinstance(vars(one)["__eq__"], FunctionType) for one in (Plan, LoggedIn)])
"""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=Path(__file__).parent.parent,
        check=True,
        capture_output=True,
        text=True,
    )

    assert ran.stdout == f"{[sys.version_info >= (3, 13)] * 2}\n"
