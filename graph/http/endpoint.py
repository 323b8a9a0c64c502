"""GraphQL over HTTP: methods, media types, status codes and headers of a request to `/graphql`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

import errors
from graph import graphiql
from graph.execution.documents import InvalidDocument
from graph.http import crowding, requests, upgrades
from graph.http.answers import Answer
from graph.http.cycles import Cycle
from graph.http.event_streams import EVENTS, EventStream
from graph.http.exchanges import GRAPHQL, JSON, Exchange, answer_invalid, answer_refusal, answer_result
from graph.http.fields import IndexedRequest
from graph.http.presence import Presence
from graph.http.requests import GraphQLRequest, Item

if TYPE_CHECKING:
    from graph.context import Context
    from graph.execution.subscriptions import Subscriptions
    from settings import Settings

Result = TypeVar("Result")

_METHODS = ("GET", "HEAD", "POST")
# For the log, as in Nginx: a client that disconnected reads no answer.
_CLIENT_CLOSED_REQUEST = 499


class Endpoint:
    """The ASGI application at `/graphql`. `open_context` identifies the caller; it raises Unauthenticated. `origin_of`
    returns the API's own origin.
    """

    def __init__(
        self,
        operations: Subscriptions,
        settings: Settings,
        open_context: Callable[[IndexedRequest, str], Context],
        origin_of: Callable[[Request], str],
    ) -> None:
        self._operations = operations
        self._settings = settings
        self._open_context = open_context
        self._origin_of = origin_of
        self._websockets = crowding.WebSockets()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        # An ASGI application gets all methods, so those that are not allowed are refused in GraphQL's form, too.
        request = IndexedRequest(scope, receive, send)
        if upgrades.KEY in scope["state"]:
            return self._serve_socket(request, send)
        if scope["method"] != "POST" and self._settings.graphiql and graphiql.wants_page(request):
            page = graphiql.page(request, password_min_length=self._settings.password_min_length)
            return page(scope, receive, send)
        return self._serve(request, send)

    async def _serve_socket(self, request: IndexedRequest, send: Send) -> None:
        """Until the WebSocket has ended, or answers why it was not opened."""
        # Here, because many processes serve none.
        from graph.http import websocket_endpoint

        try:
            await websocket_endpoint.serve(
                request,
                self._operations,
                self._settings,
                self._open_context,
                websockets=self._websockets,
                own_origin=self._origin_of(request),
            )
        except ClientDisconnect:
            pass
        except errors.GatehouseError as refusal:
            exchange = Exchange(request)
            try:
                exchange.record.status = refusal.status
                answer = answer_refusal(refusal, exchange)
            finally:
                exchange.end()
            await answer(request.scope, request.receive, send)

    async def _serve(self, request: IndexedRequest, send: Send) -> None:
        exchange = Exchange(request)
        answer: Answer | Response | EventStream | None = None
        try:
            try:
                context = self._open(exchange)
                take_body = Cycle.of(request.scope).take_body
                asked = requests.at_once(request, self._settings, context.caller.body_bytes, context.body, take_body)
                if asked is None:
                    asked = await requests.read(request, self._settings, self._intake(context))
                try:
                    with Presence.of(request.scope):
                        answer = await self._answer(asked, context, exchange)
                finally:
                    exchange.record.cost = context.cost
            except ClientDisconnect:
                answer = Response(status_code=_CLIENT_CLOSED_REQUEST)
            except InvalidDocument as invalid:
                answer = answer_invalid(invalid, exchange)
            except Exception as refusal:  # also unexpected errors: their messages must not reach the caller
                answer = answer_refusal(refusal, exchange)
            exchange.record.status = answer.status_code
        finally:
            if isinstance(answer, EventStream):
                answer.keep_until_end(exchange.end)
            else:
                exchange.end(answer if isinstance(answer, Answer) else None)
        await answer(request.scope, request.receive, send)

    def _open(self, exchange: Exchange) -> Context:
        request, record = exchange.request, exchange.record
        if exchange.media_type is None:
            raise errors.NotAcceptable(f"Answers come as {GRAPHQL} or {JSON}, or as {EVENTS}.")
        context = exchange.context = self._open_context(request, record.id)
        if (credential := context.caller.credential) is not None:
            record.credential, record.user_id = credential.kind, credential.subject
        if request.scope["method"] not in _METHODS:
            raise errors.MethodNotAllowed(_refusal(request), allowed=_METHODS)
        return context

    def _answer(
        self, asked: GraphQLRequest | list[Item], context: Context, exchange: Exchange
    ) -> Awaitable[Answer | EventStream]:
        """`asked` is a list for a batch."""
        answer = partial(answer_result, context=context, exchange=exchange)
        if isinstance(asked, list):
            exchange.batch_size = len(asked)
            return _answered(self._operations.run_batch(asked, context), answer)
        if exchange.takes_events and asked.may_mutate:
            return _answered(self._operations.begin(asked, context), answer)
        return self._operations.run(asked, context, answer)

    def _intake(self, context: Context) -> requests.Intake:
        caller, operations = context.caller, self._operations
        return requests.Intake(
            body_bytes=caller.body_bytes,
            may_upload=caller.credential is not None or caller.visitor_inference,
            hold=context.body,
            admit=partial(operations.require_live, context),
            aside=partial(operations.aside, context, kind="body"),
        )


async def _answered(
    result: Awaitable[Result], answer: Callable[[Result], Answer | EventStream]
) -> Answer | EventStream:
    return answer(await result)


def _refusal(request: Request) -> str:
    if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
        # A preflight. If the operator has allowed origins, Starlette's middleware has answered it already.
        return (
            "A browser asks whether a page of another origin may call this service, and it may not. Its operator names "
            "such origins in GATEHOUSE_ALLOWED_ORIGINS."
        )
    return f"GraphQL does not come by {request.method}. Send it by POST, or a query by GET."
