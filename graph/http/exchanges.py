"""One request to `/graphql` with its answer: the form that the client takes, and what the answer holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING, Any, cast

from graphql import ExecutionResult

import errors
from graph import failures
from graph.execution.documents import InvalidDocument
from graph.execution.subscriptions import Stream
from graph.http import contents, cookies, negotiation, ratelimit_headers
from graph.http.answers import LARGE, Answer
from graph.http.contents import Content
from graph.http.event_streams import EVENTS, EventStream
from graph.http.fields import IndexedRequest
from graph.http.heads import Forms
from telemetry import requests as seen

if TYPE_CHECKING:
    from graph.context import Context
    from graph.execution.batches import Answer as BatchAnswer
    from limits.charges import Window

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"

_OK = HTTPStatus.OK
_CONTENT_TYPES = {kind: (b"content-type", f"{kind}; charset=utf-8".encode()) for kind in (GRAPHQL, JSON)}


class Exchange:
    """One request that has begun, with what its answer needs. `media_type` is None if the client accepts none that we
    send.
    """

    # Once the caller is known.
    context: Context | None = None
    # Of a batch, once it was read.
    batch_size: int | None = None

    def __init__(self, request: IndexedRequest) -> None:
        self.request = request
        self.record = seen.begin()
        head = request.head
        if head.forms is None:
            head.forms = _forms(",".join(head.fields.get("accept", ("*/*",))))
        self.media_type, self.takes_events, self._likes_events = head.forms

    def end(self, answer: Answer | None = None) -> None:
        """Frees what the request holds; what its answer holds is counted anew. Writes the line of the log."""
        try:
            if (context := self.context) is not None:
                if answer is not None:
                    answer.take_from(context.moved.hold)
                context.moved.hold.close()
                context.body.close()
        finally:
            self.record.end()

    def events(self, results: Stream | bytes | Content, fields: Sequence[tuple[bytes, bytes]]) -> EventStream:
        return EventStream(results, [*fields, (b"x-request-id", self.record.id.encode())], record=self.record)

    def answer(
        self,
        status: int,
        content: bytes | Content,
        codes: Sequence[str],
        fields: list[tuple[bytes, bytes]],
        cookies: Mapping[str, str],
        *,
        refuses: bool = False,
    ) -> Answer | EventStream:
        """`codes` are those of the errors in the content. `refuses`: the whole request is refused, for another reason
        than its document.
        """
        # Not those of an answer that was made before and is not sent.
        self.record.codes = list(dict.fromkeys(codes)) if codes else ()
        if cookies:
            fields += [(b"set-cookie", cookie.encode("latin-1")) for cookie in cookies.values()]
        if self._likes_events and self.batch_size is None and not refuses:
            return self.events(content, fields)
        fields += ((b"x-request-id", self.record.id.encode()), _CONTENT_TYPES[self.media_type or JSON])
        return Answer(content, status, fields)


# Programs send one of a few values of Accept. They may be as long as a head: 8 MB in all.
@lru_cache(256)
def _forms(accept: str) -> Forms:
    media_type = negotiation.best((accept,), (JSON, GRAPHQL))
    takes_events = negotiation.names((accept,), EVENTS)
    if takes_events and negotiation.best((accept,), (JSON, GRAPHQL, EVENTS)) == EVENTS:
        # JSON is for what refuses the whole request.
        return media_type or JSON, True, True
    return media_type, takes_events, False


def answer_result(
    result: ExecutionResult | Stream | list[BatchAnswer], context: Context, exchange: Exchange
) -> Answer | EventStream:
    fields = ratelimit_headers.of(context.admission.windows) if context.admission is not None else []
    if isinstance(result, Stream):
        return exchange.events(result, fields)
    problems: Iterable[Exception]
    codes: Sequence[str]
    if isinstance(result, list):
        bodies = [_body(one, exchange.record.id) for one in result]
        content, codes = contents.write(bodies), _codes(bodies)
        problems = [problem for one in result for problem in _problems(one)]
    else:
        body, problems = _body(result, exchange.record.id), result.errors or ()
        content, codes = contents.write(body), _codes((body,)) if problems else ()
    for problem in problems:
        failures.forget(problem)
    # Bytes from models are counted already. Other large answers, such as introspection, are counted here, which may
    # refuse them. A mutation is done by now and must not be refused, so its answer is not counted.
    if len(content) > LARGE and not context.mutates:
        hold = context.moved.hold
        hold.take(max(0, len(content) - hold.count), what="answer")
    return exchange.answer(_OK, content, codes, fields, context.cookies)


def _problems(result: BatchAnswer) -> Iterable[Exception]:
    return (result,) if isinstance(result, Exception) else result.errors or ()


def _codes(bodies: Iterable[dict[str, Any]]) -> list[str]:
    return [problem["extensions"]["code"] for body in bodies for problem in body.get("errors", ())]


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


def answer_invalid(invalid: InvalidDocument, exchange: Exchange) -> Answer | EventStream:
    # With the older media type, any answer in GraphQL's form has the status 200.
    status = HTTPStatus.BAD_REQUEST if exchange.media_type == GRAPHQL else HTTPStatus.OK
    body = {"errors": failures.show_all(invalid.problems, exchange.record.id)}
    content = contents.write(body)
    failures.forget(invalid)
    return exchange.answer(status, content, _codes((body,)), [], {})


def answer_refusal(refusal: Exception, exchange: Exchange) -> Answer | EventStream:
    status = refusal.status if isinstance(refusal, errors.GatehouseError) else HTTPStatus.INTERNAL_SERVER_ERROR
    refused = {"errors": [failures.show_refusal(refusal, exchange.record.id)]}
    content = contents.write(refused if exchange.batch_size is None else [refused] * exchange.batch_size)
    failures.forget(refusal)
    dropped: Mapping[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED and cookies.sent(exchange.request, cookies.SESSION) is not None:
        # Scripts cannot delete the cookie, and while the browser sends it, every request is refused.
        dropped = cookies.drop_session()
    return exchange.answer(status, content, _codes((refused,)), _fields_of(refusal), dropped, refuses=True)


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
