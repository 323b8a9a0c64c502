"""Digests of passwords by argon2id, computed in a few threads of their own."""

import asyncio
import os
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import BoundedSemaphore, get_native_id
from typing import Any, Final, TypeVar
from unicodedata import normalize

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

import errors
from telemetry import metrics

LONGEST: Final = 256

# RFC 9106's choice for machines short of memory, with one lane: we run several at once instead.
_MEMORY_KIB = 64 * 1024
_PASSES = 3
_LANES = 1
_NICENESS = 10

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Verified:
    """`new_digest`: store it instead of the verified one, which was made with less work than we ask for now."""

    ok: bool
    new_digest: str | None = None


class Hasher:
    """One per process. `slots` is the most digests that run and wait, together.

    `computed` counts the digests computed: tests use it to show that the time taken reveals nothing.
    """

    def __init__(
        self, slots: int, *, threads: int | None = None, passes: int = _PASSES, memory_kib: int = _MEMORY_KIB
    ) -> None:
        self._slots = BoundedSemaphore(slots)
        self._threads = ThreadPoolExecutor(min(slots, threads or os.cpu_count() or 1), "passwords", _give_way)
        hasher = Argon2Hasher(time_cost=passes, memory_cost=memory_kib, parallelism=_LANES)
        self._passwords = PasswordHash([hasher])
        # Passwords for accounts that do not exist are verified against this digest, at the cost of a real one. It takes
        # as long as any, so it is made while the process starts.
        self._dummy_digest = self._threads.submit(self._passwords.hash, os.urandom(32))
        self.computed = 0

    async def hash(self, password: str) -> str:
        """The digest to store. Raises ServiceUnavailable when no slot is free."""
        prepared = _prepared(password)
        return await self._run(lambda: self._passwords.hash(prepared))

    async def verify(self, password: str, digest: str | None) -> Verified:
        """Whether the password fits the digest. Without a digest it does not, after the same work.

        Raises ServiceUnavailable when no slot is free.
        """
        prepared = _prepared(password)
        # Too long to be a password: verified against the dummy digest, at the same cost.
        known = digest is not None and len(password) <= LONGEST

        def work() -> Verified:
            held = digest if digest and known else self._dummy_digest.result()
            ok, new_digest = self._passwords.verify_and_update(prepared, held)
            return Verified(ok and known, new_digest if known else None)

        return await self._run(work)

    def check_room(self) -> None:
        """Raises ServiceUnavailable when no slot is free: then there is no need to look up the user first."""
        if self._slots.acquire(blocking=False):
            self._slots.release()
        else:
            raise errors.ServiceUnavailable()

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], Answer]) -> Answer:
        if not self._slots.acquire(blocking=False):
            raise errors.ServiceUnavailable()
        self.computed += 1
        metrics.HASHING_RUNNING.inc()
        running: Future[Answer] = self._threads.submit(work)
        # The slot is taken until the thread is done, also when the caller has left: an attacker who hangs up must not
        # free a slot whose work still runs.
        running.add_done_callback(self._leave)
        return await asyncio.wrap_future(running)

    def _leave(self, _done: Future[Any]) -> None:
        self._slots.release()
        metrics.HASHING_RUNNING.dec()


def _give_way() -> None:
    """Lowers the priority: while every core checks passwords, callers with a session must still be answered in time."""
    if sys.platform == "linux":  # elsewhere a thread has no priority of its own
        os.setpriority(os.PRIO_PROCESS, get_native_id(), _NICENESS)


def _prepared(password: str) -> bytes:
    # Half of a surrogate pair is not text. It is a wrong password, not an error of ours.
    return _normalised(password[:LONGEST]).encode(errors="surrogatepass")


def _normalised(password: str) -> str:
    # RFC 8265: two keyboards may encode one letter in two ways.
    return normalize("NFC", password)
