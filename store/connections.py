"""One connection to Redis. It knows which server it is connected to."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import hiredis

import named_tuples
from store.address import Address

Argument = str | bytes | int | float
Command = Sequence[Argument]

# `gatehouse doctor` shows these sentences too.
CLUSTER = "is on: begin GATEHOUSE_REDIS_URL with redis+cluster:// or rediss+cluster://."
NO_CLUSTER = "is off: begin GATEHOUSE_REDIS_URL with redis:// or rediss://."

# Answers of a server that does not serve now, or not with this password. All other errors are about one command.
_NOT_SERVING = ("LOADING ", "NOAUTH ", "WRONGPASS ", "ERR invalid password", "ERR max number of clients reached")
_NO_CLUSTER_HERE = "ERR This instance has cluster support disabled"
_NO_ANSWER_YET = object()


class StoreDown(Exception):
    """Redis does not answer, or refuses. A command that was sent may still run, but not after its `not_after`."""


class Unanswered(StoreDown):
    """Redis had its time to answer. The command is too old to run by now."""


class StoreRefused(StoreDown):
    """The command did not run: it was not sent, or Redis answered that it is full or has become a replica."""


class ScriptUnknown(StoreRefused):
    """This server has never seen the script."""


class ClusterFound(StoreDown):
    """The server belongs to a Redis Cluster, where each node has only a part of the keys. The URL names one server."""

    def __init__(self) -> None:
        super().__init__(f"Redis cluster {CLUSTER}")


class ClusterMissing(StoreRefused):
    """The server belongs to no Redis Cluster. The URL names one."""


class Moved(StoreRefused):
    """The command did not run: another node of the cluster has the keys.

    With `only_once`, only this command goes there: the keys are on their way (ASK). An empty host is that of the node
    that answers.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        kind, _, place = message.split(" ")[:3]
        host, _, port = place.rpartition(":")
        self.only_once = kind == "ASK"
        self.host, self.port = host, int(port)


class TryAgain(StoreRefused):
    """The command did not run: some of its keys are already on another node of the cluster, where they all will be."""


class Answer(NamedTuple):
    """A script's answer. Its first value is the state, its second value is the time by Redis' clock, in ms.

    `generation` is the number of the server that answered.
    """

    values: list[Any]
    generation: int


new_answer = named_tuples.maker(Answer)

# Gets one answer: its value, or the error that Redis answered, or StoreDown if the connection was lost before.
Taker = Callable[[Any], None]


class RedisConnection(asyncio.Protocol):
    """Answers come in the order in which commands were written. So each answer goes to the taker that waits longest.

    A command that nobody waits for any more keeps its taker, or later answers would go to the wrong ones.
    `generation` is 0 until the pool has checked which server this is.
    """

    def __init__(self, url: str, *, is_in_cluster: bool = False) -> None:
        self.identity = ""
        # Of its node in a cluster.
        self.node_id = ""
        self.generation = 0
        self._address = Address(url)
        self._is_in_cluster = is_in_cluster
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
        answers = await self.answers(commands)
        for answer in answers:
            if isinstance(answer, StoreDown):
                raise answer
        return answers

    async def answers(self, commands: Sequence[Command]) -> list[Any]:
        """As `batch`, but a refusal stands in place of the answer. Raises StoreDown if the connection is lost."""
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
            if isinstance(answer, StoreDown) and not isinstance(answer, StoreRefused):
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
        reader, takers = self._reader, self._takers
        try:
            reader.feed(data)
            while (answer := reader.gets()) is not _NO_ANSWER_YET:
                if not takers:
                    raise hiredis.ProtocolError(f"an answer to no command: {answer!r}")
                takers.popleft()(answer)
        except hiredis.ProtocolError as error:
            self.close()
            self._fail(str(error))

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"{type(exc).__name__}: {exc}" if exc else "the connection was closed")

    def _fail(self, reason: str) -> None:
        takers = [*self._takers]
        self._takers.clear()
        for take in takers:
            take(StoreDown(reason))

    async def _identity_after(self, commands: Sequence[Command]) -> str:
        if self._is_in_cluster:
            commands = [*commands, ("CLUSTER", "MYID"), ("CLUSTER", "INFO")]
        *before, answer = await self.batch([*commands, ("INFO",)])
        info = _fields(answer)
        if info.get("cluster_enabled") == "1" and not self._is_in_cluster:
            raise ClusterFound()
        if self._is_in_cluster and (state := _fields(before[-1]).get("cluster_state")) != "ok":
            # It answers every command with CLUSTERDOWN, as the nodes do that a split network has cut off.
            raise StoreDown(f"cluster_state {state}")
        self.node_id = before[-2].decode() if self._is_in_cluster else ""
        role, loading = info.get("role"), info.get("loading")
        if role != "master" or loading != "0":
            raise StoreDown(f"role {role}, loading {loading}")
        return f"{info['run_id']}/{info['master_replid']}"


def packed(command: Command) -> bytes:
    """The command as it is written to a connection."""
    return hiredis.pack_command(tuple(command))  # type: ignore[arg-type,no-any-return]  # its stub knows tuples of one


def _error(message: str) -> StoreDown:
    if message.startswith("NOSCRIPT "):
        return ScriptUnknown(message)
    if message.startswith(("MOVED ", "ASK ")):
        return Moved(message)
    if message.startswith("TRYAGAIN "):
        return TryAgain(message)
    if message == _NO_CLUSTER_HERE:
        return ClusterMissing(message)
    return StoreDown(message) if message.startswith(_NOT_SERVING) else StoreRefused(message)


def _fields(info: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in info.decode().splitlines() if ":" in line)
    return {name: value for name, _, value in lines}
