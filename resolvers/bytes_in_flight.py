"""Limits the bytes that all requests of this process hold at once: bodies, tensors to and from models, answers.

Bytes are reserved here first and released when they are gone, so that a flood is refused before memory runs out.
"""

import asyncio
from collections import OrderedDict
from datetime import timedelta
from functools import partial
from typing import Protocol

import errors
from resolvers.byte_needs import BUSY, Holder, Need, Needs, Stuck
from resolvers.holds import Hold
from telemetry import metrics

# Enough for a login or a revocation and its answer: these work even when there is no room for larger requests.
SMALL_BYTES = 256 * 1024
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
    """One per process, used only on its event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._for_all = most - most // _EIGHTHS
        self.share = most * _ONE_CALLERS // _EIGHTHS
        self._most_of_one = self.share + most // _SMALL_OF_ONE
        self.held = 0
        self.held_by_subject: dict[str, int] = {}
        # Of these, what comes back when running calls end.
        self._lent = 0
        self._lent_by_subject: dict[str, int] = {}
        self._needs = Needs(self.share, self._for_all, self._left)
        self._waiting: OrderedDict[asyncio.Future[None], tuple[Hold, Need]] = OrderedDict()
        self._behind: dict[Holder, list[Need]] = {}
        self._looks_soon = False
        self._calls: Queue | None = None
        # Whether something has found no room since the queue was told last.
        self._is_short = False
        metrics.BYTES_IN_FLIGHT_MOST.set(most)
        metrics.BYTES_IN_FLIGHT.set_function(lambda: self.held)

    @property
    def is_waited_for(self) -> bool:
        """Whether an operation waits for bytes."""
        return bool(self._needs)

    def serve(self, calls: Queue) -> None:
        """Tells the queue of calls when there may be more room, if `Hold.takes` found none. What waits here is let in
        before.
        """
        self._calls = calls

    def hold(self, subject: str) -> Hold:
        """An empty hold; its bytes count for the share of `subject`, a user or a network."""
        return Hold(self, subject)

    def adds(self, hold: Hold, count: int, *, beside: int = 0) -> bool:
        """Adds them, if there is room now for them and for so many more `beside` them."""
        wanted, of_subject = count + beside, self.held_by_subject.get(hold.subject, 0)
        held, of_one = self.held + wanted, of_subject + wanted
        if held > self._for_all or of_one > self.share:
            # Small requests have more room.
            if hold.count + wanted > SMALL_BYTES or held > self._most or of_one > self._most_of_one:
                return False
        if count and not hold.is_closed:
            hold.count += count
            self.held += count
            self.held_by_subject[hold.subject] = of_subject + count
        return True

    def has_full_share(self, hold: Hold, count: int) -> bool:
        """Whether the bytes that the same caller already holds leave no room for these."""
        return self.held_by_subject.get(hold.subject, 0) + count > self.share

    def add(self, hold: Hold, count: int) -> None:
        """Adds without a check for room; a negative count releases. A closed hold is not counted any more."""
        if hold.is_closed:
            return
        hold.count += count
        self.held += count
        of_subject = self.held_by_subject.get(hold.subject, 0) + count
        if of_subject:
            self.held_by_subject[hold.subject] = of_subject
        else:
            self.held_by_subject.pop(hold.subject, None)
        if count < 0 and (self._is_short or self._needs.by_subject):
            self._look_for_room()

    def takes(self, hold: Hold, need: Need) -> bool:
        """Takes them if there is room now. If not, the queue is told when there is more; call `drop` if the need does
        not wait any longer.

        The need is refused if those who wait hold what it waits for: with PayloadTooLarge if these are bytes of the
        same operation, else with ModelBusy.
        """
        needs = self._needs
        comes_later = needs.by_subject and hold.count + need.count > SMALL_BYTES and needs.comes_after(hold)
        if comes_later or not self.adds(hold, need.count):
            self._is_short = True
            needs.add(hold, need)
            self._look_soon()
            return False
        if needs.by_subject:
            self.drop(hold, need)
        if need.comes_back and not hold.is_closed:
            self.lend(hold, need.count)
        return True

    def release(self, hold: Hold, need: Need) -> None:
        """Gives back what was taken."""
        if not hold.is_closed:
            if need.comes_back:
                self.lend(hold, -need.count)
            self.add(hold, -need.count)

    def lend(self, hold: Hold, count: int) -> None:
        """So many of its bytes come back without the request getting more; a negative count: they have."""
        hold.lent += count
        self._lent += count
        of_subject = self._lent_by_subject.get(hold.subject, 0) + count
        if of_subject:
            self._lent_by_subject[hold.subject] = of_subject
        else:
            self._lent_by_subject.pop(hold.subject, None)

    def drop(self, hold: Hold, need: Need) -> None:
        if self._needs.by_subject and self._needs.drop(hold, need):
            # What it waited for may be for others now.
            self._look_soon()

    def waits_for_own(self, hold: Hold, count: int) -> bool:
        """Whether operations of the same subject leave no room for these."""
        return self.has_full_share(hold, count) or self._needs.comes_after(hold)

    async def wait(self, hold: Hold, count: int, within: timedelta) -> None:
        """Waits until `count` is reserved, if there is no room now. The first waiting call that fits is next: a small
        one may pass a large one.

        It waits some seconds for bytes of other callers, and all of `within` for the caller's own. Raises TimeoutError,
        and as a need is refused.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        need = Need(count, partial(_refuse, turn))
        if self.takes(hold, need):
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
                self.add(hold, -count)
            raise
        finally:
            self._waiting.pop(turn, None)
            self.drop(hold, need)
            turn.cancel()

    def _look_for_room(self) -> None:
        if self._waiting or self._is_short:
            self._let_in()
        if self._needs.by_subject:
            self._look_soon()

    def _let_in(self) -> None:
        for turn, (hold, need) in list(self._waiting.items()):
            if not turn.done() and self.takes(hold, need):
                del self._waiting[turn]
                turn.set_result(None)
        if self._is_short and self._calls is not None:
            self._is_short = False
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
            while self.is_waited_for and (stuck := self._needs.stuck(self._those_behind)) is not None:
                self._end(stuck)
        finally:
            self._looks_soon = False

    def _left(self, subject: str | None) -> int:
        """What is held when running calls have ended."""
        if subject is None:
            return self.held - self._lent
        return self.held_by_subject.get(subject, 0) - self._lent_by_subject.get(subject, 0)

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
            self._needs.drop(stuck.hold, need)
            metrics.BYTES_REFUSED.labels("call").inc()
            need.refuse(errors.PayloadTooLarge(_TOO_MUCH) if stuck.needs_too_much else errors.ModelBusy(BUSY))


def _refuse(turn: asyncio.Future[None], refusal: errors.GatehouseError) -> None:
    if not turn.done():
        turn.set_exception(refusal)
