"""GraphQL over HTTP: methods, media types, status codes, headers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING, Any, cast

import orjson
from graphql import ExecutionResult
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

import errors
from graph import failures, graphiql
from graph.documents import InvalidDocument
from graph.http import cookies, negotiation, ratelimit_headers, requests
from graph.http.answers import Answer
from resolvers.bytes_in_flight import Hold
from resolvers.limits import Window
from telemetry import requests as seen

if TYPE_CHECKING:
    from graph.context import Context
    from graph.operations import Operations
    from settings import Settings

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"

_STATUS: dict[type[Exception], int] = {
    errors.BadRequest: 400,
    errors.QueryTooComplex: 400,
    errors.PayloadTooLarge: 413,
    errors.MethodNotAllowed: 405,
    errors.NotAcceptable: 406,
    errors.UnsupportedMediaType: 415,
    errors.RequestTimeout: 408,
    errors.Unauthenticated: 401,
    errors.RateLimited: 429,
    errors.ServiceUnavailable: 503,
    errors.DeadlineExceeded: 504,
}
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Vary": "Accept"}
# Smaller ones are bounded by the number of connections.
_LARGE_ANSWER = 16 * 1024
# Somebody who hung up reads nothing; the status is nginx's, for the access log.
_CLIENT_CLOSED_REQUEST = 499


class Endpoint:
    """`open_context` identifies the caller; it raises Unauthenticated."""

    def __init__(
        self, operations: Operations, settings: Settings, open_context: Callable[[Request, str], Context]
    ) -> None:
        self._operations = operations
        self._settings = settings
        self._open_context = open_context

    async def answer(self, request: Request) -> Response:
        if self._settings.graphiql and graphiql.wants_page(request):
            return graphiql.page(request)
        with seen.answering() as told:
            with ExitStack() as holding:
                response = await self._answer(request, told, holding)
            told.status = response.status_code
        return response

    async def _answer(self, request: Request, told: seen.Request, holding: ExitStack) -> Response:
        media_type = negotiation.best(request.headers.getlist("accept"), (JSON, GRAPHQL))
        headers: Mapping[str, str] = {}
        kept: Mapping[str, str] = {}
        hold: Hold | None = None
        try:
            if media_type is None:
                raise errors.NotAcceptable(f"Answers come as {GRAPHQL} or {JSON}.")
            context = self._open_context(request, told.id)
            holding.enter_context(context.body)
            hold = holding.enter_context(context.moved.hold)
            result = await self._result(request, context, told)
            headers = ratelimit_headers.of(context.admission.windows if context.admission else ())
            status, body, kept = 200, _body(result, told.id), context.cookies
            content = _write(body)
            for problem in result.errors or ():
                failures.forget(problem)
            # What models gave was taken before it was written. All else that is large, as introspection, is taken here;
            # not the answer to a mutation, which is done already and must not be refused.
            if len(content) > _LARGE_ANSWER and not context.mutates:
                hold.take(max(0, len(content) - hold.count), what="answer")
        except ClientDisconnect:
            return Response(status_code=_CLIENT_CLOSED_REQUEST)
        except InvalidDocument as invalid:
            # The older media type says by 200 that an answer in GraphQL's own form follows.
            status = 400 if media_type == GRAPHQL else 200
            body = {"errors": failures.show_all(invalid.problems, told.id)}
            content = _write(body)
            failures.forget(invalid)
        except Exception as refusal:  # the last line of defence: nothing unforeseen leaves in its own words
            status = _STATUS.get(type(refusal), 500)
            body = {"errors": [failures.show_refusal(refusal, told.id)]}
            content = _write(body)
            headers = _headers_of(refusal)
            failures.forget(refusal)
            if status == HTTPStatus.UNAUTHORIZED and cookies.sent(request, cookies.SESSION) is not None:
                # No script can drop it, and as long as it is sent nothing else is answered.
                kept = cookies.drop_session()
        told.codes = list(dict.fromkeys(problem["extensions"]["code"] for problem in body.get("errors", ())))
        response = Answer(
            content,
            status,
            {**_HEADERS, **headers, "X-Request-ID": told.id},
            media_type=f"{media_type or JSON}; charset=utf-8",
            hold=None if hold is None else hold.pass_on(len(content)),
        )
        for cookie in kept.values():
            response.headers.append("Set-Cookie", cookie)
        return response

    async def _result(self, request: Request, context: Context, told: seen.Request) -> ExecutionResult:
        if (credential := context.caller.credential) is not None:
            told.credential, told.user_id = credential.kind.value, str(credential.user_id)
        asked = await requests.read(request, self._settings, self._intake(context))
        result = _unless_left(request, self._operations.run(asked, context))
        try:
            return await result
        finally:
            told.cost = context.cost

    def _intake(self, context: Context) -> requests.Intake:
        caller, operations = context.caller, self._operations
        return requests.Intake(
            body_bytes=caller.body_bytes,
            may_upload=caller.credential is not None or caller.visitor_inference,
            hold=context.body,
            admit=partial(operations.require_live, context),
            aside=partial(operations.queue.run, caller=caller, kind="body"),
        )


async def _unless_left(request: Request, running: Coroutine[Any, Any, ExecutionResult]) -> ExecutionResult:
    """The result; or ClientDisconnect as soon as the client has hung up, with all that ran for it cancelled."""
    work = asyncio.create_task(running)
    watch = asyncio.create_task(_hung_up(request))
    try:
        await asyncio.wait((work, watch), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise ClientDisconnect()
        return work.result()
    finally:
        watch.cancel()
        work.cancel()


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _body(result: ExecutionResult, request_id: str) -> dict[str, Any]:
    problems = {"errors": failures.show_all(result.errors, request_id)} if result.errors else {}
    return problems | {"data": result.data}


def _write(body: dict[str, Any]) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)


def _headers_of(refusal: Exception) -> Mapping[str, str]:
    match refusal:
        case errors.RateLimited():
            windows = cast(Sequence[Window], refusal.windows)
            return {**ratelimit_headers.of(windows), "Retry-After": str(refusal.retry_after_seconds)}
        case errors.ServiceUnavailable():
            return {"Retry-After": str(max(1, ceil(refusal.retry_after.total_seconds())))}
        case errors.MethodNotAllowed():
            return {"Allow": "POST"}
        case errors.Unauthenticated():
            return {"WWW-Authenticate": 'Bearer realm="Gatehouse"'}
        case _:
            return {}
