"""Functions whose text is written for one selection or one input, in place of a loop over what it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from keyword import iskeyword
from typing import Any


def function(name: str, parameters: str, lines: Iterable[str], names: Mapping[str, Any]) -> Callable[..., Any]:
    """The function with these parameters and lines, which use these names and the built-in ones.

    What does not come from our own code may be in the lines only as a literal.
    """
    text = "\n    ".join((f"def {name}({parameters}):", *lines))
    made = dict(names)
    exec(compile(text, "<written>", "exec"), made)  # noqa: S102 - all of the text is ours
    found: Callable[..., Any] = made[name]
    return found


def is_name(text: str) -> bool:
    """Whether the text may be a name in the lines, and stays as it is. Python changes others than those of ASCII."""
    return text.isascii() and text.isidentifier() and not iskeyword(text)
