"""The tests' own connections do on the wire what httpx's do, and raise the same errors."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from tests.loop_time import rounds
from tests.ports import free
from tests.service import TLS
from tests.transport import Transport

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@pytest.fixture(params=["ours", "httpx"])
def new_client(request: pytest.FixtureRequest) -> Callable[..., httpx2.AsyncClient]:
    def make(url: str, **options: Any) -> httpx2.AsyncClient:
        transport = Transport() if request.param == "ours" else httpx2.AsyncHTTPTransport(verify=TLS)
        return httpx2.AsyncClient(base_url=url, transport=transport, **options)

    return make


@asynccontextmanager
async def serving(answering: Answering) -> AsyncIterator[str]:
    ended = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answering(reader, writer)
        finally:
            writer.close()
            ended.set()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}"
        await ended.wait()
    finally:
        server.close()


async def asked(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


async def test_a_connection_is_used_again_until_the_server_ends_it(new_client):
    requests = []

    async def answer(reader, writer):
        requests.append(0)
        for _ in range(2):
            await asked(reader)
            requests[-1] += 1
            writer.write(OK)

    async with serving(answer) as url, new_client(url) as client:
        answers = [await client.get("/") for _ in range(3)]

    assert [(one.status_code, one.text) for one in answers] == [(200, "ok")] * 3
    assert requests == [2, 1]


async def test_requests_at_once_have_connections_of_their_own(new_client):
    here = asyncio.Barrier(3)

    async def answer(reader, writer):
        await asked(reader)
        await here.wait()
        writer.write(OK)

    async with serving(answer) as url, new_client(url) as client:
        answers = await asyncio.gather(*(client.get("/") for _ in range(3)))

    assert [one.text for one in answers] == ["ok"] * 3


async def test_what_is_sent_and_what_comes_in_chunks(new_client):
    seen = []

    async def answer(reader, writer):
        seen.append(await asked(reader))
        seen.append(await asked(reader))
        writer.write(b"HTTP/1.1 206 Some Of It\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n")
        writer.write(b"\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n")

    async def body():
        yield b"x" * 10
        yield b""
        yield b"y"

    async with serving(answer) as url, new_client(url) as client:
        response = await client.post("/a?b=%20", content=body(), headers={"X-Odd": "a:b", "User-Agent": "us"})

    assert seen[0].startswith(b"POST /a?b=%20 HTTP/1.1\r\n")
    lines = seen[0].split(b"\r\n")
    assert b"X-Odd: a:b" in lines
    assert b"User-Agent: us" in lines
    assert seen[1] == b"a\r\nxxxxxxxxxx\r\n1\r\ny\r\n0\r\n\r\n"
    assert (response.status_code, response.reason_phrase, response.text) == (206, "Some Of It", "abcd")
    assert response.headers.get_list("set-cookie") == ["a=b", "c=d"]


async def test_an_answer_may_end_with_its_connection_or_with_its_head(new_client):
    async def answer(reader, writer):
        method = await asked(reader)
        length = b"Content-Length: 99\r\n" if method.startswith(b"HEAD") else b""
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + length + b"\r\n" + (b"" if length else b"whole"))

    async with serving(answer) as url, new_client(url) as client:
        assert (await client.get("/")).text == "whole"
        assert (await client.head("/")).headers["content-length"] == "99"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Le", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", httpx2.RemoteProtocolError),
        (b"it is no HTTP\r\n\r\n", httpx2.RemoteProtocolError),
    ],
)
async def test_half_an_answer_is_an_error(new_client, said, error):
    async def answer(reader, writer):
        await asked(reader)
        writer.write(said)

    async with serving(answer) as url, new_client(url) as client:
        with pytest.raises(error):
            await client.get("/")


async def test_nobody_listens(new_client):
    async with new_client(f"http://127.0.0.1:{free()}") as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get("/")


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
async def test_who_answers_too_late_is_left(new_client, said):
    async def answer(reader, writer):
        await asked(reader)
        writer.write(said)
        assert await reader.read() == b""

    async with serving(answer) as url, new_client(url, timeout=0.05) as client:
        with pytest.raises(httpx2.ReadTimeout):
            await client.get("/")


async def test_who_is_cancelled_closes_the_connection(new_client):
    has_come = asyncio.Event()

    async def answer(reader, writer):
        await asked(reader)
        has_come.set()
        assert await reader.read() == b""

    async with serving(answer) as url, new_client(url) as client:
        asking = asyncio.create_task(client.get("/"))
        await has_come.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_an_answer_that_is_not_read_lets_the_server_wait(new_client):
    written = [0]

    async def answer(reader, writer):
        await asked(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
        for _ in range(500):
            writer.write(bytes(100_000))
            await writer.drain()
            written[0] += 100_000

    async with serving(answer) as url, new_client(url) as client, client.stream("GET", "/") as response:
        for _ in range(20):
            await rounds()
        assert 0 < written[0] < 50_000_000
        assert len(await response.aread()) == 50_000_000
