"""Tasks that run beside the requests for as long as the process serves."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import errors
from graph.execution.schema_in_force import SchemaInForce
from resolvers import plans
from settings import Settings
from telemetry import loops

if TYPE_CHECKING:
    from inference.catalogue import Catalogue

logger = logging.getLogger(__name__)

_WRITE_EVERY = timedelta(seconds=1)
_WRITE_WITHIN = timedelta(seconds=15)
# A thread makes the new schema and cannot be interrupted; for thousands of models it takes seconds.
_SCHEMA_WITHIN = timedelta(minutes=2)


class End:
    """Asks the process to end: once, and not if it is already draining. A second signal would cut off what runs."""

    def __init__(self, draining: asyncio.Event) -> None:
        self._draining = draining
        self._is_asked_for = False

    def after(self, watcher: asyncio.Task[None]) -> None:
        # A process that no longer watches its servers would go on blindly. One that ends is started again.
        if watcher.cancelled():
            return
        logger.critical("A watcher of this process ended; the process stops.", exc_info=watcher.exception())
        # The signal is handled in a later turn of the loop, and by then another watcher may have ended.
        if not self._is_asked_for and not self._draining.is_set():
            self._is_asked_for = True
            os.kill(os.getpid(), signal.SIGTERM)


@asynccontextmanager
async def running(end: End, *watchers: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Where a watcher ends, the process gets SIGTERM; leaving the context raises what ended the watcher."""
    tasks = [asyncio.create_task(watcher) for watcher in watchers]
    for task in tasks:
        task.add_done_callback(end.after)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


async def follow_catalogue(schema: SchemaInForce, catalogue: Catalogue) -> None:
    """Makes a new schema whenever the catalogue has changed."""

    async def make() -> None:
        try:
            await asyncio.to_thread(schema.set_schema_without_clashes, catalogue.declarations)
        # Otherwise one unforeseen kind of model would end every process of the service.
        except Exception:
            logger.exception("The models under `typed` stay as they were")

    await loops.forever("schema", make, every=None, within=_SCHEMA_WITHIN, wake=catalogue.changed)


async def write_plans(settings: Settings) -> None:
    """Writes the plan of new users as soon as Postgres is there; then it only waits."""
    written = asyncio.Event()

    async def write() -> None:
        await plans.write_free(settings)
        written.set()

    await loops.forever(
        "plans", write, every=_WRITE_EVERY, within=_WRITE_WITHIN, until=written, is_outage=_is_unavailable
    )
    # A watcher that ends is taken for a fault.
    await asyncio.Event().wait()


def _is_unavailable(error: BaseException) -> bool:
    return isinstance(error, errors.ServiceUnavailable)
