"""Digests that are made as the tests' services make them (tests/preloaded.py), and hashers that are at work for as long
as a test wants: real work takes a tenth of a second of a core, and on a busy machine nobody knows how long."""

import threading
from typing import Any, Final

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from access import passwords
from access.passwords import Hasher

QUICK: Final = {"passes": 1, "memory_kib": 8}


async def digest_of(password: str) -> str:
    hasher = Hasher(1, **QUICK)
    try:
        return await hasher.hash(password)
    finally:
        hasher.close()


class Hold:
    """Each digest that a hasher made from now on begins after `close` waits until `open`. `begun` is set when one
    begins."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = begun = threading.Event()
        self._open = may_go_on = threading.Event()
        self.open()

        class Held(Argon2Hasher):
            def hash(self, *args: Any, **options: Any) -> str:
                begun.set()
                assert may_go_on.wait(60)
                return super().hash(*args, **options)

        monkeypatch.setattr(passwords, "Argon2Hasher", Held)

    def open(self) -> None:
        self._open.set()

    def close(self) -> None:
        self.begun.clear()
        self._open.clear()

    async def hasher(self, slots: int) -> Hasher:
        """Its threads are free: each hasher makes a digest of its own first."""
        made = Hasher(slots, **QUICK)
        await made.verify("", None)
        return made
