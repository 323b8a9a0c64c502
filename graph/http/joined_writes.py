"""The head of an answer and its body as one write: each write is a system call, and wakes the client."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.types import Scope

# Of the state in the scope of a request.
KEY = "writes"


class JoinedWrites:
    """A transport that can hold back what is written, for the length of a block of code."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._held: list[bytes] | None = None

    @staticmethod
    def of(scope: Scope) -> "JoinedWrites":
        found: JoinedWrites = scope["state"][KEY]
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Writes what is written in the block at its end."""
        self._held = []
        try:
            yield
        finally:
            self._flush()

    def write(self, data: bytes) -> None:
        if self._held is None:
            self._transport.write(data)
        else:
            self._held.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        held, self._held = self._held, None
        if held:
            self._transport.writelines(held)
