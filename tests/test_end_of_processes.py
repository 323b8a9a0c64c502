"""How `gatehouse serve --processes N` ends, and what signals do meanwhile."""

import asyncio
import os
import signal
from contextlib import suppress

import httpx2
import psutil
import pytest

from tests import ports
from tests.groups import all_serve, numbers_in, process, processes, times_served
from tests.mails import until
from tests.service import Client

SLEEP = '{ infer(model: "slow", inputs: [{name: "MILLISECONDS", shape: [1], data: {values: [%d]}}]) { version } }'
ENDING = [signal.SIGTERM, signal.SIGINT]


@pytest.fixture
def start(new_group):
    """`start(3)` starts a service of three processes."""

    def begin(count, **changes):
        service = new_group(count, **changes)
        service.start()
        return service

    return begin


@pytest.mark.parametrize("number", ENDING)
async def test_a_signal_drains_all(start, number):
    service = start(3)
    await all_serve(service, 3)
    clients = [Client(service.url) for _ in range(8)]
    calls = [asyncio.create_task(client.post(SLEEP % 500)) for client in clients]
    await asyncio.sleep(0.2)

    # As a terminal or systemd does: each of them gets it, and the supervisor sends its own besides.
    for pid in [one.pid for one in processes(service)]:
        os.kill(pid, number)
    service.ask_to_end(number)

    assert [(await call).json() for call in calls] == [{"data": {"infer": {"version": "1"}}}] * 8
    assert await asyncio.to_thread(service.wait) == 0
    assert "Traceback" not in service.log.read_text()
    with pytest.raises(httpx2.ConnectError):
        await clients[0].post("{ __typename }")
    for client in clients:
        await client.aclose()


async def test_a_second_signal_breaks_off(start):
    service = start(2)
    await all_serve(service, 2)
    client = Client(service.url)
    call = asyncio.create_task(client.post(SLEEP % 20_000))
    await asyncio.sleep(0.2)

    service.ask_to_end()
    await until(lambda: service.log.read_text().count("Draining") == 2)
    service.ask_to_end()

    with pytest.raises(httpx2.TransportError):
        await call
    assert await asyncio.to_thread(service.wait) == 0
    await client.aclose()


async def test_without_their_supervisor_they_end_and_the_port_is_free(start, temporary):
    service = start(2, METRICS_ADDRESS=f"127.0.0.1:{ports.free()}")
    await all_serve(service, 2)
    orphans = processes(service)

    service.kill()

    gone, alive = await asyncio.to_thread(psutil.wait_procs, orphans, 20)
    assert (len(gone), alive) == (2, [])
    assert service.log.read_text().count("The supervisor has ended, so this process ends too") == 2
    assert list(temporary.iterdir()) == []
    service.start()
    assert service.stop() == 0


@pytest.mark.parametrize("number", ENDING)
@pytest.mark.parametrize("count", [1, 3])
async def test_signals_that_come_late_change_nothing_of_the_end(start, temporary, count, number):
    service = start(count, METRICS_ADDRESS=f"127.0.0.1:{ports.free()}")
    if count > 1:
        await all_serve(service, count)

    # Until the last moment, to all of them.
    while service.is_running():
        with suppress(psutil.NoSuchProcess):
            for one in processes(service):
                one.send_signal(number)
        service.ask_to_end(number)
        await asyncio.sleep(0.001)

    assert service.wait() == 0
    assert list(temporary.iterdir()) == []
    assert "Traceback" not in service.log.read_text()


async def test_a_process_that_is_stopped_drains_too(start):
    service = start(2)
    await all_serve(service, 2)
    processes(service)[0].suspend()

    service.ask_to_end()

    assert await asyncio.to_thread(service.wait) == 0
    assert service.log.read_text().count("Draining") == 2


@pytest.mark.parametrize("count", [1, 2])
async def test_sighup_drains_all(start, count):
    service = start(count, DRAIN_SECONDS="60")
    if count > 1:
        await all_serve(service, count)

    # As a terminal that is closed does, sometimes twice: it cuts nothing off.
    for _ in range(2):
        service.ask_to_end(signal.SIGHUP)
        await until(lambda: service.log.read_text().count("Draining") == count)
    client = Client(service.url)
    assert await client.run("{ __typename }") == {"__typename": "Query"}
    await client.aclose()
    service.ask_to_end()

    assert await asyncio.to_thread(service.wait) == 0


async def test_those_that_drain_are_in_the_metrics_and_none_is_replaced(start):
    port = ports.free()
    service = start(3, DRAIN_SECONDS="60", METRICS_ADDRESS=f"127.0.0.1:{port}")
    await all_serve(service, 3)
    members = processes(service)

    service.ask_to_end()
    await until(lambda: service.log.read_text().count("Draining") == 3)

    assert await numbers_in(f"http://127.0.0.1:{port}/metrics") == ["0", "1", "2"]
    process(service, 0).kill()
    await until(lambda: len(processes(service)) == 2)
    assert await numbers_in(f"http://127.0.0.1:{port}/metrics") == ["1", "2"]
    service.ask_to_end()
    # What the killed one ended with.
    assert await asyncio.to_thread(service.wait) == 128 + signal.SIGKILL
    assert times_served(service) == len(members)


async def test_one_that_drains_alone_is_in_the_metrics_and_replaced_after_its_end(start):
    port = ports.free()
    service = start(3, DRAIN_SECONDS="60", METRICS_ADDRESS=f"127.0.0.1:{port}")
    await all_serve(service, 3)
    members, first = processes(service), process(service, 0)

    first.terminate()
    await until(lambda: service.log.read_text().count("Draining") == 1)

    assert await numbers_in(f"http://127.0.0.1:{port}/metrics") == ["0", "1", "2"]
    assert processes(service) == members
    # As the supervisor does after a second signal.
    first.send_signal(signal.SIGUSR1)
    await all_serve(service, 4)
    assert process(service, 0) not in members
    assert f"(pid {first.pid}) ended with status 0" in service.log.read_text()


async def test_the_end_is_as_good_without_the_first_process(start):
    port = ports.free()
    service = start(3, METRICS_ADDRESS=f"127.0.0.1:{port}")
    await all_serve(service, 3)

    process(service, 0).kill()
    await all_serve(service, 4)

    assert await numbers_in(f"http://127.0.0.1:{port}/metrics") == ["0", "1", "2"]
    service.ask_to_end()
    assert await asyncio.to_thread(service.wait) == 0
    assert service.log.read_text().count("Draining") == 3
