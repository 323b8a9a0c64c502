"""HTTP by hand, from an address of its own."""

import asyncio
from collections.abc import Sequence
from ipaddress import IPv4Address
from itertools import count
from pathlib import Path
from typing import Any

import orjson

# All of 127.0.0.0/8 is this machine. Each test takes networks that no other test has.
_networks = count(int(IPv4Address("127.77.0.1")))


def network() -> str:
    return str(IPv4Address(next(_networks)))


class Line:
    """A connection to a process, from this address."""

    def __init__(self, port: int, address: str) -> None:
        self._port, self._address = port, address

    async def __aenter__(self) -> "Line":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(self._address, 0))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def post(self, body: bytes, credential: str | None = None, fields: Sequence[str] = ()) -> None:
        await self.send(head(len(body), credential, fields) + body)

    async def answer(self, within: float = 60) -> tuple[int, dict[str, str], Any]:
        """Status, header and body."""
        async with asyncio.timeout(within):
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            fields = dict(line.lower().split(": ", 1) for line in lines[1:-2])
            body = await self.reader.readexactly(int(fields["content-length"]))
        return int(lines[0].split(" ")[1]), fields, orjson.loads(body)

    async def closed(self, within: float = 60) -> bytes:
        """What came until the server closed it."""
        async with asyncio.timeout(within):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


def head(octets: int, credential: str | None = None, fields: Sequence[str] = ()) -> bytes:
    lines = ["POST /graphql HTTP/1.1", "Host: x", f"Content-Length: {octets}", *fields]
    if not any(field.lower().startswith("content-type") for field in fields):
        lines.append("Content-Type: application/json")
    if credential:
        lines.append(f"Authorization: Bearer {credential}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def query(text: str, **variables: Any) -> bytes:
    return orjson.dumps({"query": text, "variables": variables})


def code(answer: tuple[int, dict[str, str], Any]) -> tuple[int, str]:
    """Status and code of the first error, or OK."""
    found = answer[2].get("errors")
    return answer[0], found[0]["extensions"]["code"] if found else "OK"


def memory(pid: int) -> int:
    """Bytes of memory that a process uses now."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


async def turns(port: int, number: int = 10) -> list[tuple[int, str]]:
    """The answers that a bystander on another network gets to new documents."""
    found = []
    async with Line(port, network()) as line:
        for _ in range(number):
            await line.post(query(f"{{ service {{ version }} }} # {network()}"))
            found.append(code(await line.answer()))
    return found
