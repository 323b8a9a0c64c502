"""The request that opens a WebSocket: whether it is taken, from whom it comes, and the answer."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Collection
from hashlib import sha1

from starlette.types import Scope

import errors
from graph.http import cookies
from graph.http.fields import Fields

SUBPROTOCOL = "graphql-transport-ws"
_VERSION = "13"
# RFC 6455, section 1.3.
_ACCEPTING = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def fields_of_answer(fields: Fields) -> list[tuple[bytes, bytes]]:
    """Of the answer that opens it. Raises BadRequest for a handshake that RFC 6455 does not allow.

    Extensions, such as compression, are not taken. A client without our subprotocol gets none, and is closed then.
    """
    key = fields.get("sec-websocket-key", "")
    try:
        is_key = len(b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        is_key = False
    if not is_key or fields.getlist("sec-websocket-version") != [_VERSION]:
        raise errors.BadRequest(f"A WebSocket needs a key of 16 bytes, and version {_VERSION} of the protocol.")
    accept = binascii.b2a_base64(sha1(key.encode() + _ACCEPTING).digest(), newline=False)  # noqa: S324 - not a secret
    answer = [(b"upgrade", b"websocket"), (b"connection", b"Upgrade"), (b"sec-websocket-accept", accept)]
    if offers_subprotocol(fields):
        answer.append((b"sec-websocket-protocol", SUBPROTOCOL.encode()))
    return answer


def offers_subprotocol(fields: Fields) -> bool:
    offered = ",".join(fields.getlist("sec-websocket-protocol")).split(",")
    return SUBPROTOCOL in map(str.strip, offered)


def of_operations(scope: Scope, fields: Fields, own_origin: str, allowed: Collection[str]) -> Scope:
    """The scope of the operations on the WebSocket: as if each of them were a request with these headers.

    A browser lets a page of any origin open a WebSocket, adds the cookies, and shows the page all answers. So a page of
    our own origin may use the cookie, and needs no header against requests of other sites; a page of an allowed origin
    may not, as by HTTP; and all others are refused. Raises Forbidden.
    """
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    origin = fields.get("origin")
    if origin is None:
        return scope  # not a browser
    if _is_own(fields, own_origin):
        return {**scope, "headers": [*headers, cookies.PREFLIGHT_FIELD]}
    if origin not in allowed:
        raise errors.Forbidden(
            "Pages of this origin may not open WebSockets here. The operator names such origins in "
            "GATEHOUSE_ALLOWED_ORIGINS."
        )
    return {**scope, "headers": [field for field in headers if field[0] != b"cookie"]}


def _is_own(fields: Fields, own_origin: str) -> bool:
    # What the browser itself says does not depend on a proxy that changes the host.
    site = fields.getlist("sec-fetch-site")
    if site:
        return site == ["same-origin"]
    return fields.getlist("origin") == [own_origin]


def with_authorization(scope: Scope, text: str) -> Scope:
    """With the credential of `connection_init` beside those of the handshake. The same text counts once."""
    field = (b"authorization", text.encode("latin-1", "replace"))
    return scope if field in scope["headers"] else {**scope, "headers": [*scope["headers"], field]}
