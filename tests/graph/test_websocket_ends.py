"""Pings, slow readers and ends of WebSockets, on a real connection with shorter times."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.frames import Opcode

from access import callers
from access.credentials import Signer
from graph.context import Context
from graph.execution.subscriptions import Subscriptions
from graph.http import sockets, transport_ws
from graph.http.connections import Connection
from graph.http.requests import GraphQLRequest
from graph.http.socket_operations import Runner
from graph.http.sockets import WebSocket
from graph.http.transport_ws import Session
from graph.http.upgrades import Upgrade
from settings import Settings
from tests.environ import environ
from tests.graph.holding import holds
from tests.graph.websocket_peer import QUERY, Peer, codes, subscribe
from tests.mails import until
from tests.service import Service

Talk = Callable[[WebSocket], Awaitable[None]]


@asynccontextmanager
async def serving(talk: Talk) -> AsyncIterator[SimpleNamespace]:
    """A server that opens each WebSocket, and calls `talk` with it. `ended` has those of `upgrades` that have ended."""
    upgrades: list[Upgrade] = []
    ended: list[str] = []

    async def application(scope: Any, _receive: Any, _send: Any) -> None:
        upgrade = Upgrade.offered(scope)
        assert upgrade is not None
        upgrades.append(upgrade)
        opened = WebSocket(upgrade, asyncio.Lock())
        upgrade.take(scope, opened, [])
        try:
            await talk(opened)
        finally:
            await opened.finish()
            ended.append(opened.end)

    state = ServerState()
    config = Config(application, ws="none", lifespan="off", proxy_headers=False, log_config=None)
    listening = await asyncio.get_running_loop().create_server(
        lambda: Connection(config=config, server_state=state, app_state={}, draining=asyncio.Event()), "127.0.0.1", 0
    )
    try:
        service = cast(Service, SimpleNamespace(port=listening.sockets[0].getsockname()[1]))
        yield SimpleNamespace(service=service, upgrades=upgrades, ended=ended, state=state)
    finally:
        listening.close()
        for connection in list(state.connections):
            cast(Connection, connection).transport.abort()
        await asyncio.gather(*state.tasks, return_exceptions=True)
        await listening.wait_closed()


async def echo(opened: WebSocket) -> None:
    async for message in opened.messages():
        await opened.send(bytes(message))


async def test_a_client_that_answers_no_pings_is_ended(monkeypatch):
    monkeypatch.setattr(sockets, "PING_SECONDS", 0.05)

    async with serving(echo) as server, Peer(server.service) as peer:
        assert await peer.closed() == (1011, "The client answers no pings.")
        await until(lambda: server.ended == ["1011"])


async def test_a_client_that_answers_pings_stays(monkeypatch):
    monkeypatch.setattr(sockets, "PING_SECONDS", 0.05)

    async with serving(echo) as server, Peer(server.service) as peer:
        for _ in range(10):
            ping = await peer.next_frame()
            assert (ping.opcode, ping.data) == (Opcode.PING, b"")
            await peer.frame(Opcode.PONG)
        await peer.send({"still": "here"})
        assert await peer.receive() == {"still": "here"}


async def test_a_client_that_leaves_without_a_word_is_gone(monkeypatch):
    async with serving(echo) as server:
        async with Peer(server.service) as peer:
            await peer.send(1)
            assert await peer.receive() == 1
        await until(lambda: server.ended == ["lost"])


async def test_a_client_that_does_not_answer_a_close_frame_is_cut_off(monkeypatch):
    monkeypatch.setattr(sockets, "CLOSING_SECONDS", 0.1)

    async def leave(opened: WebSocket) -> None:
        opened.close(1000, "ü" * 100)

    async with serving(leave) as server, Peer(server.service) as peer:
        frame = await peer.next_frame()
        assert (frame.opcode, frame.data) == (Opcode.CLOSE, b"\x03\xe8" + "ü".encode() * 61)
        # What it still sends is thrown away.
        peer.writer.write(b"\x81\xfe\xff\xff\0\0\0\0" + b"x" * 65_535)
        await until(lambda: server.ended == ["1000"])


async def test_a_client_that_sends_no_init_is_ended_with_4408(monkeypatch):
    monkeypatch.setattr(transport_ws, "INIT_SECONDS", 0.1)

    async with serving(lambda opened: Session(opened, cast(Runner, None)).serve()) as server:
        async with Peer(server.service) as peer:
            await peer.send({"type": "ping"})
            assert await peer.receive() == {"type": "pong"}
            assert await peer.closed() == (4408, "Connection initialisation timeout")


COUNT, SIZE = 300, 50_000


async def test_a_slow_reader_holds_little_and_gets_everything_in_order():
    sent: list[int] = []

    async def flood(opened: WebSocket) -> None:
        for number in range(COUNT):
            await opened.send(b'[%d,"%b"]' % (number, b"1" * SIZE))
            sent.append(number)

    async with serving(flood) as server:
        peer = Peer(server.service)
        line = socket.create_connection(("127.0.0.1", server.service.port))
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        async with peer.over(line):
            peer.writer.transport.pause_reading()  # type: ignore[attr-defined]  # typed as if it only wrote
            before = -1
            while before != len(sent):
                before = len(sent)
                await asyncio.sleep(0.2)
            held = before * SIZE
            peer.writer.transport.resume_reading()  # type: ignore[attr-defined]  # typed as if it only wrote
            found = [(await peer.receive())[0] for _ in range(COUNT)]

    assert 0 < held < 1_500_000
    assert found == list(range(COUNT))


async def test_a_large_message_that_is_broken_off_is_still_whole_and_the_next_one_waits():
    large = b'"%b"' % (b"x" * 20_000_000)

    async def break_off(opened: WebSocket) -> None:
        sending = asyncio.create_task(opened.send(large))
        await until(lambda: server.upgrades[-1].flow.write_paused)
        sending.cancel()
        await asyncio.wait([sending])
        assert sending.cancelled()
        await opened.send(b'"next"')
        async for _ in opened.messages():
            pass

    async with serving(break_off) as server, Peer(server.service) as peer:
        assert await peer.receive() == "x" * 20_000_000
        assert await peer.receive() == "next"
        await peer.frame(Opcode.CLOSE, b"\x0b\xb8")
        assert await peer.closed() == (3000, "")
        await until(lambda: server.ended == ["client"])


async def test_a_connection_waits_for_its_client_while_nothing_runs_on_it():
    async def wait(opened: WebSocket) -> None:
        async for message in opened.messages():
            opened.waits_for_client = bool(int(message))
            await opened.send(bytes(message))

    async with serving(wait) as server, Peer(server.service) as peer:
        (connection,) = server.state.connections
        assert connection.waits_for_client
        await peer.send(0)
        assert (await peer.receive(), connection.waits_for_client) == (0, False)
        await peer.send(1)
        assert (await peer.receive(), connection.waits_for_client) == (1, True)


class Endless:
    """Operations that do not end by themselves, as none of the service's own can."""

    async def require_live(self, _context: Context) -> None:
        pass

    async def begin(self, _request: GraphQLRequest, _context: Context) -> None:
        await asyncio.Event().wait()


