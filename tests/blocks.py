"""The fenced blocks of a page of the documentation."""

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>[a-z]*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """`language` is "" for a block without one, as outputs have it; `file` is a name before the block, as `ask.ts`."""

    language: str
    text: str
    file: str | None = None


def of(page: Path, *, section: str | None = None) -> list[Block]:
    """In their order; with `section` those below that heading of the second level."""
    text = page.read_text()
    if section is not None:
        (text,) = re.findall(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return [Block(match["language"], match["text"], _file(text[: match.start()])) for match in _BLOCK.finditer(text)]


def _file(before: str) -> str | None:
    """Of a line like "`ask.ts`:" just before the block."""
    match = re.search(r"`([\w.-]+)`:\n\n\Z", before)
    return match[1] if match else None
