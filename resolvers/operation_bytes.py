"""The bytes that one operation moves: tensors sent to models, received from them, and returned. Each has a limit."""

from copy import copy
from datetime import timedelta
from typing import Self

import errors
from resolvers.holds import Hold
from resolvers.waits import Waits

# Of what is sent: the converted tensor, the request to Triton, and the copy that gRPC holds.
_COPIES_SENT = 3
# Of what is returned: one by field, and one in the whole answer.
_COPIES_WRITTEN = 2
# For bytes of the same caller. Of its other calls they are free when their models have answered, and of its other
# operations when the clients have their answers.
LONGEST_WAIT = timedelta(seconds=20)
_SENT, _RECEIVED = "The tensors sent to models", "The tensors received from models"
_WRITTEN = "The tensors returned by this operation"


class OperationBytes:
    """`most` limits the bytes that all fields send, receive and return, each; `answer` limits one answer of a model.

    `waits` has the calls of the operation that waited for a slot.
    """

    def __init__(self, hold: Hold, *, most: int, answer: int) -> None:
        self.hold = hold
        self.answer = answer
        self._most = most
        self._counts = _Counts()
        self.waits = Waits()

    def of_another(self) -> Self:
        """Counts the same bytes, for another operation of a batch."""
        other = copy(self)
        other.waits = Waits()
        return other

    def count(self, sent: int, answer: int, *, is_counted: bool = False) -> int:
        """How many bytes a call needs, sent and received.

        `is_counted`: the same bytes were sent before, and count once for the operation. Raises PayloadTooLarge.
        """
        counts = self._counts
        if not is_counted:
            if counts.sent + sent > self._most:
                raise self._too_large(_SENT)
            counts.sent += sent
        if counts.received >= self._most:
            raise self._too_large(_RECEIVED)
        needed, most = _COPIES_SENT * sent + answer, self.hold.most_of_call
        return needed if needed < most else most

    async def reserve(self, sent: int, *, within: timedelta) -> int:
        """Reserves bytes that are sent elsewhere than to a model. Waits until there is room.

        Returns how many; give them back to `hold` later. Raises PayloadTooLarge, and ModelBusy if there is no room for
        some seconds.
        """
        reserved = self.count(sent, 0)
        await self.hold.wait_for(reserved, within)
        return reserved

    def received(self, count: int) -> int:
        """Counts bytes that came from a model, and returns how many. Raises PayloadTooLarge; then they must be dropped.

        `receive` holds them, too. Use this one where what was held for them becomes what is kept of them.
        """
        counts = self._counts
        if counts.received + count > self._most:
            raise self._too_large(_RECEIVED)
        counts.received += count
        return count

    def receive(self, count: int) -> None:
        """Counts bytes that came from a model and are kept. Raises as `received`."""
        self.hold.add(self.received(count))

    def forget(self) -> None:
        """What was received and written so far is not held any more: of a stream, only one answer at a time is."""
        self.hold.give(self._counts.received + _COPIES_WRITTEN * self._counts.written)
        self.hold.was_refused = False
        self._counts.received = self._counts.written = 0

    def write(self, count: int) -> None:
        """Reserves the bytes of an answer before it is made. Raises PayloadTooLarge and ServiceUnavailable."""
        counts = self._counts
        if counts.written + count > self._most:
            raise self._too_large(_WRITTEN)
        self.hold.take(_COPIES_WRITTEN * count, what="answer")
        counts.written += count

    async def write_later(self, count: int) -> None:
        """The same for a large answer: waits until there is room. Raises PayloadTooLarge and ModelBusy."""
        counts = self._counts
        if counts.written + count > self._most:
            raise self._too_large(_WRITTEN)
        counts.written += count
        try:
            await self.hold.wait_for(_COPIES_WRITTEN * count, LONGEST_WAIT)
        except BaseException:
            counts.written -= count
            raise

    def _too_large(self, what: str) -> errors.PayloadTooLarge:
        return errors.PayloadTooLarge(
            f"{what} take more than {self._most} bytes in all. Ask for less in one operation."
        )


class _Counts:
    sent = received = written = 0