async def test_what_still_runs_when_the_process_ends_is_told_so():
    settings = Settings.from_environ(environ())
    signer = cast(Signer, None)  # without a credential there is nothing to verify

    def open_context(_request: Any, request_id: str) -> Context:
        caller = callers.identify([], signer, settings, address="127.0.0.1", user_agent=None)
        others = dict.fromkeys(("tools", "models", "health"), cast(Any, None))
        return Context(request_id=request_id, caller=caller, **others, **holds())

    async def serve(opened: WebSocket) -> None:
        operations = cast(Subscriptions, Endless())
        scope = {"type": "http", "headers": []}
        await Session(
            opened, Runner(operations, settings, open_context, scope, cast(Any, None), cast(Any, None))
        ).serve()

    async with serving(serve) as server, Peer(server.service) as peer:
        await peer.begin()
        await peer.send(subscribe(QUERY, "a"))
        await peer.send(subscribe(QUERY, "b"))
        await peer.send({"type": "ping"})
        assert await peer.receive() == {"type": "pong"}
        (task,) = server.state.tasks
        task.cancel()
        found = [await peer.receive() for _ in range(2)]
        assert await peer.closed() == (1001, "The service is restarting.")
        await until(lambda: server.ended == ["1001"])

    assert {(message["id"], message["type"]) for message in found} == {("a", "error"), ("b", "error")}
    assert [codes(message["payload"]) for message in found] == [["SERVICE_UNAVAILABLE"]] * 2
