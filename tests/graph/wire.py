"""HTTP by hand, for requests that no client library would send."""

import asyncio

import orjson

from tests.service import Service

HEAD = "POST /graphql HTTP/1.1\r\nHost: gatehouse\r\nConnection: close\r\nContent-Type: application/json\r\n"


async def send(service: Service, *pieces: bytes | str) -> tuple[int, bytes]:
    """Status and body of the answer, which may come before all was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    try:
        for piece in pieces:
            writer.write(piece.encode() if isinstance(piece, str) else piece)
            await writer.drain()
    except ConnectionError:
        pass  # the answer has come, and the rest is not wanted
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
    body = await asyncio.wait_for(_rest(reader), 30)
    writer.close()
    return int(head.split(b" ", 2)[1]), body


async def hang_up_after(service: Service, text: str) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(text.encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def code(body: bytes) -> str:
    return str(orjson.loads(body)["errors"][0]["extensions"]["code"])


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""
