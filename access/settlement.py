"""Settlement: a call's place is free, its units are given back where they are due, and the call is logged, once."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any

import errors
from access import entries, folding, lua, partitions
from access.charges import Charge, Lease
from access.entries import Outcome
from access.links import StoreRefused
from access.partitions import Places
from access.records import PostgresDown
from access.store import Call, Moment, Store, StoreDown

logger = logging.getLogger(__name__)

_PAUSE_SECONDS = 0.25
_LONG_PAUSE_SECONDS = 60.0


class Settler:
    """One per process. What Redis has not confirmed is repeated until it does."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tasks: set[asyncio.Task[Any]] = set()

    async def settle(self, lease: Lease, outcomes: Sequence[Outcome]) -> None:
        """Raises DeadlineExceeded where the lease was over: the place was given to another, and nothing is charged.

        Returns without Redis' word when it does not come in time. A caller who leaves does not stop it.
        """
        await asyncio.shield(self._keep(self._settle(lease, outcomes)))

    def abandon(self, lease: Lease, charge: Charge) -> None:
        """Ends a call that Redis may have admitted, though nobody was told so. Nothing of it is charged."""
        self._keep(self._repeat(lease, charge.failures(), "again"))

    async def aclose(self) -> None:
        """Gives what is unsettled one second; after that it is the reaper's."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        for task in self._tasks:
            task.cancel()

    async def _settle(self, lease: Lease, outcomes: Sequence[Outcome]) -> None:
        mode = "later"
        try:
            state = await self._ask(lease, outcomes, "first")
            if state == b"STALE":
                # Nothing happened, and Redis' clock is known better now.
                state = await self._ask(lease, outcomes, "first")
        except StoreDown as error:
            logger.info("A settlement will be repeated: %s", error)
            state, mode = b"STALE", _after(error, mode)
        if state == b"STALE":
            self._keep(self._repeat(lease, outcomes, mode))
        if state == b"LATE":
            raise errors.DeadlineExceeded("The service was held up longer than this operation may take.")

    async def _repeat(self, lease: Lease, outcomes: Sequence[Outcome], mode: str) -> None:
        state = b"STALE"
        while state == b"STALE":
            # At first, until the earlier command, wherever it lies, is too late to be done.
            await asyncio.sleep(_PAUSE_SECONDS)
            try:
                if self._store.up:
                    state = await self._ask(lease, outcomes, await self._checked(lease, mode))
            except StoreDown as error:
                logger.info("A settlement is not confirmed yet: %s", error)
                mode = _after(error, mode)
            except PostgresDown as error:
                logger.info("A settlement waits for Postgres: %s", error)
            except Exception:
                # A fault of ours. Should it last, the reaper ends the call when its lease is over.
                logger.exception("A settlement failed, and is tried again in %g s.", _LONG_PAUSE_SECONDS)
                await asyncio.sleep(_LONG_PAUSE_SECONDS)

    async def _checked(self, lease: Lease, mode: str) -> str:
        """`drop` where an earlier command may have been done, logged and booked by a Redis that has lost it since."""
        if mode == "again" and lease.generation not in (0, self._store.generation):
            if await folding.has_lost_what_was_booked(self._store, lease.places.partition, lease.generation):
                return "drop"
        return mode

    async def _ask(self, lease: Lease, outcomes: Sequence[Outcome], mode: str) -> bytes:
        kept = sum(outcome.units for outcome in outcomes)
        entry = b"" if lease.user_id is None else entries.pack(lease.user_id, lease.token_id, lease.hour, outcomes)

        def prepare(now: Moment) -> Call:
            return keys(lease.places, now.generation), [
                *(lease.call_id.bytes, mode, now.not_after, lease.ends, max(0, lease.cost - kept), entry),
                now.generation,
            ]

        answer = await self._store.run(lua.SETTLE, prepare)
        state: bytes = answer.values[0]
        return state

    def _keep(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def keys(at: Places, generation: int) -> list[str]:
    return [
        *(at.minute[0], at.token_minute[0], at.day, at.held, partitions.running(at.partition)),
        *(partitions.log(at.partition, generation), partitions.logs(at.partition)),
    ]


def _after(error: StoreDown, mode: str) -> str:
    """The mode of the next command, when this came of one in that mode."""
    return mode if isinstance(error, StoreRefused) else "again"
