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
from threading import RLock
from types import ModuleType
from typing import Any

import late_methods

_compile = re.compile
# How long a thread waits for a package that another one runs: to run one takes a tenth of a second.
WAITS_SECONDS = 5.0
# Before the libraries and the rooms that use this module define theirs.
late_methods.begin()


def of(*packages: str) -> None:
    """For packages that are not imported yet, a package before those in it. Others stay as they are.

    `import package.module` runs the module alone. Asking the package for any name that no module so imported has given
    it, as `from package import name` does, runs its `__init__`, and from then on it is as any other package.

    A module without modules of its own may be named too: `import module` does not run it, asking it for a name does.
    """
    for name in packages:
        spec = None if name in sys.modules else find_spec(name)
        if spec is not None:
            package = sys.modules[name] = module_from_spec(spec)
            package.__class__ = _Package
            parent, _, child = name.rpartition(".")
            if parent:
                setattr(sys.modules[parent], child, package)


def names(package: str, **module_of: str) -> None:
    """For a package that was given to `of`: these names are in these modules of it, and need no `__init__` either."""
    opened = sys.modules[package]
    if isinstance(opened, _Package):
        vars(opened)["_module_of"] = module_of


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
    """Within it, the module has nothing but these functions, which import the module when they are called.

    They may be classes, where nothing but a call of them is needed. The package of the module may be imported within.
    """
    if module in sys.modules:
        yield
        return
    stand_in = sys.modules[module] = ModuleType(module)
    for function in functions:
        setattr(stand_in, function, partial(_call, module, function))
    parent, _, child = module.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], child, stand_in)
    try:
        yield
    finally:
        del sys.modules[module]
        if parent in sys.modules and vars(sys.modules[parent]).get(child) is stand_in:
            delattr(sys.modules[parent], child)


def _call(module: str, function: str, *arguments: Any, **named: Any) -> Any:
    # A package may have functions with the names of its modules. An import puts the modules in their place.
    parent = vars(sys.modules.get(module.rpartition(".")[0], sys))
    kept = {name: one for name, one in parent.items() if isinstance(one, partial) and one.func is _call}
    found = getattr(import_module(module), function)
    parent.update(kept)
    return found(*arguments, **named)


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

    def __getattribute__(self, name: str) -> Any:
        if _running and not name.startswith("__"):
            # Another thread may be running it, and what it has until then may need what comes later. Not `super()`: the
            # class may be another one by now.
            with _alone(self):
                return ModuleType.__getattribute__(self, name)
        return ModuleType.__getattribute__(self, name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        with _alone(self):
            if self in _running:
                raise AttributeError(f"{self.__name__} has no {name} yet")
            if module := vars(self).get("_module_of", {}).get(name):
                setattr(self, name, getattr(import_module(f"{self.__name__}.{module}"), name))
            else:
                _run(self)
            return getattr(self, name)


# Of all threads: a package may need another one.
_lock = RLock()
_running: set[ModuleType] = set()


@contextmanager
def _alone(package: ModuleType) -> Iterator[None]:
    # The thread that runs the package may wait for a module that this one is about to import. Python finds such circles
    # of its own locks, and does not know this one.
    if not _lock.acquire(timeout=WAITS_SECONDS):
        raise ImportError(f"another thread runs {package.__name__}, and waits for an import of this one")
    try:
        yield
    finally:
        _lock.release()


def _run(package: _Package) -> None:
    # As in any import: the outer package first. Its `__init__` may run the inner one.
    outer = sys.modules.get(package.__name__.rpartition(".")[0])
    if isinstance(outer, _Package) and outer not in _running:
        _run(outer)
    if isinstance(package, _Package) and package.__spec__ is not None and package.__spec__.loader is not None:
        _running.add(package)
        try:
            package.__spec__.loader.exec_module(package)
        finally:
            _running.remove(package)
        package.__class__ = ModuleType  # type: ignore[assignment]  # narrower than what mypy takes it for
