"""The connections of a process for plain commands, to one Redis server. Scripts go another way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from store import deadlines
from store.circuit import Circuit
from store.connections import RedisConnection, StoreDown
from store.epoch import Epoch

# Connections of one process, and batches that it sends at the same time.
SLOTS = 16


class Pool:
    """One for each server. While its circuit is open, connections are closed, not kept."""

    def __init__(self, connect: Callable[[], RedisConnection], epoch: Epoch, circuit: Circuit) -> None:
        """`connect` makes a connection that is not open yet."""
        self.idle: list[RedisConnection] = []
        # The generation of each server that this process has seen, by the server's identity.
        self.generations: dict[str, int] = {}
        self._connect = connect
        self._epoch = epoch
        self._circuit = circuit
        self._in_use = 0

    @asynccontextmanager
    async def borrow(self, within: timedelta) -> AsyncIterator[RedisConnection]:
        """A connection for one batch, which must be answered `within` this time. A new one has the same time to open.

        Use it in a separate task, because the deadline cancels the task. Raises StoreDown.
        """
        connection = self._take() or self._connect()
        self._in_use += 1
        deadline = deadlines.TaskDeadline(within)
        try:
            if not connection.generation:
                await self._open(connection)
                # Opening takes several round trips. In a burst of new connections, it can take all of a batch's time.
                deadline.restart()
            yield connection
        except asyncio.CancelledError:
            connection.close()
            raise StoreDown("no answer in time") from None
        except BaseException:
            connection.close()
            raise
        finally:
            deadline.stop()
            self._in_use -= 1
        self._put_back(connection)

    async def fill(self, within: timedelta) -> None:
        """Opens connections one after another until there are `SLOTS`. Each must open `within` this time.

        So a burst of commands finds open connections: opening many at once takes longer than a command may.
        """
        while self._circuit.is_closed and len(self.idle) + self._in_use < SLOTS:
            try:
                connection = await self.open(within)
            except StoreDown:
                # The next probe opens the missing ones.
                return
            # The store may have been closed while this connection was opened.
            if not self.is_usable(connection):
                connection.close()
                return
            self.idle.append(connection)

    async def open(self, within: timedelta) -> RedisConnection:
        """A new connection to the server in use. Raises StoreDown."""
        connection = self._connect()
        try:
            await deadlines.keep(self._open(connection), within)
        except BaseException:
            connection.close()
            raise
        return connection

    def is_usable(self, connection: RedisConnection) -> bool:
        """Whether a command may be written to it now."""
        return self._circuit.is_closed and connection.generation in self._epoch.live and connection.is_open

    def drop_idle(self) -> None:
        while self.idle:
            self.idle.pop().close()

    def _take(self) -> RedisConnection | None:
        while self.idle:
            connection = self.idle.pop()
            if self.is_usable(connection):
                return connection
            connection.close()
        return None

    def _put_back(self, connection: RedisConnection) -> None:
        if self.is_usable(connection) and len(self.idle) < SLOTS:
            self.idle.append(connection)
        else:
            connection.close()

    async def _open(self, connection: RedisConnection) -> None:
        await connection.open()
        connection.generation = self.generations.get(connection.identity, 0)
        if connection.generation not in self._epoch.live:
            raise StoreDown("this server is not known, or another one has replaced it")
