"""Bringing back a Python model whose process died.

Triton does not restart it: every call fails after a second, while server and model go on calling themselves ready,
and loading the model again does nothing unless it is unloaded first.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable

import grpc

from inference.triton import Triton

logger = logging.getLogger(__name__)

_LONGEST_PAUSE = 60.0
_FINISH_WITHIN = 2.0


class Revival:
    """Reloads a model at most once at a time in this process, and not again where another process just did.

    `then` is awaited after each attempt, before the model counts as revived.
    """

    def __init__(self, triton: Triton, then: Callable[[], Awaitable[None]]) -> None:
        self._triton = triton
        self._then = then
        self._running: dict[str, asyncio.Task[None]] = {}
        self._deaths: Counter[str] = Counter()

    def begin(self, model: str) -> None:
        if model not in self._running:
            task = asyncio.create_task(self._revive(model))
            self._running[model] = task
            task.add_done_callback(lambda ended: self._end(model, ended))

    def _end(self, model: str, ended: "asyncio.Task[None]") -> None:
        del self._running[model]
        # The next call that fails begins another one.
        if not ended.cancelled() and (error := ended.exception()):
            logger.error("Bringing back model %r failed.", model, exc_info=error)

    def answered(self, model: str) -> None:
        self._deaths.pop(model, None)

    def is_reviving(self, model: str) -> bool:
        return model in self._running

    async def aclose(self) -> None:
        """What is under way is finished where it can be: between unloading and loading, the model would stay away."""
        if self._running:
            _, late = await asyncio.wait(self._running.values(), timeout=_FINISH_WITHIN)
            for task in late:
                task.cancel()

    async def _revive(self, model: str) -> None:
        # A model that dies at every call is loaded again less and less often: no pause at first, then 2, 4, 8 seconds.
        deaths = self._deaths[model] = min(self._deaths[model] + 1, 7)
        pause = min(2.0 ** (deaths - 1), _LONGEST_PAUSE) if deaths > 1 else 0.0
        # Several processes notice at once: spread them, and let all but the first find the work done or under way.
        await asyncio.sleep(pause + random.uniform(0, 0.5))  # noqa: S311 - nothing is to be kept secret
        if await self._still_fails(model):
            await self._reload(model)
        await self._then()

    async def _reload(self, model: str) -> None:
        logger.warning("The process of model %r died; the model is loaded again.", model)
        try:
            await self._triton.reload(model)
        except grpc.aio.AioRpcError as error:
            logger.error("Model %r could not be loaded again: %s %s", model, error.code().name, error.details())

    async def _still_fails(self, model: str) -> bool:
        """Loading sets a model's statistics back to zero; while it is being loaded there are none."""
        try:
            return await self._triton.failures(model) > 0
        except grpc.aio.AioRpcError as error:
            logger.info("Model %r is being loaded elsewhere: %s %s", model, error.code().name, error.details())
            return False
