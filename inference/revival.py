"""Bringing back a Python model whose process died.

Triton does not restart it: every call fails after a second, while server and model go on calling themselves ready,
and loading the model again does nothing unless it is unloaded first.
"""

import asyncio
import logging
import random

import grpc

from inference.triton import Triton

logger = logging.getLogger(__name__)


class Revival:
    """Reloads a model at most once at a time in this process, and not again where another process just did."""

    def __init__(self, triton: Triton) -> None:
        self._triton = triton
        self._running: dict[str, asyncio.Task[None]] = {}

    def begin(self, model: str) -> None:
        if model not in self._running:
            task = asyncio.create_task(self._revive(model))
            self._running[model] = task
            task.add_done_callback(lambda _: self._running.pop(model))

    def is_reviving(self, model: str) -> bool:
        return model in self._running

    async def aclose(self) -> None:
        for task in tuple(self._running.values()):
            task.cancel()

    async def _revive(self, model: str) -> None:
        # Several processes notice at once: spread them, and let all but the first find the work done or under way.
        await asyncio.sleep(random.uniform(0, 0.5))  # noqa: S311 - nothing is to be kept secret
        if not await self._still_fails(model):
            return
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
