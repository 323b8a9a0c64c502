"""A WebSocket at `/graphql`: from the request that offers it to its end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

import errors
from graph.http import cookies, handshakes
from graph.http.fields import IndexedRequest
from graph.http.socket_operations import Runner
from graph.http.sockets import WebSocket
from graph.http.transport_ws import INTERNAL_ERROR, NOT_ACCEPTABLE, Session, code_of
from graph.http.upgrades import Upgrade
from telemetry import metrics

if TYPE_CHECKING:
    from graph.context import Context
    from graph.execution.subscriptions import Subscriptions
    from graph.http.crowding import WebSockets
    from settings import Settings

logger = logging.getLogger(__name__)


async def serve(
    request: IndexedRequest,
    operations: Subscriptions,
    settings: Settings,
    open_context: Callable[[IndexedRequest, str], Context],
    *,
    websockets: WebSockets,
    own_origin: str,
) -> None:
    """Returns when it has ended. Raises what refuses it by an ordinary answer instead: BadRequest, Forbidden,
    RateLimited, ServiceUnavailable; and ClientDisconnect.

    A bad credential is no such reason. Clients see nothing of an ordinary answer, and would try again and again.
    """
    fields, upgrade = request.headers, Upgrade.offered(request.scope)
    assert upgrade is not None  # noqa: S101 - as the endpoint has seen
    answer = handshakes.fields_of_answer(fields)
    scope = handshakes.of_operations(request.scope, fields, own_origin, settings.allowed_origins)
    if upgrade.draining.is_set():
        raise errors.ServiceUnavailable()
    refusal: errors.GatehouseError | None = None
    with ExitStack() as closing:
        try:
            opened = open_context(IndexedRequest(scope, request.receive, request._send), "")
        except errors.GatehouseError as error:
            refusal = error
            if isinstance(error, errors.Unauthenticated) and cookies.sent(request, cookies.SESSION) is not None:
                answer += [(b"set-cookie", cookie.encode()) for cookie in cookies.drop_session().values()]
        else:
            closing.enter_context(websockets.place(opened.caller.network))
        socket = WebSocket(upgrade, websockets.turns)
        closing.callback(_let_go, socket, upgrade)
        upgrade.take(request.scope, socket, answer)
        closing.callback(_count, socket)
        metrics.WEBSOCKETS.inc()
        if refusal is not None:
            socket.close(code_of(refusal), str(refusal))
        elif not handshakes.offers_subprotocol(fields):
            socket.close(NOT_ACCEPTABLE, "Subprotocol not acceptable")
        else:
            runner = Runner(operations, settings, open_context, scope, request.receive, request._send)
            await _talk(Session(socket, runner), socket)
        await socket.finish()


async def _talk(session: Session, socket: WebSocket) -> None:
    try:
        await session.serve()
    except ClientDisconnect:
        pass
    except Exception:
        logger.exception("A WebSocket was ended.")
        socket.close(INTERNAL_ERROR, "The service failed at this.")


def _let_go(socket: WebSocket, upgrade: Upgrade) -> None:
    """Also of what refers to each other, and would wait for the garbage collector."""
    upgrade.transport.close()
    socket.leave()
    socket.when_draining = upgrade.user = None
    socket.drop_frames()


def _count(socket: WebSocket) -> None:
    metrics.WEBSOCKETS.dec()
    metrics.WEBSOCKETS_ENDED.labels(socket.end).inc()
