"""How `gatehouse serve` starts, with several processes above all: what stops it, and what only delays it."""

import asyncio
import os
import re
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from tests import ports
from tests.mails import until


@contextmanager
def bound(port: int) -> Iterator[socket.socket]:
    """As a program that is about to listen there: until it does, others can be bound to the same port."""
    with closing(socket.socket()) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        yield other


@pytest.fixture
def waiting_keys(tmp_path):
    """A file of keys at which each process waits in its start, until it is replaced by a right one."""
    file = tmp_path / "keys"
    os.mkfifo(file, 0o600)
    return file


def is_open(port: int) -> bool:
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@pytest.mark.parametrize("count", [1, 3])
async def test_a_second_service_on_a_port_is_refused(new_group, count):
    first, second = new_group(count), new_group(count)
    first.start()
    second.port = first.port

    assert await asyncio.to_thread(second.begin().wait) == 1

    said = f"Cannot listen at 127.0.0.1, port {first.port}: [Errno 98] Address already in use."
    assert second.log.read_text() == f"gatehouse: {said}\n"
    assert first.stop() == 0


async def test_the_metrics_address_is_open_before_the_first_process_begins(new_group, waiting_keys):
    port = ports.free()
    with bound(port) as other:
        service = new_group(3, METRICS_ADDRESS=f"127.0.0.1:{port}", SIGNING_KEYS_FILE=str(waiting_keys))
        service.begin()

        await until(lambda: is_open(port))

        with pytest.raises(OSError, match="Address already in use"):
            other.listen()


def test_a_metrics_address_that_is_taken_stops_the_start(new_group):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        service = new_group(3, METRICS_ADDRESS=f"127.0.0.1:{port}")

        assert service.begin().wait() == 2

    said = f"GATEHOUSE_METRICS_ADDRESS: cannot listen at 127.0.0.1, port {port}: address already in use."
    assert service.log.read_text() == f"gatehouse: {said}\n"


def test_a_temporary_folder_that_cannot_be_used_is_said(new_group, tmp_path):
    temporary = tmp_path / ("long" * 30)
    temporary.mkdir()
    service = new_group(3, METRICS_ADDRESS=f"127.0.0.1:{ports.free()}")
    service.settings["TMPDIR"] = str(temporary)

    assert service.begin().wait() == 2

    said = service.log.read_text()
    assert re.fullmatch(
        rf"gatehouse: No temporary folder for the sockets of GATEHOUSE_METRICS_ADDRESS can be made: {temporary}/\S+: "
        r"af_unix path too long\. Set TMPDIR to a folder with a short path that this user may write to\.\n",
        said,
    )
    assert list(temporary.iterdir()) == []


def test_what_stops_the_start_is_said_once(new_group):
    service = new_group(3, PERSISTED_QUERIES="perhaps")

    assert service.begin().wait() == 2

    assert service.log.read_text().count("GATEHOUSE_PERSISTED_QUERIES") == 1
