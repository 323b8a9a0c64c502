"""GraphQL over HTTP: methods, media types, status codes and headers of a request to `/graphql`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING, Any, cast

from graphql import ExecutionResult
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

import errors
from graph import failures, graphiql
from graph.execution.documents import InvalidDocument
from graph.execution.subscriptions import Stream
from graph.http import contents, cookies, crowding, negotiation, ratelimit_headers, requests, upgrades
from graph.http.answers import LARGE, Answer
from graph.http.contents import Content
from graph.http.cycles import Cycle
from graph.http.event_streams import EVENTS, EventStream
from graph.http.fields import IndexedRequest
from graph.http.presence import Presence
from resolvers.bytes_in_flight import Hold
from telemetry import requests as seen

if TYPE_CHECKING:
    from graph.context import Context
    from graph.execution.batches import Answer as BatchAnswer
    from graph.execution.subscriptions import Subscriptions
    from limits.charges import Window
    from settings import Settings

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"

_METHODS = ("GET", "HEAD", "POST")
_OK = HTTPStatus.OK
_CONTENT_TYPES = {kind: (b"content-type", f"{kind}; charset=utf-8".encode()) for kind in (GRAPHQL, JSON)}
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
        open_context: Callable[[Request, str], Context],
        origin_of: Callable[[Request], str],
    ) -> None:
        self._operations = operations
        self._settings = settings
        self._open_context = open_context
        self._origin_of = origin_of
        self._websockets = crowding.WebSockets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # An ASGI application gets all methods, so those that are not allowed are refused in GraphQL's form, too.
        request = IndexedRequest(scope, receive, send)
        response = await (self._respond(request) if upgrades.KEY not in scope["state"] else self._serve_socket(request))
        if response is not None:
            await response(scope, receive, send)

    async def _serve_socket(self, request: IndexedRequest) -> Answer | EventStream | None:
        """None once the WebSocket has ended; an answer if it was not opened."""
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
            with ExitStack() as held:
                record = held.enter_context(seen.answering())
                record.status, record.codes = refusal.status, [refusal.code]
                exchange = _Exchange(request, record, held)
                return exchange.answer(_reply_to_refusal(refusal, exchange))
        return None

    async def _respond(self, request: Request) -> Answer | Response | EventStream:
        if self._settings.graphiql and graphiql.wants_page(request):
            return graphiql.page(request, password_min_length=self._settings.password_min_length)
        with ExitStack() as held:
            record = held.enter_context(seen.answering())
            response = await self._answer(_Exchange(request, record, held))
            record.status = response.status_code
            if isinstance(response, EventStream):
                response.keep_until_end(held.pop_all())
        return response

    async def _answer(self, exchange: _Exchange) -> Answer | Response | EventStream:
        try:
            reply = await self._reply(exchange)
        except ClientDisconnect:
            return Response(status_code=_CLIENT_CLOSED_REQUEST)
        except InvalidDocument as invalid:
            reply = _reply_to_invalid(invalid, exchange)
        except Exception as refusal:  # also unexpected errors: their messages must not reach the caller
            reply = _reply_to_refusal(refusal, exchange)
        if isinstance(reply, EventStream):
            return reply
        bodies = reply.body if isinstance(reply.body, list) else [reply.body]
        if problems := [problem for body in bodies for problem in body.get("errors", ())]:
            exchange.record.codes = list(dict.fromkeys(problem["extensions"]["code"] for problem in problems))
        return exchange.answer(reply)

    async def _reply(self, exchange: _Exchange) -> _Reply | EventStream:
        if exchange.media_type is None:
            raise errors.NotAcceptable(f"Answers come as {GRAPHQL} or {JSON}, or as {EVENTS}.")
        context = self._open_context(exchange.request, exchange.record.id)
        exchange.hold = context.moved.hold
        # What the request holds is freed, unless a stream goes on, and what its answer holds is counted anew.
        exchange.held.enter_context(context.body)
        exchange.held.enter_context(context.moved.hold)
        return await self._reply_in(context, exchange)

    async def _reply_in(self, context: Context, exchange: _Exchange) -> _Reply | EventStream:
        hold = context.moved.hold
        result = await self._result(context, exchange)
        if isinstance(result, Stream):
            fields = ratelimit_headers.of(context.admission.windows) if context.admission else []
            return exchange.events(result, fields)
        results = result if isinstance(result, list) else [result]
        bodies = [_body(one, exchange.record.id) for one in results]
        body = bodies if isinstance(result, list) else bodies[0]
        fields = ratelimit_headers.of(context.admission.windows) if context.admission else []
        reply = _Reply(_OK, body, contents.write(body), fields, context.cookies)
        for one in results:
            for problem in (one,) if isinstance(one, Exception) else one.errors or ():
                failures.forget(problem)
        # Bytes from models are counted already. Other large answers, such as introspection, are counted here, which may
        # refuse them. A mutation is done by now and must not be refused, so its answer is not counted.
        if len(reply.content) > LARGE and not context.mutates:
            hold.take(max(0, len(reply.content) - hold.count), what="answer")
        return reply

    async def _result(self, context: Context, exchange: _Exchange) -> ExecutionResult | Stream | list[BatchAnswer]:
        """A list for a batch."""
        request, record = exchange.request, exchange.record
        scope = request.scope
        if (credential := context.caller.credential) is not None:
            record.credential, record.user_id = credential.kind, credential.subject
        if scope["method"] not in _METHODS:
            raise errors.MethodNotAllowed(_refusal(request), allowed=_METHODS)
        take_body = Cycle.of(scope).take_body
        asked = await requests.read(request, self._settings, self._intake(context), take_body=take_body)
        try:
            presence = Presence.of(scope)
            if isinstance(asked, list):
                exchange.places = len(asked)
                return await presence.while_there(self._operations.run_batch(asked, context))
            if exchange.takes_events and asked.may_mutate:
                return await presence.while_there(self._operations.begin(asked, context))
            return await presence.while_there(self._operations.run(asked, context))
        finally:
            record.cost = context.cost

    def _intake(self, context: Context) -> requests.Intake:
        caller, operations = context.caller, self._operations
        return requests.Intake(
            body_bytes=caller.body_bytes,
            may_upload=caller.credential is not None or caller.visitor_inference,
            hold=context.body,
            admit=partial(operations.require_live, context),
            aside=partial(operations.aside, context, kind="body"),
        )


@dataclass(slots=True)
class _Reply:
    """`content` is `body` as JSON. `refuses`: the whole request is refused, for another reason than its document."""

    status: int
    body: dict[str, Any] | list[dict[str, Any]]
    content: bytes | Content
    fields: list[tuple[bytes, bytes]] = field(default_factory=list)
    cookies: Mapping[str, str] = field(default_factory=dict)
    refuses: bool = False


class _Exchange:
    """One request, with what its answer needs. `media_type` is None if the client accepts none that we send.

    `hold` counts the bytes that go to models and come from them, once the caller is known.
    """

    def __init__(self, request: Request, record: seen.Request, held: ExitStack) -> None:
        self.request = request
        self.record = record
        self.held = held
        accept = request.headers.getlist("accept")
        self.media_type = negotiation.best(accept, (JSON, GRAPHQL))
        self.takes_events = negotiation.names(accept, EVENTS)
        self._likes_events = self.takes_events and negotiation.best(accept, (JSON, GRAPHQL, EVENTS)) == EVENTS
        if self._likes_events:
            # Of what refuses the whole request.
            self.media_type = self.media_type or JSON
        # Of a batch, once it was read.
        self.places: int | None = None
        self.hold: Hold | None = None

    def events(self, results: Stream | bytes | Content, fields: Sequence[tuple[bytes, bytes]]) -> EventStream:
        return EventStream(results, [*fields, (b"x-request-id", self.record.id.encode())], record=self.record)

    def answer(self, reply: _Reply) -> Answer | EventStream:
        fields = [*reply.fields, *[(b"set-cookie", cookie.encode("latin-1")) for cookie in reply.cookies.values()]]
        if self._likes_events and self.places is None and not reply.refuses:
            return self.events(reply.content, fields)
        fields += [(b"x-request-id", self.record.id.encode()), _CONTENT_TYPES[self.media_type or JSON]]
        return Answer(reply.content, reply.status, fields, hold=self._hold_of_answer(len(reply.content)))

    def _hold_of_answer(self, count: int) -> Hold | None:
        return None if self.hold is None or count <= LARGE else self.hold.pass_on(count)


def _refusal(request: Request) -> str:
    if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
        # A preflight. If the operator has allowed origins, Starlette's middleware has answered it already.
        return (
            "A browser asks whether a page of another origin may call this service, and it may not. Its operator names "
            "such origins in GATEHOUSE_ALLOWED_ORIGINS."
        )
    return f"GraphQL does not come by {request.method}. Send it by POST, or a query by GET."


def _body(result: BatchAnswer, request_id: str) -> dict[str, Any]:
    if isinstance(result, InvalidDocument):
        return {"errors": failures.show_all(result.problems, request_id)}
    if isinstance(result, Exception):
        return {"errors": [failures.show_refusal(result, request_id)]}
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body = {"errors": failures.show_all(result.errors, request_id), "data": result.data}
    if result.extensions:
        body["extensions"] = result.extensions
    return body


def _reply_to_invalid(invalid: InvalidDocument, exchange: _Exchange) -> _Reply:
    # With the older media type, any answer in GraphQL's form has the status 200.
    status = HTTPStatus.BAD_REQUEST if exchange.media_type == GRAPHQL else HTTPStatus.OK
    body = {"errors": failures.show_all(invalid.problems, exchange.record.id)}
    content = contents.write(body)
    failures.forget(invalid)
    return _Reply(status, body, content)


def _reply_to_refusal(refusal: Exception, exchange: _Exchange) -> _Reply:
    status = refusal.status if isinstance(refusal, errors.GatehouseError) else HTTPStatus.INTERNAL_SERVER_ERROR
    refused = {"errors": [failures.show_refusal(refusal, exchange.record.id)]}
    body = refused if exchange.places is None else [refused] * exchange.places
    content = contents.write(body)
    failures.forget(refusal)
    dropped: Mapping[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED and cookies.sent(exchange.request, cookies.SESSION) is not None:
        # Scripts cannot delete the cookie, and while the browser sends it, every request is refused.
        dropped = cookies.drop_session()
    return _Reply(status, body, content, _fields_of(refusal), dropped, refuses=True)


def _fields_of(refusal: Exception) -> list[tuple[bytes, bytes]]:
    match refusal:
        case errors.RateLimited():
            windows = cast("Sequence[Window]", refusal.windows)
            return [*ratelimit_headers.of(windows), (b"retry-after", b"%d" % refusal.retry_after_seconds)]
        case errors.ServiceUnavailable():
            return [(b"retry-after", b"%d" % max(1, ceil(refusal.retry_after.total_seconds())))]
        case errors.MethodNotAllowed():
            return [(b"allow", ", ".join(refusal.allowed).encode())]
        case errors.UnsupportedEncoding():
            return [(b"accept-encoding", b"identity")]
        case errors.Unauthenticated():
            return [(b"www-authenticate", b'Bearer realm="Gatehouse"')]
        case _:
            return []
