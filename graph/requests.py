"""What a client sent: a GraphQL request out of a query string, a JSON body or a multipart form."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request

import errors
from graph import json_bodies, multipart
from settings import Settings

_BODY_SECONDS = 60
_MEMBERS = ("query", "operationName", "variables", "extensions")


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """`uploads` are the files behind the variables; whoever reads the request closes them."""

    query: str
    operation_name: str | None
    variables: dict[str, Any]
    may_mutate: bool
    uploads: list[UploadFile] = field(default_factory=list)

    async def aclose(self) -> None:
        for upload in self.uploads:
            await upload.close()


async def read(request: Request, settings: Settings, *, body_bytes: int) -> GraphQLRequest:
    """Raises BadRequest and its kinds, and PayloadTooLarge; `body_bytes` bounds JSON."""
    if request.method != "POST":
        return _from_members(_query_string(request), may_mutate=False)
    media_type = _media_type(request)
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            if media_type == "application/json":
                body = b"".join([chunk async for chunk in _stream(request, body_bytes)])
                return _from_members(json_bodies.read(body, what="The body"), may_mutate=True)
            return await _from_form(request, settings, body_bytes)
    except TimeoutError as error:
        raise errors.RequestTimeout(f"The body did not arrive within {_BODY_SECONDS} s.") from error


async def _from_form(request: Request, settings: Settings, body_bytes: int) -> GraphQLRequest:
    most = settings.upload_bytes + 2 * body_bytes
    form = await multipart.read(
        request.headers, _stream(request, most), files=settings.upload_files, field_bytes=body_bytes
    )
    try:
        if sum(upload.size or 0 for upload in form.uploads) > settings.upload_bytes:
            raise _too_large(settings.upload_bytes)
        members = _from_members(form.operations(), may_mutate=True)
    except errors.GatehouseError:
        await form.aclose()
        raise
    return GraphQLRequest(members.query, members.operation_name, members.variables, True, form.uploads)


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


def _media_type(request: Request) -> str:
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    media_type = media_type.strip().lower()
    if media_type == "multipart/form-data":
        _require_preflight(request)
        return media_type
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if media_type != "application/json" or charset not in ("", "utf-8", "utf8"):
        raise errors.UnsupportedMediaType("Send application/json in UTF-8, or multipart/form-data with files.")
    return media_type


def _require_preflight(request: Request) -> None:
    # A form on a stranger's page can send multipart from a visitor's browser unasked, but no header of its own.
    if not ("graphql-require-preflight" in request.headers or "apollo-require-preflight" in request.headers):
        raise errors.BadRequest("A multipart request needs the header `GraphQL-Require-Preflight: 1`.")


async def _stream(request: Request, most: int) -> AsyncGenerator[bytes]:
    if int(request.headers.get("content-length", "0")) > most:
        raise _too_large(most)
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > most:
            raise _too_large(most)
        yield chunk


def _too_large(most: int) -> errors.PayloadTooLarge:
    return errors.PayloadTooLarge(f"The body is larger than {most} bytes.")
