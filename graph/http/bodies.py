"""The body of a request, which arrives in one buffer."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from starlette.requests import Request

import errors

if TYPE_CHECKING:
    from graph.http.requests import Intake

# A larger body is read only if the credential is live, and is parsed in a thread. Parsing so much takes up to 2 ms.
SMALL = 64 * 1024


class Body:
    """`octets` are the body when `chunks` has ended. `most` limits it; `advice` is for a client that sends more."""

    def __init__(self, request: Request, intake: Intake, *, most: int, advice: str) -> None:
        self._request = request
        self._intake = intake
        self._most = most
        self._advice = advice
        self.octets = bytearray()

    async def chunks(self) -> AsyncGenerator[bytes]:
        """All bytes, as they arrive. Raises PayloadTooLarge, ServiceUnavailable, and what the intake raises."""
        announced = int(self._request.headers.get("content-length", "0"))
        if announced > self._most:
            raise self._too_large()
        self._intake.hold.check(announced, what="body")
        is_admitted = False
        if announced > SMALL:
            await self._intake.admit()
            is_admitted = True
        async for chunk in self._request.stream():
            if len(self.octets) + len(chunk) > self._most:
                raise self._too_large()
            self._intake.hold.take(len(chunk), what="body")
            self.octets += chunk
            if len(self.octets) > SMALL and not is_admitted:
                await self._intake.admit()
                is_admitted = True
            yield chunk

    def _too_large(self) -> errors.PayloadTooLarge:
        return errors.PayloadTooLarge(f"The body is larger than {self._most} bytes. {self._advice}")
