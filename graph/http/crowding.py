"""How many connections a process holds, and which of too many it ends."""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import errors

if TYPE_CHECKING:
    from graph.http.connections import Connection

# File descriptors for the log, the servers behind this one, and files.
_OTHER_DESCRIPTORS = 256
# Of all connections, the part that may be WebSockets of one network. They stay for as long as the client likes.
_WEBSOCKETS_OF_ONE = 16


def most() -> int:
    """How many connections a process may hold: as many as it has file descriptors for, and at most 4,096."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(4096, max(64, soft - _OTHER_DESCRIPTORS))


def make_room(new: Connection) -> None:
    """If there are too many, ends the oldest connection that waits for its client, or else the new one."""
    if len(new.connections) <= most():
        return
    waiting = (one for one in cast("set[Connection]", new.connections) if one.waits_for_client and one is not new)
    oldest = min(waiting, key=lambda one: one.made_at, default=new)
    oldest.transport.abort()


class WebSockets:
    """Those of a process, by the network of the client. `turns` has clients that send very many frames wait for each
    other.
    """

    def __init__(self) -> None:
        self.turns = asyncio.Lock()
        self._by_network: Counter[str] = Counter()

    @contextmanager
    def place(self, network: str) -> Iterator[None]:
        """Raises RateLimited if the network has too many."""
        if self._by_network[network] >= most() // _WEBSOCKETS_OF_ONE:
            raise errors.RateLimited("websockets", timedelta(seconds=10))
        self._by_network[network] += 1
        try:
            yield
        finally:
            self._by_network[network] -= 1
            if not self._by_network[network]:
                del self._by_network[network]
