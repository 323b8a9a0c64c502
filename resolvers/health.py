"""Whether this service and its dependencies are up: checked once a second, never while a request waits."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from functools import partial

from db import connection
from inference.server import ModelServer
from limits.gate import Gate
from telemetry import dependencies, loops, metrics

logger = logging.getLogger(__name__)

_INTERVAL = timedelta(seconds=1)
# Longer than either check takes.
_CHECK_WITHIN = timedelta(seconds=3)

_Check = Callable[[], Awaitable[bool]]


class Status(StrEnum):
    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"
    # Only of the process, which is about to end; `service` never returns it.
    DRAINING = "DRAINING"


class Health:
    """One per process. Everything is down until `watch` runs."""

    def __init__(self, models: ModelServer, gate: Gate) -> None:
        self._models = models
        # None until the first check.
        self._up: dict[str, bool | None] = {"postgres": None, "redis": None}
        self._checks: Mapping[str, _Check] = {"postgres": connection.ping, "redis": gate.redis_answers}
        for name in self.dependencies:
            metrics.DEPENDENCY_UP.labels(name).set_function(partial(self._is_up, name))

    async def watch(self) -> None:
        async with asyncio.TaskGroup() as watchers:
            for name in self._checks:
                watchers.create_task(self._watch(name))

    @property
    def dependencies(self) -> dict[str, Status]:
        """By name, each UP or DOWN."""
        up = {**self._up, "triton": self._models.up}
        return {name: Status.UP if is_up else Status.DOWN for name, is_up in up.items()}

    @property
    def status(self) -> Status:
        """DEGRADED while a dependency is down and the rest is served; DOWN if both Postgres and Redis are down."""
        down = {name for name, status in self.dependencies.items() if status is Status.DOWN}
        if {"postgres", "redis"} <= down:
            return Status.DOWN
        return Status.DEGRADED if down else Status.UP

    def _is_up(self, name: str) -> bool:
        return self.dependencies[name] is Status.UP

    async def _watch(self, name: str) -> None:
        await loops.forever(f"health_{name}", partial(self._check, name), every=_INTERVAL, within=_CHECK_WITHIN)

    async def _check(self, name: str) -> None:
        try:
            up = await self._checks[name]()
        except BaseException:
            # A dependency that cannot be checked counts as down; the loop logs the error.
            self._up[name] = False
            raise
        before, self._up[name] = self._up[name], up
        dependencies.log_change(logger, name.capitalize(), before=before, up=up)
