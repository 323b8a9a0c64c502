"""A queue for long work before admission: one thread does the work, and networks take turns."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from time import thread_time
from typing import TYPE_CHECKING, Any, TypeVar

import errors
from graph.execution.processor_time import LIMIT, Budgets, budget_of
from telemetry import metrics

if TYPE_CHECKING:
    from access.callers import Caller

Result = TypeVar("Result")

# How many jobs may wait for one network, and in all. Without an attack a job waits for a few milliseconds.
_MOST_OF_A_NETWORK = 64
_MOST = 1024
_LATER = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[], Any]
    kind: str
    budget: str
    result: asyncio.Future[Any]


class FairQueue:
    """One per process. Each network has its own queue, first come, first served; the queues take turns."""

    def __init__(self, most: timedelta) -> None:
        """`most` is the processor time that a caller may use at once; a tenth of it comes back each second."""
        self._budgets = Budgets(most)
        self._waiting: OrderedDict[str, deque[_Job]] = OrderedDict()
        self._is_working = False
        # One, so that hostile work cannot crowd out the event loop. It takes turns with the loop every 5 ms.
        self._thread = ThreadPoolExecutor(1, "preparation")

    async def run(self, work: Callable[[], Result], caller: Caller, *, kind: str) -> Result:
        """Returns or raises what `work` does. `kind` is the label of the work in metrics.

        Raises RateLimited if the caller's processor time is used up or too many jobs of its network wait, and
        ServiceUnavailable if too many jobs wait in all.
        """
        budget = budget_of(caller)
        self._require_budget(budget)
        self._require_room(caller.network)
        job = _Job(work, kind, budget, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(caller.network, deque()).append(job)
        if not self._is_working:
            self._next()
        self._show_length()
        try:
            # A caller who leaves cancels this; the job is then skipped.
            result: Result = await job.result
            return result
        finally:
            # Otherwise an exception and this frame would refer to each other, and keep the body in memory.
            del job

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _require_budget(self, budget: str) -> None:
        try:
            self._budgets.require(budget)
        except errors.RateLimited:
            metrics.PREPARATIONS_REFUSED.labels("budget").inc()
            raise

    def _require_room(self, network: str) -> None:
        if len(self._waiting.get(network, ())) >= _MOST_OF_A_NETWORK:
            metrics.PREPARATIONS_REFUSED.labels("network").inc()
            raise errors.RateLimited(LIMIT, _LATER)
        if sum(map(len, self._waiting.values())) >= _MOST:
            metrics.PREPARATIONS_REFUSED.labels("full").inc()
            raise errors.ServiceUnavailable()

    def _next(self) -> None:
        while self._waiting:
            job = self._take()
            if job.result.done():
                continue
            try:
                # It may have been used up since this was queued.
                self._require_budget(job.budget)
            except errors.RateLimited as refusal:
                job.result.set_exception(refusal)
                continue
            self._is_working = True
            working = asyncio.get_running_loop().run_in_executor(self._thread, _measured, job.work)
            working.add_done_callback(partial(self._done, job))
            return

    def _take(self) -> _Job:
        network, jobs = next(iter(self._waiting.items()))
        job = jobs.popleft()
        if jobs:
            self._waiting.move_to_end(network)
        else:
            del self._waiting[network]
        return job

    def _done(self, job: _Job, working: asyncio.Future[tuple[float, Any, Exception | None]]) -> None:
        self._is_working = False
        if working.cancelled():  # the process ends
            job.result.cancel()
            return
        seconds, result, error = working.result()
        self._budgets.spend(job.budget, seconds)
        metrics.PREPARATION_SECONDS.labels(job.kind).inc(seconds)
        if not job.result.done():
            if error is None:
                job.result.set_result(result)
            else:
                job.result.set_exception(error)
        self._next()
        self._show_length()

    def _show_length(self) -> None:
        metrics.PREPARATIONS_WAITING.set(sum(map(len, self._waiting.values())))


def _measured(work: Callable[[], Any]) -> tuple[float, Any, Exception | None]:
    """The seconds of this thread's processor time, and what `work` returned or raised."""
    started_at = thread_time()
    try:
        result = work()
        return thread_time() - started_at, result, None
    except Exception as error:  # raised where the caller waits for the result
        return thread_time() - started_at, None, error
