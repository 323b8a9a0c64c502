"""The body of a request, which arrives in one buffer."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from starlette.requests import Request

import errors
from graph.http.inflow import Inflow

if TYPE_CHECKING:
    from graph.http.requests import Intake

# A larger body is read only if the credential is live, and is parsed in a thread. Parsing so much takes up to 2 ms.
SMALL = 64 * 1024


class Body:
    """`octets` are the body when `chunks` has ended. `most` limits it; `advice` is for a client that sends more.
    `new` makes the buffer of a large one.

    Leaving the context ends the reading.
    """

    def __init__(
        self,
        request: Request,
        intake: Intake,
        *,
        most: int,
        advice: str,
        new: Callable[[int], bytearray | memoryview] = bytearray,
    ) -> None:
        self._request = request
        self._intake = intake
        self._most = most
        self._advice = advice
        self._new = new
        self._rest: Inflow | None = None
        self.octets: bytearray | memoryview = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._rest is not None:
            self._rest.let_go()

    async def chunks(self) -> AsyncGenerator[bytes | memoryview]:
        """All bytes, as they arrive. Raises PayloadTooLarge, ServiceUnavailable, and what the intake raises."""
        announced = int(self._request.headers.get("content-length", "0"))
        if announced > self._most:
            raise self._too_large()
        self._intake.hold.check(announced, what="body")
        self.octets = octets = bytearray()
        is_admitted = False
        if announced > SMALL:
            await self._intake.admit()
            is_admitted = True
        async for chunk in self._request.stream():
            if announced - len(octets) - len(chunk) > SMALL:
                break
            if len(octets) + len(chunk) > self._most:
                raise self._too_large()
            self._intake.hold.take(len(chunk), what="body")
            octets += chunk
            if len(octets) > SMALL and not is_admitted:
                await self._intake.admit()
                is_admitted = True
            yield chunk
        else:
            return
        async for piece in self._large(announced, chunk):
            yield piece

    async def _large(self, announced: int, start: bytes) -> AsyncGenerator[bytes | memoryview]:
        """Of a body with so many bytes, which begins with `start`."""
        # New memory for what has not arrived is not touched, so it takes none.
        self.octets = self._new(announced)
        octets = memoryview(self.octets)
        octets[: len(start)] = start
        rest = self._rest = Inflow.of(self._request.scope, octets[len(start) :])
        self._intake.hold.take(len(start), what="body")
        yield start
        while piece := await rest.more():
            self._intake.hold.take(len(piece), what="body")
            yield piece

    def _too_large(self) -> errors.PayloadTooLarge:
        return too_large(self._most, self._advice)


def too_large(most: int, advice: str) -> errors.PayloadTooLarge:
    return errors.PayloadTooLarge(f"The body is larger than {most} bytes. {advice}")
