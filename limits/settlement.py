"""Settlement: frees the call's slot, gives back the units that it does not keep, and logs the call exactly once."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any

import errors
from db.postgres import PostgresDown
from limits import entries, partitions, rollup, scripts
from limits.charges import Charge, Lease
from limits.entries import Outcome
from limits.partitions import SubjectKeys
from store.connections import StoreRefused
from store.redis import Answer, Packed, ScriptCall, Stamp, Store, StoreDown
from store.script_requests import Outcome as ScriptOutcome

logger = logging.getLogger(__name__)

_PAUSE_SECONDS = 0.25
_LONG_PAUSE_SECONDS = 60.0
CLOSES_WITHIN = 1.0


def nothing() -> None:
    """There is nothing to do while Redis works."""


class Settler:
    """One per process. A settlement is repeated until Redis confirms it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tasks: set[asyncio.Task[Any]] = set()

    async def settle(self, lease: Lease, outcomes: Sequence[Outcome], meanwhile: Callable[[], Any] = nothing) -> Any:
        """What `meanwhile` returns, which is called while Redis works. It should take less than a few milliseconds:
        the answer of Redis waits for it.

        Raises what `meanwhile` raises, and DeadlineExceeded if the lease was over: another call may use the slot, and
        nothing is charged. If Redis does not answer in time, this returns and the settlement is repeated in the
        background. A caller who leaves does not stop it.
        """
        repeat = partial(self._repeat_unless_done, lease, outcomes)
        asked = self._run(lease, outcomes, "first", repeat)
        try:
            return meanwhile()
        finally:
            await self._settled(asked, lease, outcomes, repeat)

    async def _settled(
        self,
        asked: Coroutine[Any, Any, Answer],
        lease: Lease,
        outcomes: Sequence[Outcome],
        repeat: Callable[[ScriptOutcome], None],
    ) -> None:
        try:
            answer = await asked
            if answer.values[0] == b"STALE":
                # The command arrived too late, so Redis did nothing. Its answer has corrected this process' estimate
                # of Redis' clock.
                answer = await self._run(lease, outcomes, "first", repeat)
        except StoreDown as error:
            repeat(error)
            return
        state = answer.values[0]
        if state == b"DONE":
            return
        repeat(answer)
        if state == b"LATE":
            raise errors.DeadlineExceeded("The service was held up longer than this operation may take.")

    def abandon(self, lease: Lease, charge: Charge) -> None:
        """Ends a call that Redis may have admitted and whose caller got no answer. Nothing is charged."""
        self._keep(self.repeat(lease, charge.failures, "again"))

    async def settle_job(self, lease: Lease, outcomes: Sequence[Outcome]) -> None:
        """Ends the call of a job, and returns when Redis has confirmed it. It may be repeated, and logs nothing.

        Raises StoreDown. Redis may have settled it all the same.
        """
        await self._run(lease, outcomes, "job")

    async def aclose(self) -> None:
        """Waits one second for unfinished settlements. The reaper ends the calls that are left."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSES_WITHIN):
                await self._store.drain()
                if self._tasks:
                    await asyncio.wait(self._tasks)
        for task in self._tasks:
            task.cancel()

    def _repeat_unless_done(self, lease: Lease, outcomes: Sequence[Outcome], first: ScriptOutcome) -> None:
        """`first` is what became of the settlement in the mode `first`."""
        if isinstance(first, StoreDown):
            logger.info("A settlement will be repeated: %s", first)
            self._keep(self.repeat(lease, outcomes, _after(first, "later")))
        elif isinstance(first, Answer) and first.values[0] == b"STALE":
            self._keep(self.repeat(lease, outcomes, "later"))

    async def repeat(self, lease: Lease, outcomes: Sequence[Outcome], mode: str) -> None:
        """Asks until Redis confirms the settlement. `mode` is that of the first command."""
        state = b"STALE"
        while state == b"STALE":
            # After this pause, an earlier command that is still on its way arrives too late to run.
            await asyncio.sleep(_PAUSE_SECONDS)
            try:
                if self._store.is_up(lease.keys.partition):
                    state = await self.ask(lease, outcomes, await self._mode_now(lease, mode))
            except StoreDown as error:
                logger.info("A settlement is not confirmed yet: %s", error)
                mode = _after(error, mode)
            except PostgresDown as error:
                logger.info("A settlement waits for Postgres: %s", error)
            except Exception:
                # A fault of our own. If it lasts, the reaper ends the call when its lease is over.
                logger.exception("A settlement failed. It is tried again in %g s.", _LONG_PAUSE_SECONDS)
                await asyncio.sleep(_LONG_PAUSE_SECONDS)

    async def _mode_now(self, lease: Lease, mode: str) -> str:
        """`mode`, or `drop` if the call may already be in usage while Redis has lost the command that logged it."""
        if mode == "again" and lease.generation not in (0, self._store.generation(lease.keys.partition)):
            if await rollup.has_lost_committed_entries(self._store, lease.keys.partition, lease.generation):
                return "drop"
        return mode

    async def ask(self, lease: Lease, outcomes: Sequence[Outcome], mode: str) -> bytes:
        """The state that the script answers, as `settle.lua` names it. Raises StoreDown."""
        state: bytes = (await self._run(lease, outcomes, mode)).values[0]
        return state

    def _run(
        self,
        lease: Lease,
        outcomes: Sequence[Outcome],
        mode: str,
        unclaimed: Callable[[ScriptOutcome], None] | None = None,
    ) -> Coroutine[Any, Any, Answer]:
        given_back = lease.cost
        for outcome in outcomes:
            given_back -= outcome.units
        if given_back < 0:
            given_back = 0
        entry = b"" if lease.user_id is None else entries.pack(lease.user_id, lease.token_id, lease.hour, outcomes)

        def prepare(stamp: Stamp) -> ScriptCall:
            _, generation, _, not_after = stamp
            keys = _packed_keys(lease.keys, generation)
            return keys, (lease.call_id, mode, not_after, lease.ends, given_back, entry, generation)

        return self._store.run(scripts.SETTLE, prepare, key=lease.keys.partition, unclaimed=unclaimed)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@lru_cache(partitions.KEPT)
def _packed_keys(subject: SubjectKeys, generation: int) -> Packed:
    return Packed(scripts.SETTLE, keys_of(subject, generation))


def keys_of(subject: SubjectKeys, generation: int) -> tuple[str, ...]:
    """The keys of the script `settle.lua`, in the order that it reads."""
    return (
        *(subject.minute[0], subject.token_minute[0], subject.day, subject.slots),
        partitions.running(subject.partition),
        *(partitions.log(subject.partition, generation), partitions.logs(subject.partition)),
        *(subject.models_minute[0], subject.models_day),
    )


def _after(error: StoreDown, mode: str) -> str:
    """The mode of the next command: `again` if Redis may have run the one that failed, else as before."""
    return mode if isinstance(error, StoreRefused) else "again"
