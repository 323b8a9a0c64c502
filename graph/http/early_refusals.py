"""Answers to requests that are refused before the application is called, in the same form as all others."""

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from telemetry import requests

# Status, code and message.
Refusal = tuple[int, str, str]
INVALID: Refusal = (
    400,
    "BAD_REQUEST",
    "The request cannot be read as HTTP/1.1. This port takes neither TLS, HTTP/2 nor CONNECT, nor unknown methods.",
)
LARGE_FRAMING: Refusal = (
    413,
    "PAYLOAD_TOO_LARGE",
    "The chunked body has far more chunk sizes, extensions or trailers than data. Send larger chunks.",
)


def large_head(octets: int, fields: int) -> Refusal:
    """The limits of a header."""
    text = f"The request's header has over {octets} bytes or {fields} fields. Send less, and long queries by POST."
    return 431, "PAYLOAD_TOO_LARGE", text


def answer(status: int, code: str, message: str, *, peer: str | None) -> bytes:
    """The bytes from the status line to the body. The caller must close the connection after it. Logs and counts it.

    `peer` is the client's address.
    """
    with requests.answering() as record:
        if peer is not None:
            requests.came_from(peer)
        record.status, record.codes = status, [code]
    error = {"message": message, "extensions": {"code": code, "requestId": record.id}}
    body = orjson.dumps({"errors": [error]})
    fields = {
        "content-type": "application/json; charset=utf-8",
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-request-id": record.id,
        "connection": "close",
    }
    lines = [f"{name}: {value}".encode() for name, value in fields.items()]
    return STATUS_LINE[status] + b"\r\n".join([*lines, b"", body])
