"""Methods of dataclasses that are compiled when they are first used.

`dataclass` writes the methods of a class as text and compiles the text. That is a quarter of the processor time of our
imports: the API, GraphQL's types and the libraries have 350 of these classes, and a process uses few of their methods.
Here a class gets a stand-in for each method, which compiles the method when it is first asked for and puts it into the
class in its own place. From then on the class is as any other. Docstrings that `dataclass` makes of the signature are
left out: for them it would compile `__init__`.

This replaces private functions of `dataclasses`, as they are in Python 3.11 and 3.12; decision 83 says why.
"""

import dataclasses
from collections.abc import Callable
from types import FunctionType
from typing import Any

_library: Any = dataclasses
_compile: Any = getattr(_library, "_create_fn", None)
_process: Any = getattr(_library, "_process_class", None)
_wrap_repr: Any = getattr(_library, "_recursive_repr", None)


class _Late:
    """Stands in a class for a method until the method is used."""

    def __init__(self, name: str, make: Callable[[], FunctionType]) -> None:
        self.__name__ = name
        self.make = make

    def __get__(self, instance: object, owner: type) -> Any:
        # Two threads may both compile it. Either result is right, and the last one stays.
        function = self.make()
        for cls in owner.__mro__:
            if cls.__dict__.get(self.__name__) is self:
                function.__qualname__ = f"{cls.__qualname__}.{self.__name__}"
                type.__setattr__(cls, self.__name__, function)
        return function.__get__(instance, owner)


def begin() -> None:
    """For all dataclasses that the process defines from now on. Does nothing in a Python without these functions."""
    if _compile and _process and _wrap_repr:
        _library._create_fn = _create
        _library._recursive_repr = _wrap_repr_later
        _library._process_class = _process_without_docstring


def _create(name: str, arguments: Any, body: Any, **options: Any) -> _Late:
    return _Late(name, lambda: _compile(name, arguments, body, **options))


def _wrap_repr_later(late: _Late) -> _Late:
    return _Late(late.__name__, lambda: _wrap_repr(late.make()))


def _process_without_docstring(cls: type, *options: Any) -> type:
    if not cls.__doc__:
        cls.__doc__ = cls.__name__
    made: type = _process(cls, *options)
    return made
