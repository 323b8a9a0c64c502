"""The Lua scripts, by name. Redis keeps a script under its SHA-1."""

from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

_FOLDER = Path(__file__).parent / "scripts"


@dataclass(frozen=True, slots=True)
class Script:
    text: bytes
    digest: bytes


def _load(*names: str) -> Script:
    # Redis' Lua cannot import: what scripts share is put in front of them.
    text = b"\n".join((_FOLDER / f"{name}.lua").read_bytes() for name in names)
    return Script(text, sha1(text, usedforsecurity=False).hexdigest().encode())


ADMIT = _load("window", "admit")
SETTLE = _load("window", "settle")
FILL = _load("window", "fill")
KILL = _load("window", "kill")
RESERVE = _load("window", "reserve")
GIVE_BACK = _load("window", "give_back")
