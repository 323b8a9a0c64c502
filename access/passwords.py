"""Passwords' digests by argon2id, in a few threads of their own."""

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
    """`new_digest` is to be stored instead, where the one that was verified was made with less work than is due now."""

    ok: bool
    new_digest: str | None = None


class Hasher:
    """`places` bounds those that run and those that wait, together; one per process.

    `computed` counts what cost a digest's work: that is how a test sees that strangers learn nothing from time.
    """

    def __init__(
        self, places: int, *, threads: int | None = None, passes: int = _PASSES, memory_kib: int = _MEMORY_KIB
    ) -> None:
        self._places = BoundedSemaphore(places)
        self._threads = ThreadPoolExecutor(min(places, threads or os.cpu_count() or 1), "passwords", _give_way)
        hasher = Argon2Hasher(time_cost=passes, memory_cost=memory_kib, parallelism=_LANES)
        self._passwords = PasswordHash([hasher])
        # What passwords for accounts that do not exist are held against, at the cost of a real one.
        # It takes as long as any, and is made while the process starts.
        self._nobody = self._threads.submit(self._passwords.hash, os.urandom(32))
        self.computed = 0

    async def hash(self, password: str) -> str:
        """The digest to store. Raises ServiceUnavailable when every place is taken."""
        prepared = _prepared(password)
        return await self._run(lambda: self._passwords.hash(prepared))

    async def verify(self, password: str, digest: str | None) -> Verified:
        """Without a digest the answer is no, after the same work. Raises ServiceUnavailable like `hash`."""
        prepared = _prepared(password)
        # Too long to have been taken for a password: held, at the same cost, against nobody's.
        known = digest is not None and len(password) <= LONGEST

        def work() -> Verified:
            held = digest if digest and known else self._nobody.result()
            ok, new_digest = self._passwords.verify_and_update(prepared, held)
            return Verified(ok and known, new_digest if known else None)

        return await self._run(work)

    def check_room(self) -> None:
        """Raises ServiceUnavailable when every place is taken: whoever comes next need not be looked up first."""
        if self._places.acquire(blocking=False):
            self._places.release()
        else:
            raise errors.ServiceUnavailable()

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], Answer]) -> Answer:
        if not self._places.acquire(blocking=False):
            raise errors.ServiceUnavailable()
        self.computed += 1
        metrics.HASHING_RUNNING.inc()
        running: Future[Answer] = self._threads.submit(work)
        # The place is taken until the thread is done with it, also when the caller has left: a stranger who hangs up
        # must not free a place that still costs.
        running.add_done_callback(self._leave)
        return await asyncio.wrap_future(running)

    def _leave(self, _done: Future[Any]) -> None:
        self._places.release()
        metrics.HASHING_RUNNING.dec()


def _give_way() -> None:
    """With every core at work on strangers' passwords, those who have logged in must still be answered in time."""
    if sys.platform == "linux":  # elsewhere a thread has no priority of its own
        os.setpriority(os.PRIO_PROCESS, get_native_id(), _NICENESS)


def _prepared(password: str) -> bytes:
    # Half of a surrogate pair is no text, and yet a password that is wrong rather than a failure of ours.
    return _normalised(password[:LONGEST]).encode(errors="surrogatepass")


def _normalised(password: str) -> str:
    # RFC 8265: two keyboards may write one letter in two ways.
    return normalize("NFC", password)
