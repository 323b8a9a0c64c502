"""How the processes of a group share connections, where one of them cannot take any or takes no more."""

import asyncio
import errno
import mmap
import os
import socket

import pytest

from commands.processes import Member
from graph.accepting import Acceptor
from graph.serving import Server
from settings import Settings
from tests.environ import environ
from tests.mails import until


class Listener(socket.socket):
    """That has a fault for the first one who accepts."""

    faults = 1

    def accept(self):
        if self.faults:
            self.faults -= 1
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        return super().accept()


@pytest.fixture
def listener():
    with Listener() as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener


@pytest.mark.parametrize("is_its_turn", [True, False])
async def test_a_fault_does_not_keep_a_process_from_accepting_later(listener, caplog, is_its_turn):
    taken = []

    async def take(connection):
        taken.append(connection)

    listener.listen()
    acceptor = Acceptor(listener, take, lambda: is_its_turn)
    acceptor.start()
    with socket.create_connection(listener.getsockname()):
        await until(lambda: taken)
    acceptor.stop()
    taken[0].close()

    assert "No connection can be taken for 1 s: Operation not permitted" in caplog.text


@pytest.fixture
def two_members():
    connections = memoryview(mmap.mmap(-1, 8)).cast("i")
    supervisor, lifeline = os.pipe()
    ready, report = os.pipe()
    yield [Member(number, supervisor, report, connections) for number in range(2)]
    for descriptor in (supervisor, lifeline, ready, report):
        os.close(descriptor)


async def test_a_process_that_takes_no_more_connections_is_not_waited_for(listener, two_members, signals_kept):
    began, released, draining = asyncio.Event(), asyncio.Event(), asyncio.Event()
    first, second = two_members
    second.show_connections(5)

    async def answer(_scope, _receive, send):
        began.set()
        await released.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    listener.faults = 0
    server = Server(answer, Settings.from_environ(environ(DRAIN_SECONDS="0")), draining, first)
    served = asyncio.create_task(server.serve(sockets=[listener]))
    await until(lambda: server.started)
    _, writer = await asyncio.open_connection(*listener.getsockname())
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    await began.wait()
    assert not second.has_fewest_connections()

    server.should_exit = True

    await until(second.has_fewest_connections)
    released.set()
    await served
    writer.close()
