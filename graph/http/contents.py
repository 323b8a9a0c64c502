"""The bytes of an answer. Base64 of large tensors is written piece by piece, while it is sent."""

from collections.abc import Iterator
from typing import Any

import orjson

from base64_text import Unwritten

# Subclasses of these are written as they are.
_PLAIN: tuple[type[Any], ...] = (str, int, list, dict)
# JSON never holds one: in texts it is escaped.
_MARK = b"\0"


class Content:
    """JSON with base64 that is not written yet: `texts[0]`, `later[0]`, `texts[1]` and so on."""

    def __init__(self, texts: list[bytes], later: list[Unwritten]) -> None:
        self._texts = texts
        self._later = later
        self._size = sum(map(len, texts)) + sum(text.size for text in later)

    def __len__(self) -> int:
        return self._size

    def between(self, before: bytes, after: bytes) -> "Content":
        """The same with these bytes around it."""
        first, *texts = self._texts
        *texts, last = [before + first, *texts]
        return Content([*texts, last + after], self._later)

    def pieces(self, most: int) -> Iterator[bytes]:
        yield from pieces(self._texts[0], most)
        for later, text in zip(self._later, self._texts[1:], strict=True):
            yield from later.pieces(most)
            yield from pieces(text, most)


def between(before: bytes, content: bytes | Content, after: bytes) -> bytes | Content:
    return content.between(before, after) if isinstance(content, Content) else b"%b%b%b" % (before, content, after)


def pieces(content: bytes | Content, most: int) -> Iterator[bytes]:
    """All of it, in pieces of at most so many bytes."""
    if isinstance(content, Content):
        yield from content.pieces(most)
        return
    for start in range(0, len(content), most):
        yield content[start : start + most]


def write(body: dict[str, Any] | list[dict[str, Any]]) -> bytes | Content:
    """As JSON."""
    later: list[Unwritten] = []

    def other(value: Any) -> Any:
        if isinstance(value, Unwritten):
            later.append(value)
            return orjson.Fragment(b'"' + _MARK + b'"')
        for kind in _PLAIN:
            if isinstance(value, kind):
                return kind(value)
        raise TypeError(f"{type(value).__name__} is not JSON")

    text = orjson.dumps(body, other, orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_PASSTHROUGH_SUBCLASS)
    return Content(text.split(_MARK), later) if later else text
