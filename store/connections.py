"""One connection to Redis. It knows which server it is connected to."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import hiredis

from store.address import Address

Argument = str | bytes | int | float
Command = Sequence[Argument]

# `gatehouse doctor` shows this sentence too.
CLUSTER = "is on, and the service speaks to one server: turn cluster-enabled off."

# Answers of a server that does not serve now, or not with this password. All other errors are about one command.
_NOT_SERVING = ("LOADING ", "NOAUTH ", "WRONGPASS ", "ERR invalid password", "ERR max number of clients reached")
_NO_ANSWER_YET = object()


class StoreDown(Exception):
    """Redis does not answer, or refuses. A command that was sent may still run, but not after its `not_after`."""


class StoreRefused(StoreDown):
    """The command did not run: it was not sent, or Redis answered that it is full or has become a replica."""


class ScriptUnknown(StoreRefused):
    """This server has never seen the script."""


class ClusterFound(StoreDown):
    """The server belongs to a Redis Cluster, where each node has only a part of the keys. It cannot be used."""

    def __init__(self) -> None:
        super().__init__(f"Redis cluster {CLUSTER}")


class Answer(NamedTuple):
    """A script's answer. Its first value is the state, its second value is the time by Redis' clock, in ms.

    `generation` is the number of the server that answered.
    """

    values: list[Any]
    generation: int


# Gets one answer: its value, or the error that Redis answered, or StoreDown if the connection was lost before.
Taker = Callable[[Any], None]


class RedisConnection(asyncio.Protocol):
    """Answers come in the order in which commands were written. So each answer goes to the taker that waits longest.

    A command that nobody waits for any more keeps its taker, or later answers would go to the wrong ones.
    `generation` is 0 until the pool has checked which server this is.
    """

    def __init__(self, url: str) -> None:
        self.identity = ""
        self.generation = 0
        self._address = Address(url)
        self._transport: asyncio.Transport | None = None
        self._takers: deque[Taker] = deque()
        self._reader = hiredis.Reader(replyError=_error, notEnoughData=_NO_ANSWER_YET)

    async def open(self) -> None:
        """Connects and reads the server's identity. Raises StoreDown unless it is a master that serves."""
        try:
            await self._address.connect(self)
        except OSError as error:
            raise StoreDown(f"{type(error).__name__}: {error}") from error
        self.identity = await self._identity_after(self._address.greeting())

    async def read_identity(self) -> str:
        """Raises StoreDown unless the server is a master that serves."""
        return await self._identity_after([])

    async def batch(self, commands: Sequence[Command]) -> list[Any]:
        """The answers of these commands, in order. Raises StoreDown if one is refused."""
        if not self.is_open:
            raise StoreDown("the connection is closed")
        answers: list[Any] = []
        all_are_here = asyncio.get_running_loop().create_future()

        def take(answer: Any) -> None:
            answers.append(answer)
            if len(answers) == len(commands) and not all_are_here.done():
                all_are_here.set_result(None)

        self.write(b"".join(map(packed, commands)), [take] * len(commands))
        await all_are_here
        for answer in answers:
            if isinstance(answer, StoreDown):
                raise answer
        return answers

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def write(self, commands: bytes, takers: Sequence[Taker]) -> None:
        """Sends packed commands on an open connection. Each of `takers` gets one answer, in this order.

        Raises StoreDown if the connection was never opened.
        """
        if self._transport is None:
            raise StoreDown("the connection was never opened")
        self._takers.extend(takers)
        self._transport.write(commands)

    def close(self) -> None:
        """Drops what was not sent yet. Takers that wait get StoreDown."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._reader.feed(data)
            while (answer := self._reader.gets()) is not _NO_ANSWER_YET:
                if not self._takers:
                    raise hiredis.ProtocolError(f"an answer to no command: {answer!r}")
                self._takers.popleft()(answer)
        except hiredis.ProtocolError as error:
            self.close()
            self._fail(str(error))

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"{type(exc).__name__}: {exc}" if exc else "the connection was closed")

    def _fail(self, reason: str) -> None:
        takers, self._takers = self._takers, deque()
        for take in takers:
            take(StoreDown(reason))

    async def _identity_after(self, commands: Sequence[Command]) -> str:
        *_, answer = await self.batch([*commands, ("INFO",)])
        info = _fields(answer)
        if info.get("cluster_enabled") == "1":
            raise ClusterFound()
        role, loading = info.get("role"), info.get("loading")
        if role != "master" or loading != "0":
            raise StoreDown(f"role {role}, loading {loading}")
        return f"{info['run_id']}/{info['master_replid']}"


def packed(command: Command) -> bytes:
    """The command as it is written to a connection."""
    found: bytes = hiredis.pack_command(tuple(command))  # type: ignore[arg-type]  # its stub knows tuples of one
    return found


def _error(message: str) -> StoreDown:
    if message.startswith("NOSCRIPT "):
        return ScriptUnknown(message)
    return StoreDown(message) if message.startswith(_NOT_SERVING) else StoreRefused(message)


def _fields(info: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in info.decode().splitlines() if ":" in line)
    return {name: value for name, _, value in lines}
