"""Builds a process of the API: makes its parts from the settings, and the ASGI application from the parts."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from access import callers
from access.callers import NO_COOKIES, Caller, Cookies
from access.credentials import Signer
from db import connection
from graph import graphiql, watchers
from graph.console import routes as console
from graph.context import Context
from graph.execution.subscriptions import Subscriptions
from graph.http import cookies, downloads, origins, probes, unserved
from graph.http.endpoint import Endpoint
from graph.http.fields import IndexedRequest
from inference.server import ModelServer
from limits.gate import Gate
from resolvers.bytes_in_flight import BytesInFlight
from resolvers.health import Health
from resolvers.holds import Hold
from resolvers.operation_bytes import OperationBytes
from resolvers.tools import Tools
from settings import Settings
from telemetry import exposition, loops, requests, traces, watchdog

logger = logging.getLogger(__name__)

# Clients often add the slash. A redirect would turn POST into GET, or lead to any host that a request names.
_GRAPHQL = ("/graphql", "/graphql/")
# How long a start waits for the models. After that it serves without the field `typed` until they are there.
_FIRST_LOOK_SECONDS = 5.0
# The collector runs when this many more objects were made than freed. Requests leave it nothing to free, except for
# documents that are validated, with up to some thousand objects. Python's 700 are the objects of seven requests.
_COLLECT_AFTER = 10_000


@dataclass(frozen=True, slots=True)
class _Process:
    """The parts of which a process has exactly one."""

    settings: Settings
    gate: Gate
    models: ModelServer
    tools: Tools
    health: Health
    operations: Subscriptions

    @classmethod
    def of(cls, settings: Settings) -> "_Process":
        gate, models = Gate(settings), ModelServer(settings)
        tools = Tools.of(settings, gate)
        return cls(settings, gate, models, tools, Health(models, gate), Subscriptions(settings))


@asynccontextmanager
async def running(
    settings: Settings,
    draining: asyncio.Event | None = None,
    *,
    metrics: AbstractContextManager[None] | None = None,
) -> AsyncIterator[ASGIApp]:
    """The application, with loops that watch its servers. Once `draining` is set, /readyz answers that it is not ready.
    `metrics` serves them meanwhile; left out, they are served as the settings say.

    Raises SettingsError and NameClash before it serves. If a watcher ends, the process gets SIGTERM, and leaving the
    context raises what ended the watcher.
    """
    draining = draining or asyncio.Event()
    process = _Process.of(settings)
    async with AsyncExitStack() as closing:
        closing.enter_context(metrics or exposition.serving(settings))
        await _open(process, closing)
        await _watch(process, closing, draining)
        closing.enter_context(watchdog.watching(settings.standstill))
        # What was made at the start lives as long as the process: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_COLLECT_AFTER)
        yield _application(process, draining)


async def _open(process: _Process, closing: AsyncExitStack) -> None:
    """Connects to the servers. `closing` closes all of it, the last first."""
    closing.enter_context(traces.sending(process.settings, role="api"))
    await connection.connect(process.settings)
    closing.push_async_callback(connection.close)
    closing.callback(process.tools.hasher.close)
    closing.callback(process.operations.queue.close)
    closing.push_async_callback(process.gate.aclose)
    closing.push_async_callback(process.models.aclose)
    await process.gate.start()


async def _watch(process: _Process, closing: AsyncExitStack, draining: asyncio.Event) -> None:
    end = watchers.End(draining)
    models, schema = process.models, process.operations.schema
    await closing.enter_async_context(
        watchers.running(end, process.gate.watch(), models.watch(), process.health.watch(), loops.watch_lag())
    )
    closing.push_async_callback(process.gate.drain)
    await _set_first_schema(process)
    await closing.enter_async_context(
        watchers.running(
            end,
            watchers.follow_catalogue(schema, models.catalogue),
            watchers.write_plans(process.settings),
            process.operations.end_late(draining),
            process.operations.renew_slots(),
        )
    )


async def _set_first_schema(process: _Process) -> None:
    """Raises NameClash, which stops the start."""
    models = process.models
    try:
        async with asyncio.timeout(_FIRST_LOOK_SECONDS):
            seen = await models.first_look()
    except TimeoutError:
        seen = models.catalogue.seen.is_set()
    if not seen:
        logger.warning("Triton does not answer yet; `typed` has no models until it does.")
    models.catalogue.changed.clear()
    process.operations.schema.set_schema(models.catalogue.declarations)


def _application(process: _Process, draining: asyncio.Event) -> ASGIApp:
    settings = process.settings
    endpoint = Endpoint(process.operations, settings, _context_opener(process), partial(_origin, settings=settings))
    others = _beside_graphql(process, draining)

    def answer(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        # Not by way of the router and its layers for errors: the endpoint answers every method, and all errors itself.
        return (endpoint if scope["path"] in _GRAPHQL else others)(scope, receive, send)

    return origins.allowing(answer, process.settings)


def _beside_graphql(process: _Process, draining: asyncio.Event) -> ASGIApp:
    routes: list[BaseRoute] = [
        *probes.routes(process.tools.signer, process.health, draining),
        *downloads.routes(process.tools),
        console.embed(),
    ]
    if process.settings.graphiql:
        routes.append(graphiql.assets())
    handlers = unserved.HANDLERS
    if process.settings.console:
        routes += console.routes(process.settings)
        handlers = {**handlers, 404: console.not_found(process.settings)}
    application = Starlette(routes=routes, exception_handlers=handlers)
    # Starlette's redirects would lead to any host that the request names, and no address needs one.
    application.router.redirect_slashes = False
    return application


def _context_opener(process: _Process) -> Callable[[IndexedRequest, str], Context]:
    flight = BytesInFlight(process.settings.bytes_in_flight)
    flight.serve(process.models)

    settings = process.settings

    def open_context(request: IndexedRequest, request_id: str) -> Context:
        caller = _caller(request, process.tools.signer, settings)
        subject = caller.network if caller.credential is None else caller.credential.subject
        # Whether the credential is live is not known yet, and only an admitted request may use its user's share.
        body = Hold(flight, caller.network)
        hold = Hold(flight, subject, body=body)
        moved = OperationBytes(hold, most=settings.operation_bytes, answer=settings.output_bytes)
        return Context(
            request_id,
            caller,
            process.tools,
            process.models,
            process.health,
            body,
            moved,
            is_of_another_origin=origins.is_another(request),
            download_url=lambda code: f"{_origin(request, settings)}{downloads.PATH}{code}",
        )

    return open_context


def _origin(request: Request, settings: Settings) -> str:
    peer = request.client.host if request.client else ""
    return origins.of_api(request, is_behind_proxy=callers.is_trusted(peer, settings.trusted_proxies))


def _caller(request: IndexedRequest, signer: Signer, settings: Settings) -> Caller:
    head = request.head
    if head.identified is not None:
        caller, keys = head.identified
        if caller.credential is None or signer.verifies_again(caller.credential, keys):
            requests.came_from(caller.address)
            return caller
    caller = _identified(request, signer, settings)
    if "cookie" not in head.fields:
        head.identified = caller, signer.keys
    return caller


def _identified(request: IndexedRequest, signer: Signer, settings: Settings) -> Caller:
    scope, fields = request.scope, request.fields
    # A socket that is not TCP has no peer address.
    peer = scope["client"][0] if scope["client"] else "0.0.0.0"  # noqa: S104 - not bound to
    address = callers.client_address(peer, fields.get("x-forwarded-for", ()), settings.trusted_proxies)
    requests.came_from(address)
    return callers.identify(
        fields.get("authorization", ()),
        signer,
        settings,
        address=address,
        user_agent=fields["user-agent"][0] if "user-agent" in fields else None,
        parameters=request.query_params.keys() if scope["query_string"] else (),
        cookies=_cookies(request) if "cookie" in fields else NO_COOKIES,
    )


def _cookies(request: Request) -> Cookies:
    return Cookies(
        session=cookies.sent(request, cookies.SESSION),
        device=cookies.sent(request, cookies.DEVICE),
        preflight=cookies.has_preflight(request),
    )
