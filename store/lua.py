"""Lua scripts. Redis keeps a script under its SHA-1."""

from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path


# Compared as objects.
@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """`name` is for metrics and traces."""

    name: str
    text: bytes
    digest: bytes


def load(folder: Path, name: str, *shared: str) -> Script:
    """Reads a script from `folder`. Redis' Lua cannot import, so the text of the `shared` files is put in front."""
    text = b"\n".join((folder / f"{part}.lua").read_bytes() for part in (*shared, name))
    return Script(name, text, sha1(text, usedforsecurity=False).hexdigest().encode())
