"""Base64 in one form only: a text is accepted if this module would write the same text.

Decoders accept more. Python's skip characters outside the alphabet, and even strict ones accept some extra padding and
non-zero trailing bits, so that one value would have many texts.

pybase64 needs a twentieth of the time of Python's own functions.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple, Self

import pybase64

_TO_URL_SAFE = str.maketrans("+/", "-_")
_TO_STANDARD = str.maketrans("-_", "+/")
# A text may have many megabytes. A character that stands in all of it is found in its first part.
_START = 4096
_SPACE = re.compile(r"\s")
_URL_SAFE = re.compile(r"[-_]")


class NotCanonical(ValueError):
    """The text is not what this module would write."""


class Fault(NamedTuple):
    """`got` is a noun phrase; `advice` is a sentence, or empty."""

    got: str
    advice: str = ""


class Unwritten(str):
    """The base64 of many bytes, which is written in pieces, when it is sent. As a str it is empty.

    It is a str because GraphQL takes nothing else for a String.
    """

    __slots__ = ("_raw",)
    _raw: bytes | memoryview

    def __new__(cls, raw: bytes | memoryview) -> Self:
        made = super().__new__(cls)
        made._raw = raw
        return made

    @property
    def size(self) -> int:
        """The length of the text."""
        return (len(self._raw) + 2) // 3 * 4

    def pieces(self, most: int) -> Iterator[bytes]:
        """The text in pieces of at most so many bytes, which are at least 4."""
        step = most // 4 * 3  # without padding in between
        for start in range(0, len(self._raw), step):
            yield pybase64.b64encode(self._raw[start : start + step])


def encode(raw: bytes | memoryview) -> str:
    """The standard alphabet, with padding."""
    return pybase64.b64encode_as_string(raw)


def decode(text: str) -> bytes:
    """Raises NotCanonical for a text that `encode` would not write."""
    raw = _read(text)
    if encode(raw) != text:
        raise NotCanonical("This is not canonical base64.")
    return raw


def encode_for_url(raw: bytes, *, padded: bool = False) -> str:
    """The URL-safe alphabet."""
    text = encode(raw).translate(_TO_URL_SAFE)
    return text if padded else text.rstrip("=")


def decode_from_url(text: str, *, padded: bool = False) -> bytes:
    """Raises NotCanonical for a text that `encode_for_url` would not write."""
    raw = _read(text.translate(_TO_STANDARD) + "=" * (-len(text) % 4))
    if encode_for_url(raw, padded=padded) != text:
        raise NotCanonical("This is not canonical URL-safe base64.")
    return raw


def fault(text: str) -> Fault:
    """The most likely mistake in a text that `decode` refuses, for a message."""
    if text[:5].lower() == "data:":
        return Fault("a data: URL", "Send only the part after its comma.")
    if "\n" in text or "\r" in text:
        return Fault("text with line breaks", "Send it in one line.")
    if _SPACE.search(text[:_START]):
        return Fault("text with spaces", "Send it without them.")
    if _URL_SAFE.search(text[:_START]):
        return Fault("the URL-safe alphabet", "Use + and / instead of - and _.")
    if len(text.rstrip("=")) % 4 in (2, 3) and len(text) % 4:
        return Fault("text without its padding", "Add = until its length is a multiple of four.")
    return Fault("other text")


def _read(text: str) -> bytes:
    """Empty where the decoder refuses it; no text but the empty one is written for that."""
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:
        return b""
