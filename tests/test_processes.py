"""`gatehouse serve --processes N`: one address, several processes."""

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx2
import psutil
import pytest

from tests import model_calls, ports
from tests.mails import until
from tests.service import Client, Service

SLEEP = '{ infer(model: "slow", inputs: [{name: "MILLISECONDS", shape: [1], data: {values: [%d]}}]) { version } }'


@pytest.fixture
def start(settings: dict[str, str], tmp_path: Path) -> Iterator[Callable[[int], Service]]:
    """`start(3)` starts a service of three processes; the test's end kills what is left of it."""
    started: list[Service] = []
    left: list[psutil.Process] = []

    def begin(processes: int) -> Service:
        measured = settings | {"GATEHOUSE_METRICS_ADDRESS": model_calls.address()}
        service = Service(measured, tmp_path / f"{len(started)}.log", processes=processes)
        started.append(service)
        service.start()
        return service

    yield begin
    for service in started:
        if service.is_running():
            left += psutil.Process(service.pid).children()
            service.kill()
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=60)


class Group:
    """A service of three processes, with one address for the metrics of all."""

    def __init__(self, service: Service, metrics: str) -> None:
        self.service = service
        self.metrics = metrics

    async def text(self) -> str:
        async with httpx2.AsyncClient() as http:
            return (await http.get(self.metrics)).text

    async def answers(self) -> Counter[str]:
        """Of /graphql, by the number of the process, since that process started."""
        found = re.findall(r'^gatehouse_requests_total\{.*process="(\d)".*\} (\S+)$', await self.text(), re.MULTILINE)
        counted = Counter[str]()
        for process, value in found:
            counted[process] += int(float(value))
        return counted

    async def have_answered(self, times: int, *, since: Counter[str]) -> bool:
        """An answer is counted when it has been sent."""
        return (await self.answers() - since).total() == times

    async def are_all_there(self, *, without: psutil.Process | None = None) -> bool:
        """Whether three serve, none of them the one that was ended."""
        if without is not None and without in processes(self.service):
            return False
        ready = re.findall(r"Process \d \(pid (\d+)\) serves", self.service.log.read_text())
        return len({str(one.pid) for one in processes(self.service)} & set(ready)) == 3


@pytest.fixture(scope="module")
def started(new_service: Callable[..., Service]) -> Iterator[Group]:
    port = ports.free()
    service = new_service(METRICS_ADDRESS=f"127.0.0.1:{port}")
    service.processes = 3
    with service:
        yield Group(service, f"http://127.0.0.1:{port}/metrics")


@pytest.fixture
async def group(started: Group) -> Group:
    await until(started.are_all_there)
    return started


def processes(service: Service) -> list[psutil.Process]:
    return psutil.Process(service.pid).children()


async def all_serve(service: Service, count: int) -> None:
    await until(lambda: len(re.findall(r"Process \d \(pid \d+\) serves", service.log.read_text())) == count)


async def ask(service: Service, times: int) -> None:
    """Each time on a connection of its own, sixteen at once."""
    free = asyncio.Semaphore(16)

    async def once() -> None:
        async with free:
            client = Client(service.url)
            assert await client.run("{ __typename }") == {"__typename": "Query"}
            await client.aclose()

    await asyncio.gather(*(once() for _ in range(times)))


async def test_the_metrics_show_all_processes_and_count_each_request_once(group):
    before = await group.answers()

    await ask(group.service, 100)

    await until(partial(group.have_answered, 100, since=before))
    text = await group.text()
    assert re.findall(r'^process_start_time_seconds\{process="(\d)"\}', text, re.MULTILINE) == ["0", "1", "2"]
    assert len(re.findall(r"^# TYPE gatehouse_requests_total ", text, re.MULTILINE)) == 1


async def test_connections_that_stay_open_are_spread_over_the_processes(group):
    async def are_spread() -> bool:
        before = await group.answers()
        clients = [Client(group.service.url) for _ in range(12)]
        await asyncio.gather(*(client.run("{ __typename }") for client in clients))
        await until(partial(group.have_answered, 12, since=before))
        spread = await group.answers() - before
        for client in clients:
            await client.aclose()
        # Four each, where no process is late. On a busy machine one may be.
        return sorted(spread) == ["0", "1", "2"] and max(spread.values()) <= 8

    await until(are_spread)


async def test_while_a_process_stands_still_the_others_take_its_connections(group):
    before = await group.answers()
    still = processes(group.service)[0]
    still.suspend()

    await ask(group.service, 20)

    still.resume()
    await until(partial(group.have_answered, 20, since=before))


async def test_a_process_that_is_killed_is_replaced(group):
    killed = processes(group.service)[0]

    killed.kill()

    await until(lambda: group.are_all_there(without=killed))
    await ask(group.service, 20)
    said = rf"Process \d \(pid {killed.pid}\) ended by SIGKILL; another one starts in \d+ s"
    assert re.search(said, group.service.log.read_text())


async def test_one_process_may_be_asked_to_end_and_loses_no_call(group):
    asked = processes(group.service)[0]
    clients = [Client(group.service.url) for _ in range(12)]
    calls = await model_calls.begun(group.service, *(client.post(SLEEP % 500) for client in clients))

    asked.terminate()

    assert [(await call).json() for call in calls] == [{"data": {"infer": {"version": "1"}}}] * 12
    await until(lambda: group.are_all_there(without=asked))
    for client in clients:
        await client.aclose()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains_all(start, number):
    service = start(3)
    await all_serve(service, 3)
    clients = [Client(service.url) for _ in range(8)]
    calls = await model_calls.begun(service, *(client.post(SLEEP % 500) for client in clients))

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
    [call] = await model_calls.begun(service, client.post(SLEEP % 10_000))

    service.ask_to_end()
    await until(lambda: service.log.read_text().count("Draining") == 2)
    service.ask_to_end()

    with pytest.raises(httpx2.TransportError):
        await call
    assert await asyncio.to_thread(service.wait) == 0
    await client.aclose()


async def test_without_their_supervisor_they_end_and_the_port_is_free(start):
    service = start(2)
    await all_serve(service, 2)
    orphans = processes(service)

    service.kill()

    gone, alive = await asyncio.to_thread(psutil.wait_procs, orphans, 60)
    assert (len(gone), alive) == (2, [])
    assert service.log.read_text().count("The supervisor has ended, so this process ends too") == 2
    service.start()
    assert service.stop() == 0


def test_what_stops_the_start_is_said_once(settings, tmp_path):
    service = Service(settings | {"GATEHOUSE_PERSISTED_QUERIES": "perhaps"}, tmp_path / "log", processes=3)

    with pytest.raises(AssertionError, match="It did not start"):
        service.start()

    assert service.log.read_text().count("GATEHOUSE_PERSISTED_QUERIES") == 1
