"""The operations of one WebSocket: who sends them, and each from its message to its results."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from graphql import ExecutionResult
from starlette.requests import ClientDisconnect

import errors
from graph import failures
from graph.execution.documents import InvalidDocument
from graph.execution.subscriptions import Stream, Subscriptions
from graph.http import contents, handshakes, requests
from graph.http.answers import LARGE
from graph.http.fields import IndexedRequest
from telemetry import requests as seen

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from graph.context import Context
    from graph.http.contents import Content
    from graph.http.sockets import WebSocket
    from settings import Settings

_AUTHORIZATION = "authorization"
_CLIENT_CLOSED_REQUEST = 499
# What a parsed message holds, in multiples of its bytes: itself, and its values.
_PARSED = 2


class Runner:
    """`scope` is that of each operation. `open_context` identifies the caller by it, and raises Unauthenticated."""

    def __init__(
        self,
        operations: Subscriptions,
        settings: Settings,
        open_context: Callable[[IndexedRequest, str], Context],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self._operations = operations
        self._settings = settings
        self._open_context = open_context
        self._scope = scope
        self._channels = receive, send
        # By which the client has introduced itself.
        self._context: Context | None = None
        # The process ends, so operations that are cancelled are refused.
        self.is_ending = False

    async def identify(self, payload: Mapping[str, Any]) -> Context:
        """By the payload of `connection_init`, which may hold the credential, and the handshake.

        Raises Unauthenticated for a credential that is not live, and what else refuses a caller.
        """
        with seen.answering() as record:
            try:
                for name, value in payload.items():
                    if name.lower() == _AUTHORIZATION:
                        if not isinstance(value, str):
                            raise errors.Unauthenticated()
                        self._scope = handshakes.with_authorization(self._scope, value)
                context = self._context = self._open(record)
                await self._operations.require_live(context)
            except errors.GatehouseError as refusal:
                record.status, record.codes = refusal.status, [refusal.code]
                raise
            record.status = HTTPStatus.SWITCHING_PROTOCOLS
        return context

    async def aside(self, parse: Callable[[], Any], octets: int) -> Any:
        """Parses a large message in the thread for that, if the credential is live. Raises ServiceUnavailable if there
        is no room for so many bytes, RateLimited, Unauthenticated and what `parse` raises.
        """
        context = self._context
        assert context is not None  # noqa: S101 - before it, messages are small
        await self._operations.require_live(context)
        with context.body.pass_on(0) as hold:
            hold.take(requests.PARSING * octets, what="body")
            return await self._operations.aside(context, parse, kind="body")

    async def run(self, socket: WebSocket, name: str, payload: Mapping[str, Any], octets: int) -> None:
        """The operation with this id, and the messages that it causes. `octets` are those of its own message."""
        with seen.answering() as record:
            try:
                await self._answer(socket, name, payload, octets, record)
            except ClientDisconnect:
                record.status = _CLIENT_CLOSED_REQUEST
            except asyncio.CancelledError:
                if self.is_ending:
                    refusal = errors.ServiceUnavailable()
                    socket.send_last(_refused(name, refusal, record))
                else:
                    # It left, or said that the operation is complete.
                    record.status = _CLIENT_CLOSED_REQUEST
                raise

    async def refuse(self, socket: WebSocket, name: str, refusal: errors.GatehouseError) -> None:
        with seen.answering() as record:
            await _refuse(socket, name, refusal, record)

    async def _answer(
        self, socket: WebSocket, name: str, payload: Mapping[str, Any], octets: int, record: seen.Request
    ) -> None:
        try:
            context = self._open(record)
            with context.body, context.moved.hold:
                context.body.take(_PARSED * octets, what="body")
                request = requests.from_members(payload, self._settings, may_mutate=True)
                try:
                    result = await self._operations.begin(request, context)
                finally:
                    record.cost = context.cost
                if isinstance(result, Stream):
                    await _send_stream(socket, name, result, context, record)
                else:
                    await _send_result(socket, name, result, context, record)
        except (ClientDisconnect, asyncio.CancelledError):
            raise
        except Exception as refusal:  # also unexpected errors: their messages must not reach the client
            await _refuse(socket, name, refusal, record)
        else:
            await socket.send(orjson.dumps({"id": name, "type": "complete"}))

    def _open(self, record: seen.Request) -> Context:
        context = self._open_context(IndexedRequest(self._scope, *self._channels), record.id)
        context.is_over_websocket = True
        if (credential := context.caller.credential) is not None:
            record.credential, record.user_id = credential.kind, credential.subject
        return context


async def _send_result(
    socket: WebSocket, name: str, result: ExecutionResult, context: Context, record: seen.Request
) -> None:
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body = {"errors": failures.show_all(result.errors, record.id), "data": result.data}
        record.codes = list(dict.fromkeys(problem["extensions"]["code"] for problem in body["errors"]))
    if result.extensions:
        body["extensions"] = result.extensions
    content = contents.write(body)
    for problem in result.errors or ():
        failures.forget(problem)
    record.status = HTTPStatus.OK
    hold = context.moved.hold
    # As of an answer to a POST: a mutation is done by now, and is not refused.
    if len(content) > LARGE and not context.mutates:
        hold.take(max(0, len(content) - hold.count), what="answer")
    moved = hold.pass_on(len(content))
    hold.be(0)
    await socket.send(_next(name, content), moved)


async def _send_stream(socket: WebSocket, name: str, stream: Stream, context: Context, record: seen.Request) -> None:
    record.status, record.is_stream = HTTPStatus.OK, True
    try:
        async with stream:
            while (result := await stream.take()) is not None:
                await socket.send(_next(name, result), context.moved.hold.pass_on(len(result)))
    finally:
        record.codes = stream.codes


def _next(name: str, payload: bytes | Content) -> bytes | Content:
    return contents.between(b'{"id":%b,"type":"next","payload":' % orjson.dumps(name), payload, b"}")


async def _refuse(socket: WebSocket, name: str, refusal: Exception, record: seen.Request) -> None:
    message = _refused(name, refusal, record)
    failures.forget(refusal)
    await socket.send(message)


def _refused(name: str, refusal: Exception, record: seen.Request) -> bytes:
    """The message that ends the operation with this id. It is recorded as it would be of a request."""
    if isinstance(refusal, InvalidDocument):
        record.status, problems = HTTPStatus.BAD_REQUEST, failures.show_all(refusal.problems, record.id)
    else:
        record.status = (
            refusal.status if isinstance(refusal, errors.GatehouseError) else HTTPStatus.INTERNAL_SERVER_ERROR
        )
        problems = [failures.show_refusal(refusal, record.id)]
    record.codes = list(dict.fromkeys(problem["extensions"]["code"] for problem in problems))
    return orjson.dumps({"id": name, "type": "error", "payload": problems})
