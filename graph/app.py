"""The process put together: settings in, an ASGI application out."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

import errors
from access import callers
from access.callers import Caller, Cookies
from access.credentials import Signer
from access.gate import Gate
from db import connection
from graph import graphiql
from graph.context import Context
from graph.http import cookies
from graph.http.endpoint import Endpoint
from graph.operations import Operations
from inference.catalogue import Catalogue
from inference.server import ModelServer
from resolvers import plans
from resolvers.bytes_in_flight import BytesInFlight
from resolvers.health import Health, Status
from resolvers.operation_bytes import OperationBytes
from resolvers.tools import Tools
from settings import Settings
from telemetry import exposition, loops, requests, traces, watchdog

logger = logging.getLogger(__name__)

# How long a start waits for the models, before it serves without the field `typed` until they are there.
_FIRST_LOOK_SECONDS = 5.0
_WRITE_EVERY = timedelta(seconds=1)
_WRITE_WITHIN = timedelta(seconds=15)
# A thread makes the new schema, and cannot be broken off; of thousands of models it takes seconds.
_OFFER_WITHIN = timedelta(minutes=2)


@asynccontextmanager
async def running(settings: Settings, draining: asyncio.Event | None = None) -> AsyncIterator[ASGIApp]:
    """The application, as long as the process sees what it stands on; once it is `draining` it is not ready.

    Raises SettingsError and NameClash before it serves; where a watcher ends, it sends the process SIGTERM and raises
    what ended the watcher when it is left.
    """
    draining = draining or asyncio.Event()
    end = _End(draining)
    gate, models = Gate(settings), ModelServer(settings)
    tools = Tools.of(settings, gate)
    health, operations = Health(models, gate.store), Operations(settings)
    async with AsyncExitStack() as closing:
        closing.enter_context(exposition.serving(settings))
        closing.enter_context(traces.sending(settings, role="api"))
        await connection.connect(settings)
        closing.push_async_callback(connection.close)
        closing.callback(tools.hasher.close)
        closing.callback(operations.queue.close)
        closing.push_async_callback(gate.aclose)
        closing.push_async_callback(models.aclose)
        await gate.start()
        await closing.enter_async_context(
            _watching(end, gate.watch(), models.watch(), health.watch(), loops.watch_lag())
        )
        await _offer_first(operations, models)
        await closing.enter_async_context(
            _watching(end, _offer_changes(operations, models.catalogue), _write_plans(settings))
        )
        closing.enter_context(watchdog.watching(settings.standstill))
        # What start-up made lives as long as the process: out of the collector's way it costs no pauses.
        gc.collect()
        gc.freeze()

        flight = BytesInFlight(settings.bytes_in_flight)

        def open_context(request: Request, request_id: str) -> Context:
            caller = _caller(request, tools.signer, settings)
            return Context(
                request_id=request_id,
                caller=caller,
                # Nobody has looked yet whether the credential is live: its user's share is for what was admitted.
                body=flight.hold(caller.network),
                moved=_moved(flight, caller, settings),
                tools=tools,
                models=models,
                health=health,
            )

        endpoint = Endpoint(operations, settings, open_context)
        yield _application(endpoint, settings, signer=tools.signer, health=health, draining=draining)


def _moved(flight: BytesInFlight, caller: Caller, settings: Settings) -> OperationBytes:
    subject = str(caller.credential.user_id) if caller.credential else caller.network
    return OperationBytes(flight.hold(subject), most=settings.operation_bytes, answer=settings.output_bytes)


def _caller(request: Request, signer: Signer, settings: Settings) -> Caller:
    peer = request.client.host if request.client else "0.0.0.0"  # noqa: S104 - nowhere, for a socket without one
    address = callers.client_address(peer, request.headers.getlist("x-forwarded-for"), settings.trusted_proxies)
    requests.came_from(address)
    return callers.identify(
        request.headers.getlist("authorization"),
        signer,
        settings,
        address=address,
        user_agent=request.headers.get("user-agent"),
        parameters=request.query_params.keys(),
        cookies=Cookies(
            session=cookies.sent(request, cookies.SESSION),
            device=cookies.sent(request, cookies.DEVICE),
            preflight=cookies.has_preflight(request),
        ),
    )


def _application(
    endpoint: Endpoint, settings: Settings, *, signer: Signer, health: Health, draining: asyncio.Event
) -> ASGIApp:
    async def jwks(_request: Request) -> Response:
        return JSONResponse(signer.jwks(), headers={"Cache-Control": "public, max-age=300"})

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("alive\n", headers={"Cache-Control": "no-store"})

    async def readyz(_request: Request) -> Response:
        status = Status.DRAINING if draining.is_set() else health.status
        return JSONResponse(
            {"status": status, "dependencies": health.dependencies},
            status_code=200 if status is Status.UP else 503,
            headers={"Cache-Control": "no-store"},
        )

    routes: list[BaseRoute] = [
        Route("/graphql", endpoint.answer, methods=["GET", "POST"]),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/.well-known/jwks.json", jwks),
    ]
    if settings.graphiql:
        routes.append(graphiql.assets)
    application = Starlette(routes=routes)
    # Its redirects would lead to whatever host the request names; there is no address that needs one.
    application.router.redirect_slashes = False
    return application


async def _offer_first(operations: Operations, models: ModelServer) -> None:
    """Raises NameClash, which stops the start."""
    try:
        async with asyncio.timeout(_FIRST_LOOK_SECONDS):
            seen = await models.first_look()
    except TimeoutError:
        seen = False
    if not seen:
        logger.warning("Triton does not answer yet; `typed` has no models until it does.")
    models.catalogue.changed.clear()
    operations.offer(models.catalogue.declarations)


async def _write_plans(settings: Settings) -> None:
    """The plan that every new user gets, as soon as Postgres is there; then nothing more."""
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


async def _offer_changes(operations: Operations, catalogue: Catalogue) -> None:
    async def offer() -> None:
        try:
            await asyncio.to_thread(operations.offer_what_fits, catalogue.declarations)
        # Else one model that nobody foresaw would end every process of the service.
        except Exception:
            logger.exception("The models under `typed` stay as they were")

    await loops.forever("offers", offer, every=None, within=_OFFER_WITHIN, wake=catalogue.changed)


class _End:
    """Of the process: it is asked for once, and not where it has begun. A second signal would cut off what runs."""

    def __init__(self, draining: asyncio.Event) -> None:
        self._draining = draining
        self._is_asked_for = False

    def after(self, watcher: asyncio.Task[None]) -> None:
        # A process that no longer sees what it stands on would serve on blindly; one that ends is started again.
        if watcher.cancelled():
            return
        logger.critical("A watcher of this process ended; the process stops.", exc_info=watcher.exception())
        # What the signal does is done in a later turn of the loop, and by then another watcher may have ended.
        if not self._is_asked_for and not self._draining.is_set():
            self._is_asked_for = True
            os.kill(os.getpid(), signal.SIGTERM)


@asynccontextmanager
async def _watching(end: _End, *watchers: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
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
