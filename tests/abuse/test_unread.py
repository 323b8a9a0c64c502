"""Clients that do not read and clients that do not finish: they keep nobody out, and nothing of theirs stays."""

import asyncio
import resource
import socket
from contextlib import ExitStack, suppress

import psutil
import pytest

from tests.abuse import wire
from tests.graph.outages import eventually
from tests.service import Service

MB = 1024**2
ELEMENT = "name description "
ARGUMENT = f"{ELEMENT} defaultValue type {{ kind {ELEMENT} ofType {{ kind {ELEMENT} ofType {{ kind {ELEMENT} }} }} }}"
KIND = f"""kind {ELEMENT} possibleTypes {{ kind {ELEMENT} }} enumValues {{ {ELEMENT} }}
    fields(includeDeprecated: true) {{ {ELEMENT} args {{ {ARGUMENT} }} 
        type {{ kind {ELEMENT} ofType {{ kind {ELEMENT} }} }} }}"""
FRAGMENTS = f"""
    fragment C on __Type {{ {KIND} }}
    fragment T on __Type {{ fields(includeDeprecated: true) {{
        {ELEMENT} args {{ {ARGUMENT} }} type {{ ...C ofType {{ ...C ofType {{ ...C }} }} }} }} }}"""


@pytest.fixture
def crowded(attacked, tmp_path):
    """A process with room for 64 connections."""
    with Service(attacked.environ | {"GATEHOUSE_METRICS_ADDRESS": ""}, tmp_path / "service.log") as service:
        resource.prlimit(service.pid, resource.RLIMIT_NOFILE, (320, 20_000))
        yield service


def deaf(closing, port, address):
    connection = closing.enter_context(socket.socket())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.bind((address, 0))
    connection.connect(("127.0.0.1", port))
    return connection


async def asked(port, address, times=30):
    """A question with an answer of 40 KB for each of these times, which is kept from now on."""
    question = wire.query(
        "{ " + " ".join(f't{n}: __type(name: "Query") {{ ...T }}' for n in range(times)) + " }" + FRAGMENTS
    )
    async with wire.Line(port, address) as line:
        await line.post(question)
        answer = await line.answer(60)
    assert wire.code(answer) == (200, "OK")
    assert int(answer[1]["content-length"]) > times * 20_000
    return wire.head(len(question)) + question


async def test_half_a_body_on_each_connection_keeps_no_other_caller_out(crowded):
    with ExitStack() as closing:
        address = wire.network()
        for _ in range(64):
            deaf(closing, crowded.port, address).sendall(wire.head(60_000) + b'{"query": "')
        await eventually(connections, crowded, becomes=64)
        assert await wire.turns(crowded.port, 3) == [(200, "OK")] * 3


async def test_unread_answers_keep_no_other_caller_out_and_end(crowded):
    with ExitStack() as closing:
        address = wire.network()
        question = await asked(crowded.port, address)
        for _ in range(64):
            deaf(closing, crowded.port, address).sendall(question * 8)
            await asyncio.sleep(0.02)
        assert await wire.turns(crowded.port, 3) == [(200, "OK")] * 3
        # An answer that is not taken has 30 s. Then the process closes its connection, though the client never does.
        await eventually(connections, crowded, becomes=0, within=90, every=0.5)
        await asyncio.to_thread(crowded.stop)
        # Nothing of them is left that a process which ends would have to wait for.
        assert "Waiting for" not in crowded.log.read_text()


def connections(service):
    """Of its clients, that it has open."""
    of_all = psutil.Process(service.pid).net_connections("tcp")
    return sum((one.status, one.laddr.port) == (psutil.CONN_ESTABLISHED, service.port) for one in of_all)


async def test_unread_answers_from_the_introspection_cache_are_bounded_for_a_network(attacked, tmp_path):
    environ = attacked.environ | {"GATEHOUSE_BYTES_IN_FLIGHT": str(128 * MB), "GATEHOUSE_METRICS_ADDRESS": ""}
    with Service(environ, tmp_path / "service.log") as service, ExitStack() as closing:
        address = wire.network()
        question = await asked(service.port, address)
        before = wire.memory(service.pid)
        for _ in range(250):
            deaf(closing, service.port, address).sendall(question * 6)
            await asyncio.sleep(0.02)
        assert await wire.turns(service.port, 3) == [(200, "OK")] * 3
        assert wire.memory(service.pid) - before < 128 * MB


async def test_small_unread_answers_leave_room_for_others(attacked, tmp_path):
    sizes = {"OUTPUT_BYTES": 4 * MB, "OPERATION_BYTES": 4 * MB, "BYTES_IN_FLIGHT": 32 * MB}
    environ = attacked.environ | {f"GATEHOUSE_{name}": str(size) for name, size in sizes.items()}
    with (
        Service(environ | {"GATEHOUSE_METRICS_ADDRESS": ""}, tmp_path / "service.log") as service,
        ExitStack() as closing,
    ):
        address = wire.network()
        question = await asked(service.port, address, times=6)
        for _ in range(160):
            connection = deaf(closing, service.port, address)
            connection.settimeout(3)
            with suppress(OSError):  # it takes no more requests while it cannot answer
                connection.sendall(question * 30)
            await asyncio.sleep(0.02)
        await eventually(connections, service, becomes=160)
        assert await wire.turns(service.port, 3) == [(200, "OK")] * 3
