"""Reads a GraphQL request from a query string, a JSON body or a multipart form."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial
from typing import Any, cast
from urllib.parse import parse_qsl

from python_multipart.multipart import parse_options_header
from starlette.requests import Request

import buffers
import errors
from graph.http import bodies, cookies, json_bodies, multipart, persisted_hashes
from graph.http.bodies import SMALL, Body
from graph.http.fields import IndexedRequest, Values
from resolvers.holds import Hold
from settings import Settings

_BODY_TIME = timedelta(seconds=60)
# Memory besides the body, in multiples of its bytes of JSON: at most while it is parsed, and afterwards.
PARSING, _PARSED = 3, 1
_MOST_IN_BATCH = 10
_SEND_FILES = "Send images and large tensors as files, in a multipart request."
# Header fields that name codings, and the codings of each that are no work for us. The server has removed chunked
# coding already; `identity` means no coding.
_CODINGS = (("content-encoding", ("identity",)), ("transfer-encoding", ("chunked", "identity")))
_CODED = frozenset(name for name, _ in _CODINGS)
_MEMBERS = ("query", "operationName", "variables", "extensions")


@dataclass(slots=True)
class GraphQLRequest:
    """`digest` is the SHA-256 that the client named for its query; `query` is empty if the digest came alone. `octets`
    are those of the JSON that it came in, if they are known.
    """

    query: str
    operation_name: str | None
    variables: dict[str, Any]
    may_mutate: bool
    digest: str | None = None
    octets: int | None = None


# One operation of a batch, or why it cannot be read.
Item = GraphQLRequest | errors.GatehouseError


@dataclass(slots=True)
class Intake:
    """What one caller may send. `body_bytes` limits JSON; without `may_upload` it limits a whole form, too.

    `hold` counts the bytes of the body, and of the values parsed from it. `admit` is called before more than 64 KB are
    read, and raises to refuse the caller. `aside` parses so much in a thread.
    """

    body_bytes: int
    may_upload: bool
    hold: Hold
    admit: Callable[[], Awaitable[None]]
    aside: Callable[[Callable[[], Any]], Awaitable[Any]]


@dataclass(slots=True)
class _Unread:
    """A body in memory, not parsed yet. `octets` are its bytes of JSON."""

    octets: int
    parse: Callable[[], Any]


def at_once(
    request: IndexedRequest, settings: Settings, body_bytes: int, hold: Hold, take_body: Callable[[int], bytes | None]
) -> GraphQLRequest | list[Item] | None:
    """A small body of JSON that has arrived: most requests. None for all others, which are for `read`.

    `take_body` returns the body if all of it is there and it has at most so many bytes. Raises as `read`.
    """
    head = request.head
    if head.sends_json is None:
        head.sends_json = _sends_json(head.fields)
    if not head.sends_json or request.scope["method"] != "POST":
        return None
    body = take_body(SMALL)
    if body is None:
        return None
    octets = len(body)
    if octets > body_bytes:
        raise bodies.too_large(body_bytes, _advice(settings, body_bytes, _SEND_FILES))
    # It is parsed here and now, so what the parser uses is free again before anything else runs.
    hold.take((1 + _PARSED) * octets, what="body", beside=(PARSING - _PARSED) * octets)
    return _operations(json_bodies.read(body, what="The body"), settings, octets)


async def read(
    request: Request, settings: Settings, intake: Intake, *, within: timedelta = _BODY_TIME
) -> GraphQLRequest | list[Item]:
    """A list for a batch. The body must arrive `within` that time.

    Raises BadRequest and its subclasses, PayloadTooLarge, ServiceUnavailable if there is no room for the body, and what
    `intake` raises.
    """
    if request.scope["method"] != "POST":
        _refuse_websocket(request)
        return from_members(_query_string(request), settings, may_mutate=False)
    is_form = _is_form(request)
    _require_no_coding(request)
    try:
        async with asyncio.timeout(within.total_seconds()):
            unread = await (_form(request, settings, intake) if is_form else _json(request, settings, intake))
    except TimeoutError as error:
        raise errors.RequestTimeout(f"The body did not arrive within {within.total_seconds():g} s.") from error
    return await _parsed(unread, settings, intake, may_be_batch=not is_form)


async def _parsed(
    body: _Unread, settings: Settings, intake: Intake, *, may_be_batch: bool
) -> GraphQLRequest | list[Item]:
    def parse() -> GraphQLRequest | list[Item]:
        found = body.parse()
        return _operations(found, settings) if may_be_batch else from_members(found, settings, may_mutate=True)

    intake.hold.take(PARSING * body.octets, what="body")
    try:
        if body.octets <= SMALL:
            return parse()
        request: GraphQLRequest | list[Item] = await intake.aside(parse)
        return request
    finally:
        intake.hold.give((PARSING - _PARSED) * body.octets)


async def _json(request: Request, settings: Settings, intake: Intake) -> _Unread:
    advice = _advice(settings, intake.body_bytes, _SEND_FILES)
    with Body(request, intake, most=intake.body_bytes, advice=advice) as body:
        async for _ in body.chunks():
            pass
    octets = cast(bytearray, body.octets)
    return _Unread(len(octets), partial(json_bodies.read, octets, what="The body"))


async def _form(request: Request, settings: Settings, intake: Intake) -> _Unread:
    file_bytes = settings.upload_bytes if intake.may_upload else intake.body_bytes
    most = file_bytes + 2 * intake.body_bytes if intake.may_upload else intake.body_bytes
    advice = _advice(settings, intake.body_bytes, "Send fewer or smaller files in one request.")
    with Body(request, intake, most=most, advice=advice, new=buffers.take) as body:
        form = await multipart.read(
            request.headers,
            body,
            files=settings.upload_files,
            file_bytes=file_bytes,
            field_bytes=intake.body_bytes,
        )
    return _Unread(sum(map(len, form.fields.values())), form.operations)


def _operations(found: Any, settings: Settings, octets: int | None = None) -> GraphQLRequest | list[Item]:
    if isinstance(found, list):
        return _batch(found, settings)
    return from_members(found, settings, may_mutate=True, octets=octets)


def _batch(found: list[Any], settings: Settings) -> list[Item]:
    if not 1 <= len(found) <= _MOST_IN_BATCH:
        raise errors.BadRequest(f"A batch is a list of 1 to {_MOST_IN_BATCH} GraphQL requests.")
    return [_item(members, settings) for members in found]


def _item(members: Any, settings: Settings) -> Item:
    try:
        return from_members(members, settings, may_mutate=True)
    except errors.GatehouseError as refusal:
        return refusal


def from_members(members: Any, settings: Settings, *, may_mutate: bool, octets: int | None = None) -> GraphQLRequest:
    """From a JSON object. Raises BadRequest, and PersistedQueryNotSupported."""
    if not isinstance(members, dict):
        raise errors.BadRequest("A GraphQL request is a JSON object with a `query`.")
    query, name, variables, extensions = map(members.get, _MEMBERS)
    digest = None
    if name is not None and not isinstance(name, str):
        raise errors.BadRequest("`operationName` must be a string or null.")
    if variables is not None and not isinstance(variables, dict):
        raise errors.BadRequest("`variables` must be an object or null.")
    if extensions is not None and not isinstance(extensions, dict):
        raise errors.BadRequest("`extensions` must be an object or null.")
    if query is not None and (not isinstance(query, str) or not query.strip()):
        raise _no_query()
    if extensions:
        digest = persisted_hashes.read(extensions, query, supported=settings.persisted_queries)
    if query is None and digest is None:
        raise _no_query()
    return GraphQLRequest(query or "", name or None, variables or {}, may_mutate, digest, octets)


def _no_query() -> errors.BadRequest:
    return errors.BadRequest("`query` must be a string with a GraphQL document in it.")


def _query_string(request: Request) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=8
        )
    except ValueError as error:
        raise errors.BadRequest("The query string is not valid UTF-8, or has too many parts.") from error
    members: dict[str, Any] = {name: value for name, value in pairs if name in _MEMBERS}
    if len(members) != sum(name in _MEMBERS for name, _ in pairs):
        raise errors.BadRequest("The query string has the same parameter twice.")
    if any("\0" in value for value in members.values()):
        raise errors.BadRequest("The query string holds a NUL character.")
    for member in ("variables", "extensions"):
        if members.get(member):
            members[member] = json_bodies.read(members[member].encode(), what=f"`{member}`")
        else:
            members.pop(member, None)
    return members


def _is_form(request: Request) -> bool:
    content_type = request.headers.get("content-type", "")
    media_type = _media_type(content_type)
    if media_type not in (b"application/json", b"multipart/form-data"):
        raise errors.UnsupportedMediaType("Send application/json in UTF-8, or multipart/form-data with files.")
    if media_type == b"multipart/form-data":
        _require_preflight(request)
        return True
    return False


def _sends_json(fields: Values) -> bool:
    return "content-type" in fields and _CODED.isdisjoint(fields) and _is_json(fields["content-type"][0])


# Clients send one of a few.
@lru_cache(64)
def _is_json(content_type: str) -> bool:
    return _media_type(content_type) == b"application/json"


def _media_type(content_type: str) -> bytes | None:
    """None for text that is not in UTF-8."""
    media_type, parameters = parse_options_header(content_type)
    return media_type if _is_utf8(parameters.get(b"charset")) else None


def _require_no_coding(request: Request) -> None:
    for name, known in _CODINGS:
        for field in request.headers.getlist(name):
            for coding in map(str.strip, field.split(",")):
                if coding and coding.lower() not in known:
                    raise errors.UnsupportedEncoding(coding)


def _refuse_websocket(request: Request) -> None:
    # A WebSocket whose offer has arrived is opened before its request is read as a query.
    if "sec-websocket-key" in request.headers:
        raise errors.BadRequest(
            "The offer of a WebSocket did not arrive whole. It needs HTTP/1.1 and the headers `Upgrade: websocket` and "
            "`Connection: Upgrade`, which a proxy in front may have removed."
        )


def _is_utf8(charset: bytes | None) -> bool:
    return charset is None or charset.lower() in (b"utf-8", b"utf8")


def _require_preflight(request: Request) -> None:
    # A form on any other site can make a user's browser send multipart, but cannot add this header.
    if not cookies.has_preflight(request):
        raise errors.BadRequest("A multipart request needs the header `GraphQL-Require-Preflight: 1`.")


def _advice(settings: Settings, body_bytes: int, otherwise: str) -> str:
    """What an anonymous caller can do about a body that is too large, or else `otherwise`."""
    if body_bytes < settings.caller_body_bytes:
        return "Send a credential along: callers with one may send more."
    return otherwise
