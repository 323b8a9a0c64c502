"""The process put together: settings in, an ASGI application out."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from access import callers
from access.store import Store
from db import connection
from graph import graphiql
from graph.context import Context
from graph.http import Endpoint
from graph.operations import Operations
from graph.typed import NameClash
from inference.server import ModelServer
from resolvers.health import Health, Status
from settings import Settings

logger = logging.getLogger(__name__)

# How long a start waits for the models, before it serves without the field `typed` until they are there.
_FIRST_LOOK_SECONDS = 5.0


def build(settings: Settings) -> Starlette:
    return _Process(settings).app


class _Process:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._models = ModelServer(settings)
        self._store = Store(settings)
        self._health = Health(self._models, self._store)
        self._operations = Operations(settings)
        endpoint = Endpoint(self._operations, settings, self._open_context)
        routes: list[BaseRoute] = [
            Route("/graphql", endpoint.answer, methods=["GET", "POST"]),
            Route("/healthz", self._healthz),
            Route("/readyz", self._readyz),
        ]
        if settings.graphiql:
            routes.append(graphiql.assets)
        self.app = Starlette(routes=routes, lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as closing:
            await connection.connect(self._settings)
            closing.push_async_callback(connection.close)
            closing.push_async_callback(self._store.aclose)
            closing.push_async_callback(self._models.aclose)
            watchers = [_watch(watch) for watch in (self._models.watch(), self._health.watch())]
            closing.callback(lambda: [watcher.cancel() for watcher in watchers])
            await self._offer_first()
            watchers.append(_watch(self._offer_changes()))
            # What start-up made lives as long as the process: out of the collector's way it costs no pauses.
            gc.collect()
            gc.freeze()
            yield

    async def _offer_first(self) -> None:
        """Raises NameClash, which stops the start."""
        try:
            async with asyncio.timeout(_FIRST_LOOK_SECONDS):
                await self._models.catalogue.changed.wait()
        except TimeoutError:
            logger.warning("Triton does not answer yet; `typed` has no models until it does.")
        self._operations.offer(self._models.catalogue.declarations)

    async def _offer_changes(self) -> None:
        changed = self._models.catalogue.changed
        while True:
            await changed.wait()
            changed.clear()
            try:
                await asyncio.to_thread(self._operations.offer, self._models.catalogue.declarations)
            except NameClash as clash:
                logger.error("%s The models under `typed` stay as they were.", clash)

    def _open_context(self, request: Request, request_id: str) -> Context:
        return Context(
            request_id=request_id,
            caller=callers.identify(request.headers.getlist("authorization"), self._settings),
            settings=self._settings,
            models=self._models,
            health=self._health,
        )

    async def _healthz(self, _request: Request) -> Response:
        return PlainTextResponse("alive\n", headers={"Cache-Control": "no-store"})

    async def _readyz(self, _request: Request) -> Response:
        status = self._health.status
        return JSONResponse(
            {"status": status, "dependencies": self._health.dependencies},
            status_code=200 if status is Status.UP else 503,
            headers={"Cache-Control": "no-store"},
        )


def _watch(running: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(running)
    task.add_done_callback(_stop_the_process)
    return task


def _stop_the_process(task: asyncio.Task[None]) -> None:
    # A process that no longer sees what it stands on would serve on blindly; one that ends is started again.
    if not task.cancelled():
        logger.critical("A watcher of this process ended.", exc_info=task.exception())
        os.kill(os.getpid(), signal.SIGTERM)
