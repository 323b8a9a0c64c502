"""How `gatehouse serve` starts, with several processes above all: what stops it, and what only delays it."""

import asyncio
import socket
from contextlib import suppress

import pytest


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


def test_a_metrics_address_that_is_taken_stops_the_start(new_group):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        service = new_group(3, METRICS_ADDRESS=f"127.0.0.1:{port}")

        assert service.begin().wait() == 2

    said = f"GATEHOUSE_METRICS_ADDRESS: cannot listen at 127.0.0.1, port {port}: address already in use."
    assert service.log.read_text() == f"gatehouse: {said}\n"


def test_what_stops_the_start_is_said_once(new_group):
    service = new_group(3, PERSISTED_QUERIES="perhaps")

    assert service.begin().wait() == 2

    assert service.log.read_text().count("GATEHOUSE_PERSISTED_QUERIES") == 1
