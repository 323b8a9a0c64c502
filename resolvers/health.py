"""Whether this service and what it stands on are up, looked at once a second and never on a request's time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from functools import partial

from access.store import Store
from db import connection
from inference.server import ModelServer
from telemetry import loops, metrics

logger = logging.getLogger(__name__)

_INTERVAL = timedelta(seconds=1)
# Longer than either check takes.
_LOOK_WITHIN = timedelta(seconds=3)

_Check = Callable[[], Awaitable[bool]]


class Status(StrEnum):
    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"
    # Of the process alone, which is about to end: never seen by `service`.
    DRAINING = "DRAINING"


class Health:
    """One per process. Until `watch` runs everything is down."""

    def __init__(self, models: ModelServer, store: Store) -> None:
        self._models = models
        self._up = {"postgres": False, "redis": False}
        self._checks: Mapping[str, _Check] = {"postgres": connection.ping, "redis": store.answers}
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
        """DEGRADED where something is down and the rest still serves; DOWN without both Postgres and Redis."""
        down = {name for name, status in self.dependencies.items() if status is Status.DOWN}
        if {"postgres", "redis"} <= down:
            return Status.DOWN
        return Status.DEGRADED if down else Status.UP

    def _is_up(self, name: str) -> bool:
        return self.dependencies[name] is Status.UP

    async def _watch(self, name: str) -> None:
        await loops.forever(f"health_{name}", partial(self._look, name), every=_INTERVAL, within=_LOOK_WITHIN)

    async def _look(self, name: str) -> None:
        try:
            up = await self._checks[name]()
        except BaseException:
            # What cannot be seen to be up is down; the loop tells of what went wrong.
            self._up[name] = False
            raise
        if up != self._up[name]:
            logger.warning("%s %s.", name.capitalize(), "answers" if up else "does not answer")
        self._up[name] = up
