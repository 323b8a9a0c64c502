"""The client's end of a WebSocket, frame by frame, so that it can also send what no client library would."""

import asyncio
import os
import socket
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

import orjson
from websockets.frames import Close, Frame, Opcode

from tests.service import Service

SUBPROTOCOL = "graphql-transport-ws"
INIT: dict[str, Any] = {"type": "connection_init"}
ACK = {"type": "connection_ack"}

QUERY = '{ model(name: "identity") { name } }'
DATA = {"data": {"model": {"name": "identity"}}}
SLOW = '{ infer(model: "slow", inputs: [{name: "MILLISECONDS", shape: [1], data: {values: [%d]}}]) { version } }'


def bearer(credential: str) -> dict[str, Any]:
    """A `connection_init` with it."""
    return {**INIT, "payload": {"Authorization": f"Bearer {credential}"}}


def subscribe(query: str, name: str = "1", /, **variables: Any) -> dict[str, Any]:
    return {"id": name, "type": "subscribe", "payload": {"query": query, "variables": variables}}


def masked(opcode: Opcode, data: bytes, *, fin: bool = True, rsv1: bool = False) -> bytes:
    """A frame as a client sends it. The mask changes nothing."""
    size = len(data)
    length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2) if size < 2**16 else b"\x7f" + size.to_bytes(8)
    return bytes([fin << 7 | rsv1 << 6 | opcode, 0x80 | length[0]]) + length[1:] + b"\0\0\0\0" + data


def codes(payload: Any) -> list[str]:
    """Of the errors in a result, or of an error message."""
    problems = payload["errors"] if isinstance(payload, dict) else payload
    return [problem["extensions"]["code"] for problem in problems]


class Peer:
    """`service` may be a port. `answer` has the fields of the answer to the handshake, and `body` its body if it was
    refused. Pings are answered by `receive`.
    """

    def __init__(
        self,
        service: Service | int,
        *,
        headers: Mapping[str, str] | None = None,
        subprotocol: str | None = SUBPROTOCOL,
        address: str = "127.0.0.1",
        early: bytes = b"",
        path: str = "/graphql",
    ) -> None:
        self._port = port = service if isinstance(service, int) else service.port
        self._address = address
        self._early, self._path = early, path
        self.fields = {
            "Host": f"127.0.0.1:{port}",
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": b64encode(os.urandom(16)).decode(),
            **({} if subprotocol is None else {"Sec-WebSocket-Protocol": subprotocol}),
            **(headers or {}),
        }

    async def __aenter__(self) -> Self:
        return await self._open(await asyncio.open_connection("127.0.0.1", self._port, local_addr=(self._address, 0)))

    @asynccontextmanager
    async def over(self, line: socket.socket) -> AsyncIterator[Self]:
        """The same over a connection of the test's own."""
        try:
            yield await self._open(await asyncio.open_connection(sock=line))
        finally:
            self.writer.close()

    async def _open(self, line: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> Self:
        self.reader, self.writer = line
        lines = [f"GET {self._path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.fields.items()), "", ""]
        self.writer.write("\r\n".join(lines).encode("latin-1") + self._early)
        async with asyncio.timeout(60):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        self.status = int(head[0].split(" ")[1])
        self.answer = dict(line.split(": ", 1) for line in head[1:] if line)
        self.body: Any = None
        if self.status != 101:
            self.body = orjson.loads(await self.reader.readexactly(int(self.answer["content-length"])))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def begin(self, init: Mapping[str, Any] = INIT) -> Self:
        await self.send(init)
        assert await self.receive() == ACK
        return self

    async def send(self, message: object) -> None:
        await self.frame(Opcode.TEXT, message if isinstance(message, bytes) else orjson.dumps(message))

    async def frame(self, opcode: Opcode, data: bytes = b"", *, fin: bool = True, rsv1: bool = False) -> None:
        self.writer.write(masked(opcode, data, fin=fin, rsv1=rsv1))
        await self.writer.drain()

    async def next_frame(self, within: float = 60) -> Frame:
        async with asyncio.timeout(within):
            return await self._read()

    async def receive(self) -> Any:
        """The next message, of one frame or several."""
        text = bytearray()
        while True:
            frame = await self.next_frame()
            match frame.opcode:
                case Opcode.PING:
                    await self.frame(Opcode.PONG, bytes(frame.data))
                case Opcode.CLOSE:
                    raise AssertionError(f"closed: {Close.parse(frame.data)}")
                case _:
                    text += frame.data
                    if frame.fin:
                        return orjson.loads(text)

    async def run(self, query: str, name: str = "1", /, **variables: Any) -> Any:
        """The payload of its one result, or of its error."""
        await self.send(subscribe(query, name, **variables))
        message = await self.receive()
        assert message["id"] == name
        if message["type"] == "next":
            assert await self.receive() == {"id": name, "type": "complete"}
        return message["payload"]

    async def closed(self) -> tuple[int, str]:
        """The code and reason of the close frame, after any messages; the connection has ended, too."""
        while True:
            frame = await self.next_frame()
            if frame.opcode is Opcode.CLOSE:
                break
        found = Close.parse(frame.data)
        await self.frame(Opcode.CLOSE, bytes(frame.data))
        async with asyncio.timeout(60):
            try:
                assert await self.reader.read() == b""
            except ConnectionError:
                pass
        return int(found.code), found.reason

    async def _read(self) -> Frame:
        first, second = await self.reader.readexactly(2)
        assert not first & 0x70, "extensions are not in use"
        assert not second & 0x80, "a server sends no mask"
        length = second & 0x7F
        if length >= 126:
            length = int.from_bytes(await self.reader.readexactly(2 if length == 126 else 8))
        return Frame(Opcode(first & 0x0F), await self.reader.readexactly(length), bool(first & 0x80))
