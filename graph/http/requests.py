"""What a client sent: a GraphQL request out of a query string, a JSON body or a multipart form."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from python_multipart.multipart import parse_options_header
from starlette.requests import Request

import errors
from graph.http import cookies, json_bodies, multipart
from resolvers.bytes_in_flight import Hold
from settings import Settings

_BODY_TIME = timedelta(seconds=60)
# Times the bytes of JSON, beside the body: what parsing it takes at most, and what stays of it.
_PARSING, _PARSED = 3, 1
# What is larger is read for callers who were admitted to it, and parsed aside. To parse so much takes up to 2 ms.
_SMALL = 64 * 1024
_MEMBERS = ("query", "operationName", "variables", "extensions")


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    query: str
    operation_name: str | None
    variables: dict[str, Any]
    may_mutate: bool


@dataclass(frozen=True, slots=True)
class Intake:
    """What one caller may send. `body_bytes` bounds JSON; without `may_upload` it bounds a whole form, too.

    `hold` counts the bytes of the body, and of what is parsed of it. `admit` is asked before more than 64 KB are read:
    it raises what refuses the caller. `aside` does the parsing of so much where it holds up nobody else.
    """

    body_bytes: int
    may_upload: bool
    hold: Hold
    admit: Callable[[], Awaitable[None]]
    aside: Callable[[Callable[[], Any]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class _Unread:
    """A body in memory; `parse` takes as long as it has octets."""

    octets: int
    parse: Callable[[], Any]


async def read(
    request: Request, settings: Settings, intake: Intake, *, within: timedelta = _BODY_TIME
) -> GraphQLRequest:
    """Raises BadRequest and its kinds, PayloadTooLarge, ServiceUnavailable where there is no room for the body, and
    what `intake` raises; `within` bounds a body's arrival.
    """
    if request.method != "POST":
        return _from_members(_query_string(request), may_mutate=False)
    is_form = _is_form(request)
    try:
        async with asyncio.timeout(within.total_seconds()):
            body = await (_form(request, settings, intake) if is_form else _json(request, intake))
    except TimeoutError as error:
        raise errors.RequestTimeout(f"The body did not arrive within {within.total_seconds():g} s.") from error
    return _from_members(await _parsed(body, intake), may_mutate=True)


async def _parsed(body: _Unread, intake: Intake) -> Any:
    intake.hold.take(_PARSING * body.octets, what="body")
    try:
        return body.parse() if body.octets <= _SMALL else await intake.aside(body.parse)
    finally:
        intake.hold.give((_PARSING - _PARSED) * body.octets)


async def _json(request: Request, intake: Intake) -> _Unread:
    body = b"".join([chunk async for chunk in _stream(request, intake.body_bytes, intake)])
    return _Unread(len(body), partial(json_bodies.read, body, what="The body"))


async def _form(request: Request, settings: Settings, intake: Intake) -> _Unread:
    file_bytes = settings.upload_bytes if intake.may_upload else intake.body_bytes
    most = file_bytes + 2 * intake.body_bytes if intake.may_upload else intake.body_bytes
    form = await multipart.read(
        request.headers,
        _stream(request, most, intake),
        files=settings.upload_files,
        file_bytes=file_bytes,
        field_bytes=intake.body_bytes,
    )
    return _Unread(sum(map(len, form.fields.values())), form.operations)


def _from_members(members: Any, *, may_mutate: bool) -> GraphQLRequest:
    if not isinstance(members, dict):
        raise errors.BadRequest("A GraphQL request is a JSON object with a `query`.")
    query, name = members.get("query"), members.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise errors.BadRequest("`query` must be a string with a GraphQL document in it.")
    if not isinstance(name, str | None):
        raise errors.BadRequest("`operationName` must be a string or null.")
    for member in ("variables", "extensions"):
        if not isinstance(members.get(member), dict | None):
            raise errors.BadRequest(f"`{member}` must be an object or null.")
    return GraphQLRequest(query, name or None, members.get("variables") or {}, may_mutate)


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
    media_type, parameters = parse_options_header(request.headers.get("content-type", ""))
    if media_type not in (b"application/json", b"multipart/form-data") or not _is_utf8(parameters.get(b"charset")):
        raise errors.UnsupportedMediaType("Send application/json in UTF-8, or multipart/form-data with files.")
    if media_type == b"multipart/form-data":
        _require_preflight(request)
        return True
    return False


def _is_utf8(charset: bytes | None) -> bool:
    return charset is None or charset.lower() in (b"utf-8", b"utf8")


def _require_preflight(request: Request) -> None:
    # A form on a stranger's page can send multipart from a visitor's browser unasked, but no header of its own.
    if not cookies.has_preflight(request):
        raise errors.BadRequest("A multipart request needs the header `GraphQL-Require-Preflight: 1`.")


async def _stream(request: Request, most: int, intake: Intake) -> AsyncGenerator[bytes]:
    announced = int(request.headers.get("content-length", "0"))
    if announced > most:
        raise _too_large(most)
    intake.hold.check(announced, what="body")
    is_admitted = False
    if announced > _SMALL:
        await intake.admit()
        is_admitted = True
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > most:
            raise _too_large(most)
        intake.hold.take(len(chunk), what="body")
        if received > _SMALL and not is_admitted:
            await intake.admit()
            is_admitted = True
        yield chunk


def _too_large(most: int) -> errors.PayloadTooLarge:
    return errors.PayloadTooLarge(f"The body is larger than {most} bytes.")
