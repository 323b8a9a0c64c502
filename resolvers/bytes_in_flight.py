"""Limits the bytes that all requests of this process hold at once: bodies, tensors to and from models, answers.

Bytes are reserved here first and released when they are gone, so that a flood is refused before memory runs out.
"""

import asyncio
from collections import OrderedDict
from datetime import timedelta
from functools import partial
from typing import Protocol

import errors
from resolvers.byte_needs import BUSY, SMALL_BYTES, Holder, Need, Needs, Stuck
from resolvers.holds import Hold
from telemetry import metrics

# One eighth of all bytes is only for small requests; one caller may hold at most three eighths.
_EIGHTHS = 8
_ONE_CALLERS = 3
# A caller with a full share may still hold this part of all bytes for small requests, but not the whole eighth.
_SMALL_OF_ONE = 16
# A model call that waits for room is refused after this time.
LONGEST_WAIT = timedelta(seconds=5)
_TOO_MUCH = "This operation needs more memory at once than one caller may use. Ask for less in one operation."


class Queue(Protocol):
    """The calls of models that wait."""

    def look_again(self) -> None:
        """There may be more room."""

    def tell_those_behind(self) -> None:
        """Calls `Hold.waits_behind` for each that waits for memory behind another one of the same caller."""


class BytesInFlight:
    """One per process, used only on its event loop. Each `Hold` counts into it what it holds. All together may hold
    `most`, and one subject `most_of_one`; requests that are not small `for_all` and `share`.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.for_all = most - most // _EIGHTHS
        self.share = most * _ONE_CALLERS // _EIGHTHS
        # Never more than fits beside the caller's own body.
        self.most_of_call = self.share * 3 // 4
        self.most_of_one = self.share + most // _SMALL_OF_ONE
        self.held = 0
        self.held_by_subject: dict[str, int] = {}
        # Of these, what comes back when running calls end.
        self.lent_by_subject: dict[str, int] = {}
        self.needs = Needs(self.share, self.for_all, self._left)
        # Whether something has found no room since the queue was told last.
        self.is_short = False
        self._waiting: OrderedDict[asyncio.Future[None], tuple[Hold, Need]] = OrderedDict()
        self._behind: dict[Holder, list[Need]] = {}
        self._looks_soon = False
        self._calls: Queue | None = None
        metrics.BYTES_IN_FLIGHT_MOST.set(most)
        metrics.BYTES_IN_FLIGHT.set_function(lambda: self.held)

    @property
    def is_waited_for(self) -> bool:
        """Whether an operation waits for bytes."""
        return bool(self.needs)

    def serve(self, calls: Queue) -> None:
        """Tells the queue of calls when there may be more room, if `Hold.takes` found none. What waits here is let in
        before.
        """
        self._calls = calls

    def hold(self, subject: str) -> Hold:
        """An empty hold; its bytes count for the share of `subject`, a user or a network."""
        return Hold(self, subject)

    def comes_later(self, hold: Hold, need: Need) -> bool:
        """Whether the need must wait for others, although there may be room for it."""
        return hold.count + need.count > SMALL_BYTES and self.needs.comes_after(hold)

    def wait_with(self, hold: Hold, need: Need) -> None:
        """There is no room for it now."""
        self.is_short = True
        self.needs.add(hold, need)
        self._look_soon()

    def drop(self, hold: Hold, need: Need) -> None:
        if self.needs.by_subject and self.needs.drop(hold, need):
            # What it waited for may be for others now.
            self._look_soon()

    def waits_for_own(self, hold: Hold, count: int) -> bool:
        """Whether operations of the same subject leave no room for these."""
        held = self.held_by_subject.get(hold.subject, 0)
        return held + count > self.share or self.needs.comes_after(hold)

    async def wait(self, hold: Hold, count: int, within: timedelta) -> None:
        """Waits until `count` is reserved, if there is no room now. The first waiting call that fits is next: a small
        one may pass a large one.

        It waits some seconds for bytes of other callers, and all of `within` for the caller's own. Raises TimeoutError,
        and as a need is refused.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        need = Need(count, partial(_refuse, turn))
        if hold.takes(need):
            return
        self._waiting[turn] = hold, need
        try:
            async with asyncio.timeout(within.total_seconds()):
                while not (await asyncio.wait([turn], timeout=LONGEST_WAIT.total_seconds()))[0]:
                    if not self.waits_for_own(hold, count):
                        raise TimeoutError
            turn.result()
        except BaseException:
            if turn.done() and turn.exception() is None:
                hold.add(-count)
            raise
        finally:
            self._waiting.pop(turn, None)
            self.drop(hold, need)
            turn.cancel()
            # The error of the turn refers to this frame. Only the garbage collector would free the two.
            del turn, need

    def look_for_room(self) -> None:
        """Some bytes were released while others waited for them."""
        if self._waiting or self.is_short:
            self._let_in()
        if self.needs.by_subject:
            self._look_soon()

    def _let_in(self) -> None:
        for turn, (hold, need) in list(self._waiting.items()):
            if not turn.done() and hold.takes(need):
                del self._waiting[turn]
                turn.set_result(None)
        if self.is_short and self._calls is not None:
            self.is_short = False
            self._calls.look_again()

    def _look_soon(self) -> None:
        """When this turn of the event loop is over: until then more may be taken or released."""
        if not self._looks_soon:
            self._looks_soon = True
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        try:
            if self.is_waited_for:
                self._let_in()
            while self.is_waited_for and (stuck := self.needs.stuck(self._those_behind)) is not None:
                self._end(stuck)
        finally:
            self._looks_soon = False

    def _left(self, subject: str | None) -> int:
        """What is held when running calls have ended."""
        if subject is None:
            return self.held - sum(self.lent_by_subject.values())
        return self.held_by_subject.get(subject, 0) - self.lent_by_subject.get(subject, 0)

    def _those_behind(self) -> dict[Holder, list[Need]]:
        self._behind = {}
        if self._calls is not None:
            self._calls.tell_those_behind()
        return self._behind

    def waits_behind(self, hold: Holder, need: Need) -> None:
        if hold.was_refused:
            need.refuse(errors.ModelBusy(BUSY))
        else:
            self._behind.setdefault(hold, []).append(need)

    def look_soon(self) -> None:
        """Something waits, and keeps others waiting."""
        if self.is_waited_for:
            self._look_soon()

    def _end(self, stuck: Stuck) -> None:
        if not stuck.needs_too_much:
            # It must end: whatever else of it waits for bytes is refused, too.
            stuck.hold.was_refused = True
        for need in stuck.needs:
            self.needs.drop(stuck.hold, need)
            metrics.BYTES_REFUSED.labels("call").inc()
            need.refuse(errors.PayloadTooLarge(_TOO_MUCH) if stuck.needs_too_much else errors.ModelBusy(BUSY))


def _refuse(turn: asyncio.Future[None], refusal: errors.GatehouseError) -> None:
    if not turn.done():
        turn.set_exception(refusal)
