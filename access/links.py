"""One connection to Redis, which knows what server is at its other end."""

import math
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

from hiredis import pack_command
from redis.asyncio.connection import Connection, parse_url
from redis.exceptions import NoScriptError, RedisError, ResponseError

from access.lua import Script

T = TypeVar("T")
Argument = str | bytes | int | float
Command = Sequence[Argument]


class StoreDown(Exception):
    """Redis does not answer, or refuses. What was written may still be done, but not after its `not_after`."""


class StoreRefused(StoreDown):
    """Nothing was done: Redis was not asked, or has answered that it is full or has become a replica."""


class Link:
    """Carries one command, or one batch, at a time. After a failure or a cancellation it is of no more use."""

    def __init__(self, url: str) -> None:
        options: dict[str, Any] = {**parse_url(url), "protocol": 2}
        kind = options.pop("connection_class", Connection)
        # Deadlines are the store's, over all steps of a command; nothing is tried twice.
        self._connection = kind(**options, socket_timeout=None, socket_connect_timeout=None, driver_info=None)
        self.identity = ""
        self.generation = 0

    async def open(self) -> None:
        """Connects and reads the server's identity. Raises StoreDown where it is no master that serves."""
        await _translated(self._connection.connect())
        self.identity = await self.read_identity()

    async def read_identity(self) -> str:
        info = _fields((await self.batch([("INFO",)]))[0])
        if info["role"] != "master" or info["loading"] != "0":
            raise StoreDown(f"role {info['role']}, loading {info['loading']}")
        return f"{info['run_id']}/{info['master_replid']}"

    async def run(self, script: Script, keys: Sequence[str], arguments: Command) -> list[Any]:
        answer: list[Any] = await _translated(self._run(script, (len(keys), *keys, *arguments)))
        return answer

    async def batch(self, commands: Sequence[Command]) -> list[Any]:
        """Their answers, in order. Raises StoreDown where one is refused."""
        answers: list[Any] = await _translated(self._batch(commands))
        return answers

    async def aclose(self) -> None:
        await self._connection.disconnect(nowait=True)

    async def _run(self, script: Script, rest: Command) -> list[Any]:
        try:
            answer: list[Any] = await self._ask(("EVALSHA", script.digest, *rest))
        except NoScriptError:
            # The server has never seen it, so nothing was done.
            answer = await self._ask(("EVAL", script.text, *rest))
        return answer

    async def _ask(self, command: Command) -> Any:
        await self._connection.send_packed_command(_packed(command), check_health=False)
        return await self._connection.read_response(disable_decoding=True, timeout=math.inf)

    async def _batch(self, commands: Sequence[Command]) -> list[Any]:
        await self._connection.send_packed_command(b"".join(map(_packed, commands)), check_health=False)
        return [await self._connection.read_response(disable_decoding=True, timeout=math.inf) for _ in commands]


async def _translated(work: Awaitable[T]) -> T:
    try:
        return await work
    except ResponseError as error:
        raise StoreRefused(str(error)) from error
    except (RedisError, OSError) as error:
        raise StoreDown(f"{type(error).__name__}: {error}") from error


def _packed(command: Command) -> bytes:
    # In C; redis-py's asyncio connection packs in Python, at several times the cost.
    packed: bytes = pack_command(tuple(command))  # type: ignore[arg-type]  # its stub knows tuples of one
    return packed


def _fields(info: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in info.decode().splitlines() if ":" in line)
    return {name: value for name, _, value in lines}
