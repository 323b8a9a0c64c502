"""A form is read alike in whatever pieces it arrives, also if they end within what looks like a boundary."""

import asyncio
from collections.abc import Iterator

import pytest
from starlette.requests import Request

from graph import uploads
from graph.http import requests
from graph.http.requests import GraphQLRequest
from resolvers.bytes_in_flight import BytesInFlight
from settings import Settings

BOUNDARY = "--boundary"
FILES = [
    b"",
    b"\r\n",
    b"\r\n-",
    b"\r\n----boundar",
    b"\r\n----boundary\r",
    b"\r\n----boundary-",
    b"\r\n----boundary-\r\n----boundary\r\r\n",
    b"----boundary\r\n----boundarx\r\n--" * 3,
    bytes(range(256)),
]
QUERY = b'{"query":"{ __typename }","variables":{"files":[%s]}}' % b",".join([b"null"] * len(FILES))
PATHS = b"{%s}" % b",".join(b'"%d":["variables.files.%d"]' % (number, number) for number in range(len(FILES)))


def form() -> bytes:
    parts = [(b'"operations"', QUERY), (b'"map"', PATHS)]
    parts += [(b'"%d"; filename="x"' % number, file) for number, file in enumerate(FILES)]
    head = b"----boundary\r\nContent-Disposition: form-data; name=%s\r\n\r\n%s\r\n"
    return b"".join(head % part for part in parts) + b"----boundary--\r\n"


@pytest.mark.parametrize("size", [*range(1, 40), 64, 100, 1000, 10_000])
async def test_the_pieces_do_not_matter(settings, size: int):
    pieces = pieces_of(form(), size)

    async def receive() -> dict[str, object]:
        piece = next(pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    headers = [
        (b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode()),
        (b"graphql-require-preflight", b"1"),
    ]
    request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
    read = await requests.read(request, Settings.from_environ(settings), intake())

    assert isinstance(read, GraphQLRequest)
    assert [bytes(uploads.content(file)) for file in read.variables["files"]] == FILES


def pieces_of(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def intake() -> requests.Intake:
    async def admit() -> None:
        pass

    hold = BytesInFlight(2**20).hold("a")
    return requests.Intake(body_bytes=10_000, may_upload=True, hold=hold, admit=admit, aside=asyncio.to_thread)
