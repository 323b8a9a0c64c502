"""Packages whose `__init__` runs when something in it is used, and not when one of their modules is imported.

Some libraries import all that they have in `__init__`, and Python runs it before any of their modules. A process that
uses one module then pays for all of them at each start, in time and in memory.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

import late_methods

_compile = re.compile
# Before the libraries and the rooms that use this module define theirs.
late_methods.begin()


def of(*packages: str) -> None:
    """For packages that are not imported yet, a package before those in it. Others stay as they are.

    `import package.module` runs the module alone. Asking the package for any name that no module so imported has given
    it, as `from package import name` does, runs its `__init__`, and from then on it is as any other package.
    """
    for name in packages:
        spec = None if name in sys.modules else find_spec(name)
        if spec is not None:
            package = sys.modules[name] = module_from_spec(spec)
            package.__class__ = _Package
            parent, _, child = name.rpartition(".")
            if parent:
                setattr(sys.modules[parent], child, package)


def modules(package: str, *names: str) -> None:
    """Imports these modules of the package, so that `from package import module` finds them without its `__init__`."""
    for name in names:
        import_module(f"{package}.{name}")


@contextmanager
def absent(package: str) -> Iterator[None]:
    """Within it, imports of the package fail, for a library that uses it if it is installed."""
    if package in sys.modules:
        yield
        return
    # Python's own way to say that there is no such module.
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]


@contextmanager
def deferred(module: str, *functions: str) -> Iterator[None]:
    """Within it, the module has nothing but these functions, which import the module when they are called."""
    if module in sys.modules:
        yield
        return

    def call(function: str, *arguments: Any, **named: Any) -> Any:
        return getattr(import_module(module), function)(*arguments, **named)

    stand_in = sys.modules[module] = ModuleType(module)
    for function in functions:
        setattr(stand_in, function, partial(call, function))
    parent, _, child = module.rpartition(".")
    setattr(import_module(parent), child, stand_in)
    try:
        yield
    finally:
        del sys.modules[module]
        delattr(sys.modules[parent], child)


@contextmanager
def patterns() -> Iterator[None]:
    """Within it, `re.compile` compiles nothing: a pattern compiles itself when it is first used.

    For libraries with patterns that take milliseconds to compile and that the process may never use.
    """
    re.compile = _Pattern  # type: ignore[assignment]
    try:
        yield
    finally:
        re.compile = _compile


@contextmanager
def no_sources() -> Iterator[None]:
    """Within it, Python code is as if it had no source files, for a library that reads its own."""
    getsource = inspect.getsource

    def missing(_object: object) -> str:
        raise OSError("sources are not read now")

    inspect.getsource = missing  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getsource = getsource


class _Pattern:
    """Stands for a compiled pattern; has its attributes and methods."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self._arguments = (pattern, flags)

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return _compile(*self._arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compiled, name)


class _Package(ModuleType):
    """A package that was opened, so that its modules can be imported, but whose `__init__` has not run."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        _run(self)
        return getattr(self, name)


def _run(package: _Package) -> None:
    # As in any import: the outer package first. Its `__init__` may run the inner one.
    outer = sys.modules.get(package.__name__.rpartition(".")[0])
    if isinstance(outer, _Package):
        _run(outer)
    if isinstance(package, _Package) and package.__spec__ is not None and package.__spec__.loader is not None:
        package.__class__ = ModuleType  # type: ignore[assignment]  # narrower than what mypy takes it for
        package.__spec__.loader.exec_module(package)
