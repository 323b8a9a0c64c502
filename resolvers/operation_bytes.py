"""What one operation moves: tensors to models, tensors from them, and what is written of those. Each has one bound."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import errors
from resolvers.bytes_in_flight import Hold

# Of what is sent: as it was converted, as the request to Triton, and as gRPC holds it.
_COPIES_SENT = 3
# Of what is written: by field, and in the whole answer.
_COPIES_WRITTEN = 2
# Other fields of the operation give back what they hold as soon as their models have answered.
_LONGEST_WAIT = timedelta(seconds=5)
_WRITTEN = "What this operation writes of its outputs"


class OperationBytes:
    """`most` bounds what all fields send, what they get and what they write, each; `answer` one answer of a model."""

    def __init__(self, hold: Hold, *, most: int, answer: int) -> None:
        self.hold = hold
        self.answer = answer
        self._most = most
        self._sent = self._received = self._written = 0

    @asynccontextmanager
    async def calling(self, sent: int, answer: int, *, within: timedelta) -> AsyncIterator[None]:
        """Around a call that sends so many bytes and gets at most so many. It waits until there is room for them.

        Raises PayloadTooLarge, and ModelBusy where there is no room for some seconds.
        """
        self._sent = self._more("What this operation sends to models", self._sent, sent)
        if self._received >= self._most:
            self._more("What models answer to this operation", self._received, 1)
        # Never more than there could be room for beside the caller's own body.
        reserved = min(_COPIES_SENT * sent + answer, self.hold.share * 3 // 4)
        await self.hold.wait_for(reserved, within)
        try:
            yield
        finally:
            self.hold.give(reserved)

    def receive(self, count: int) -> None:
        """So many bytes have come from a model, and stay. Raises PayloadTooLarge, and then they must not."""
        self._received = self._more("What models answer to this operation", self._received, count)
        self.hold.be(self.hold.count + count)

    def write(self, count: int) -> None:
        """Before so many bytes of an answer are made. Raises PayloadTooLarge and ServiceUnavailable."""
        self._written = self._more(_WRITTEN, self._written, count)
        self.hold.take(_COPIES_WRITTEN * count, what="answer")

    async def write_later(self, count: int) -> None:
        """The same for what is large: it waits until there is room. Raises PayloadTooLarge and ModelBusy."""
        self._written = self._more(_WRITTEN, self._written, count)
        await self.hold.wait_for(_COPIES_WRITTEN * count, _LONGEST_WAIT)

    def _more(self, what: str, so_far: int, count: int) -> int:
        if so_far + count > self._most:
            raise errors.PayloadTooLarge(f"{what} is more than {self._most} bytes. Ask for less in one operation.")
        return so_far + count
