"""What a client sent: a GraphQL request out of a query string, a JSON body or a multipart form."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
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
_MEMBERS = ("query", "operationName", "variables", "extensions")


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    query: str
    operation_name: str | None
    variables: dict[str, Any]
    may_mutate: bool


async def read(
    request: Request, settings: Settings, *, body_bytes: int, hold: Hold, within: timedelta = _BODY_TIME
) -> GraphQLRequest:
    """Raises BadRequest and its kinds, PayloadTooLarge, and ServiceUnavailable where `hold` has no room for the body.

    `body_bytes` bounds JSON, `within` its arrival.
    """
    if request.method != "POST":
        return _from_members(_query_string(request), may_mutate=False)
    is_form = _is_form(request)
    try:
        async with asyncio.timeout(within.total_seconds()):
            members = await (
                _form(request, settings, body_bytes, hold) if is_form else _json(request, body_bytes, hold)
            )
    except TimeoutError as error:
        raise errors.RequestTimeout(f"The body did not arrive within {within.total_seconds():g} s.") from error
    return _from_members(members, may_mutate=True)


async def _json(request: Request, body_bytes: int, hold: Hold) -> Any:
    body = b"".join([chunk async for chunk in _stream(request, body_bytes, hold)])
    hold.take(_PARSING * len(body), what="body")
    try:
        return json_bodies.read(body, what="The body")
    finally:
        hold.give((_PARSING - _PARSED) * len(body))


async def _form(request: Request, settings: Settings, body_bytes: int, hold: Hold) -> Any:
    body = _stream(request, settings.upload_bytes + 2 * body_bytes, hold)
    form = await multipart.read(
        request.headers,
        body,
        files=settings.upload_files,
        file_bytes=settings.upload_bytes,
        field_bytes=body_bytes,
    )
    return form.operations()


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


async def _stream(request: Request, most: int, hold: Hold) -> AsyncGenerator[bytes]:
    announced = int(request.headers.get("content-length", "0"))
    if announced > most:
        raise _too_large(most)
    hold.check(announced, what="body")
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > most:
            raise _too_large(most)
        hold.take(len(chunk), what="body")
        yield chunk


def _too_large(most: int) -> errors.PayloadTooLarge:
    return errors.PayloadTooLarge(f"The body is larger than {most} bytes.")
