"""How an answer leaves: its head with the first piece of its body, and nothing of an answer that is broken."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from weakref import ref

import pytest
from starlette.types import ASGIApp, Message
from uvicorn.config import Config
from uvicorn.server import ServerState

from graph.http import inflow
from graph.http.connections import Connection
from graph.http.cycles import WHOLE_BODY, Cycle
from graph.http.presence import Presence

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody"
CLOSING = ANSWER.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
END = {"type": "http.response.body", "body": b"body"}
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def head(*fields: tuple[bytes, bytes], length: bytes = b"4") -> Message:
    return {"type": "http.response.start", "status": 200, "headers": [(b"content-length", length), *fields]}


@asynccontextmanager
async def serving(application: ASGIApp, *, draining: bool = False) -> AsyncIterator[Line]:
    """A connection to a server."""
    event = asyncio.Event()
    if draining:
        event.set()
    config = Config(application, ws="none", lifespan="off", proxy_headers=False, log_config=None)
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(config=config, server_state=state, app_state={}, draining=event), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()
        await server.wait_closed()
        # As a server does at its end.
        for task in state.tasks:
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)


def answering(
    *messages: Message | Callable[[], Awaitable[object]], draining: bool = False
) -> AbstractAsyncContextManager[Line]:
    """The same, to one that sends these messages; a function among them is awaited."""

    async def answer(_scope, _receive, send):
        for message in messages:
            await (message() if callable(message) else send(message))

    return serving(answer, draining=draining)


async def test_nothing_leaves_before_the_body_begins():
    held = asyncio.Event()

    async with answering(head(), held.wait, END) as (reader, writer):
        writer.write(REQUEST)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.05)
        held.set()

        assert await reader.readexactly(len(ANSWER)) == ANSWER


async def test_what_is_held_leaves_before_the_connection_closes():
    async with answering(head(), END) as (reader, writer):
        writer.write(LAST)

        assert await reader.read() == CLOSING


async def test_an_answer_may_be_one_message():
    whole = {**head(), WHOLE_BODY: b"body"}

    async with answering(whole) as (reader, writer):
        writer.write(REQUEST + REQUEST.replace(b"GET", b"HEAD") + LAST)

        assert await reader.read() == ANSWER + ANSWER.removesuffix(b"body") + CLOSING


@pytest.mark.parametrize("length", [b"3", b"5"])
async def test_a_whole_answer_that_is_not_as_long_as_announced_ends_the_connection(length):
    async with answering({**head(length=length), WHOLE_BODY: b"body"}) as (reader, writer):
        writer.write(REQUEST)

        assert await reader.read() == b""


async def test_nothing_may_follow_a_whole_answer(caplog):
    async with answering({**head(), WHOLE_BODY: b"body"}, END) as (reader, writer):
        writer.write(REQUEST)

        assert await reader.read() == ANSWER
    assert "The application sends more than its answer." in caplog.text


async def test_an_answer_ends_its_connection_while_the_process_drains():
    async with answering(head(), END, draining=True) as (reader, writer):
        writer.write(REQUEST)

        assert await reader.read() == CLOSING


@pytest.mark.parametrize("octet", [b"\0", b"\r", b"\n", b"\x1f", b"\x7f"])
async def test_no_field_begins_another_one(octet):
    async with answering(head((b"x", b"a" + octet + b"b: c")), END) as (reader, writer):
        writer.write(REQUEST)

        assert await reader.read() == b""


async def test_all_other_characters_are_sent():
    text = bytes(octet for octet in range(256) if octet >= 0x20 and octet != 0x7F) + b"\t"

    async with answering(head((b"x", text)), END) as (reader, writer):
        writer.write(LAST)

        assert await reader.read() == CLOSING.replace(b"\r\nconnection", b"\r\nx: " + text + b"\r\nconnection")


@pytest.mark.parametrize("length", [b"3", b"5"])
async def test_a_body_that_is_not_as_long_as_announced_ends_the_connection(length):
    async with answering(head(length=length), END) as (reader, writer):
        writer.write(REQUEST)

        assert await reader.read() == b""


async def test_a_request_is_freed_without_the_collector():
    cycles = []

    async def answer(scope, _receive, send):
        cycles.append(ref(Cycle.of(scope)))
        await send(head())
        await send(END)

    gc.disable()
    try:
        async with serving(answer) as (reader, writer):
            for _ in range(2):
                writer.write(REQUEST)
                await reader.readexactly(len(ANSWER))
            # The connection keeps the last one.
            assert [cycle() is None for cycle in cycles] == [True, False]
    finally:
        gc.enable()


async def test_an_idle_connection_keeps_nothing_of_a_body_that_was_not_read():
    cycles, arrived, body = [], [], b"x" * 50_000

    async def answer(scope, _receive, send):
        cycles.append(Cycle.of(scope))
        arrived.append(len(cycles[0].body))
        await send(head())
        await send(END)

    async with serving(answer) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert await reader.readexactly(len(ANSWER)) == ANSWER

    assert arrived[0] > 0
    assert len(cycles[0].body) == 0


async def test_a_connection_goes_on_after_each_answer():
    async with answering(head(), {**END, "body": b"bo", "more_body": True}, {**END, "body": b"dy"}) as (reader, writer):
        for _ in range(3):
            writer.write(REQUEST)
            assert await reader.readexactly(len(ANSWER)) == ANSWER
        writer.write(b"HEAD" + LAST[3:])
        assert await reader.read() == CLOSING.removesuffix(b"body")


def _without_length() -> Message:
    return {"type": "http.response.start", "status": 200, "headers": []}


async def test_an_answer_without_a_length_is_sent_in_chunks():
    pieces = [
        {"type": "http.response.body", "body": piece, "more_body": bool(piece)} for piece in (b"first", b"2", b"")
    ]

    async with answering(_without_length(), *pieces) as (reader, writer):
        writer.write(LAST)
        answer = await reader.read()

    head_, _, body = answer.partition(b"\r\n\r\n")
    assert head_ == b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close"
    assert body == b"5\r\nfirst\r\n1\r\n2\r\n0\r\n\r\n"


async def test_an_old_client_gets_an_answer_without_a_length_until_the_connection_ends():
    async with answering(_without_length(), END) as (reader, writer):
        writer.write(b"GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n")
        answer = await reader.read()

    assert answer == b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nbody"


async def test_chunks_that_are_broken_off_have_no_end():
    async def fail():
        raise RuntimeError("the file cannot be read to its end")

    first = {"type": "http.response.body", "body": b"first", "more_body": True}
    async with answering(_without_length(), first, fail) as (reader, writer):
        writer.write(REQUEST)
        answer = await reader.read()

    assert answer.endswith(b"\r\n\r\n5\r\nfirst\r\n")


async def test_an_answer_that_is_broken_off_is_no_error_of_the_server(caplog):
    async def answer(scope, _receive, send):
        await send(_without_length())
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        Cycle.of(scope).break_off()

    async with serving(answer) as (reader, writer):
        writer.write(REQUEST)
        assert (await reader.read()).endswith(b"\r\n\r\n5\r\nfirst\r\n")

    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_client_that_leaves_is_noticed_though_its_next_request_waits():
    noticed = asyncio.Event()

    async def left(receive):
        while (await receive())["type"] != "http.disconnect":
            pass

    async def answer(_scope, receive, send):
        await send(_without_length())
        leaving = asyncio.create_task(left(receive))
        while not leaving.done():
            await send({"type": "http.response.body", "body": b"more", "more_body": True})
            await asyncio.sleep(0)
        noticed.set()

    async with serving(answer) as (reader, writer):
        writer.write(REQUEST + REQUEST)
        await reader.readuntil(b"more")
        writer.transport.abort()

        async with asyncio.timeout(60):
            await noticed.wait()


async def test_nothing_is_kept_of_a_connection_that_ended_with_its_answer():
    transports = []

    async def answer(scope, _receive, send):
        transports.append(ref(Cycle.of(scope).transport))
        await send(head())
        await send(END)

    async with serving(answer) as (reader, writer):
        writer.write(LAST)
        assert await reader.read() == CLOSING
    gc.collect()

    assert [transport() for transport in transports] == [None]


@pytest.mark.parametrize(("version", "interim"), [("1.0", b""), ("1.1", b"HTTP/1.1 100 Continue\r\n\r\n")])
async def test_an_old_client_gets_no_interim_answer(version, interim):
    async def answer(_scope, receive, send):
        assert (await receive())["body"] == b"x"
        await send(head())
        await send(END)

    async with serving(answer) as (reader, writer):
        fields = "Host: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 1"
        writer.write(f"POST / HTTP/{version}\r\n{fields}\r\n\r\nx".encode())

        assert await reader.read() == interim + CLOSING


@pytest.mark.parametrize(
    ("sent", "waits"),
    [
        pytest.param(REQUEST, False, id="alone"),
        pytest.param(REQUEST + b"GET / HT", False, id="before a part of the next"),
        pytest.param(REQUEST + REQUEST[:-2] + b"Content-Length: 2\r\n\r\na", False, id="before a part of a body"),
        pytest.param(REQUEST[:-2] + b"Content-Length: 2\r\n\r\na", False, id="without its body"),
        pytest.param(b"POST" + REQUEST[3:-2] + b"Content-Length: 2\r\n\r\na", True, id="only a part"),
    ],
)
async def test_a_connection_with_work_does_not_count_as_one_that_waits_for_its_client(sent, waits):
    """Only those that wait are ended where there are too many."""
    found = asyncio.get_running_loop().create_future()
    ends = asyncio.Event()

    async def answer(scope, receive, send):
        connection = scope["state"][inflow.KEY]()
        asyncio.get_running_loop().call_soon(lambda: found.set_result(connection.waits_for_client))
        if scope["method"] == "GET":
            await Presence.of(scope).while_there(ends.wait())
        while (await receive()).get("more_body"):
            pass
        await send(head())
        await send(END)

    async with serving(answer) as (_, writer):
        writer.write(sent)
        async with asyncio.timeout(60):
            assert await found is waits
