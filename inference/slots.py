"""The slots of a process for calls of models. A call that finds none waits in a fair share (decision 68)."""

import asyncio
from datetime import timedelta
from functools import partial
from math import ceil
from time import perf_counter

import errors
from inference.fair_share import FairShare, Full, Reason
from inference.lanes import Call, Limits, Room
from telemetry import metrics

# A caller who waits for its own calls is looked at again after this time, also if no call may wait for others.
_LOOK_AGAIN = 1.0
_LONGEST_RETRY = 60
# To look at more callers than these takes long, and memory becomes free several times for each request.
_MANY = 64
_LOOK_AT_MANY_AFTER = 0.05
_REASONS = {
    Reason.FULL: "Too many calls wait for models.",
    Reason.SHARE: "Too many of your calls wait for models.",
    Reason.MEMORY: "Running calls use all the memory that is set aside for calls.",
}


class Slots:
    """For one kind of calls. `longest` is how long a call may wait for the calls of others; with 0 it does not wait."""

    def __init__(self, share: FairShare, *, kind: str, longest: timedelta) -> None:
        self._share = share
        # These do not wait.
        self.arrive, self.end, self.tell_those_behind = share.arrive, share.end, share.tell_those_behind
        # Those who wait for memory. It is empty while nobody does.
        self.short = share.short
        self._longest = longest.total_seconds()
        self._looks_later = False
        metrics.CALLS_WAITING.labels(kind).set_function(lambda: share.waiting)

    def enter(self, limits: Limits, caller: str, *, weight: int, size: int, room: Room) -> Call:
        """A call that has a slot, or that `wait` waits for; `end` gives the slot back. Raises ModelBusy.

        `weight` is the caller's in the fair share, `size` the bytes of its inputs, `room` the memory that it needs.
        """
        try:
            return self._share.enter(limits, caller, weight=weight, size=size, room=room)
        except Full as full:
            raise _refusal(limits.model, full.reason) from full

    async def wait(self, call: Call, within: timedelta) -> timedelta:
        """Returns the rest of `within` when the call has its slot.

        It waits `longest` for the calls of others, and all of `within` for the caller's own. Raises ModelBusy,
        DeadlineExceeded if the caller's own calls have taken all of `within`, and what the call was refused with.
        """
        loop, model = asyncio.get_running_loop(), call.seat.lane.limits.model
        began_at, end = perf_counter(), loop.time() + within.total_seconds()
        turn: asyncio.Future[None] = loop.create_future()
        call.begin, call.refuse = partial(_begin, turn), partial(_refuse, turn)
        try:
            until = min(end, loop.time() + self._longest)
            while not turn.done():
                await asyncio.wait([turn], timeout=max(0.0, until - loop.time()))
                if not turn.done():
                    if loop.time() >= end or not self._share.waits_for_own(call):
                        raise self._late(call, model)
                    until = min(end, loop.time() + max(self._longest, _LOOK_AGAIN))
            turn.result()
        except BaseException as error:
            # The caller left, its credential ended, or the time is over.
            self._share.leave(call)
            if isinstance(error, errors.GatehouseError):
                _count(model, error)
            raise
        finally:
            metrics.CALLS_WAITED_SECONDS.labels(model).observe(perf_counter() - began_at)
            # The error of the turn refers to this frame. Only the garbage collector would free the two.
            call.begin = call.refuse = None
            del turn
        return timedelta(seconds=max(end - loop.time(), 0.001))

    def at_work(self, limits: Limits) -> int:
        return self._share.at_work(limits)

    def look_again(self) -> None:
        """Memory is free again."""
        if len(self.short) <= _MANY:
            self._share.look_again()
        elif not self._looks_later:
            self._looks_later = True
            asyncio.get_running_loop().call_later(_LOOK_AT_MANY_AFTER, self._look_at_many)

    def _look_at_many(self) -> None:
        self._looks_later = False
        self._share.look_again()

    def _late(self, call: Call, model: str) -> errors.GatehouseError:
        if call.seat.is_full and self._share.waits_for_own(call):
            metrics.CALLS_REFUSED.labels(Reason.LATE).inc()
            return errors.DeadlineExceeded(
                "Your other calls of this model used up the time. Send fewer calls at once, or raise `timeout`."
            )
        if call.seat.is_short:
            metrics.BYTES_REFUSED.labels("call").inc()
            return _busy(model, Reason.MEMORY)
        return _busy(model, Reason.LATE, after=call.seat.lane.until(call.seat.lane.waiting))


def _begin(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)


def _refuse(turn: asyncio.Future[None], refusal: Exception) -> None:
    if not turn.done():
        metrics.CALLS_REFUSED.labels(Reason.MEMORY).inc()
        turn.set_exception(refusal)


def _refusal(model: str, reason: Reason) -> errors.ModelBusy:
    refusal = _busy(model, reason)
    _count(model, refusal)
    return refusal


def _count(model: str, refusal: errors.GatehouseError) -> None:
    metrics.TRITON_CALLS.labels(model, refusal.code).inc()


def _busy(model: str, reason: Reason, *, after: float = 0) -> errors.ModelBusy:
    metrics.CALLS_REFUSED.labels(reason).inc()
    sentence = _REASONS.get(reason, f"Other calls take every slot of model {model!r}.")
    return errors.ModelBusy(sentence, retry_after_seconds=min(_LONGEST_RETRY, max(1, ceil(after / 1000))))
