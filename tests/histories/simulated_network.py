"""The way to Redis in a simulation: a command takes a moment, and may be executed though its answer never arrives."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

from db.postgres import look_at_error
from store.connections import StoreDown
from tests.histories.simulated_redis import SimulatedRedis


class Network:
    """`redis` answers commands in the order of their arrival. While it is stalled they wait in its socket."""

    def __init__(self, rng: random.Random, redis: SimulatedRedis) -> None:
        self.redis = redis
        self._rng = rng
        self._goes_on = asyncio.Event()
        self._goes_on.set()
        self._answers = asyncio.Event()
        self._answers.set()

    def send(self, execute: Callable[[], Any], identity: int) -> "asyncio.Future[Any]":
        """The answer. The command is executed by the server `identity` even if its sender is killed meanwhile."""
        carried = asyncio.get_running_loop().create_task(self._carry(execute, identity))
        # The sender may have left, and asyncio logs an error that no code has looked at.
        carried.add_done_callback(look_at_error)
        return carried

    async def identity(self, within: float) -> int:
        asked = self.send(lambda: self.redis.identity, self.redis.identity)
        done, _ = await asyncio.wait({asked}, timeout=within)
        if not done:
            raise StoreDown("no answer in time")
        found: int = asked.result()
        return found

    def stall(self, milliseconds: int) -> None:
        self._goes_on.clear()
        asyncio.get_running_loop().call_later(milliseconds / 1000, self._goes_on.set)

    def mute(self, milliseconds: int) -> None:
        """It executes commands, and its answers are held up."""
        self._answers.clear()
        asyncio.get_running_loop().call_later(milliseconds / 1000, self._answers.set)

    def restart(self) -> None:
        """All its data are in its file. Commands that were on the way are lost."""
        self.redis.identity += 1
        self._goes_on.set()
        self._answers.set()

    async def _carry(self, execute: Callable[[], Any], identity: int) -> Any:
        await asyncio.sleep(self._rng.uniform(0.02, 0.6) / 1000)
        await self._goes_on.wait()
        if identity != self.redis.identity:
            raise StoreDown("the connection was closed")
        answer = execute()
        await asyncio.sleep(self._rng.uniform(0.02, 0.6) / 1000)
        await self._answers.wait()
        if identity != self.redis.identity:
            raise StoreDown("the connection was closed")
        return answer
