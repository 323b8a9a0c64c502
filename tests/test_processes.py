"""`gatehouse serve --processes N`: one address, several processes."""

import asyncio
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import httpx2
import psutil
import pytest

from tests import model_calls, ports
from tests.groups import processes
from tests.mails import until
from tests.service import Client, Service
from tests.transport import Transport

SLEEP = '{ infer(model: "slow", inputs: [{name: "MILLISECONDS", shape: [1], data: {values: [%d]}}]) { version } }'


class Group:
    """A service of three processes, with one address for the metrics of all."""

    def __init__(self, service: Service, metrics: str) -> None:
        self.service = service
        self.metrics = metrics

    async def text(self) -> str:
        async with httpx2.AsyncClient(transport=Transport()) as http:
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


async def call(service: Service, times: int) -> None:
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

    await call(group.service, 100)

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

    await call(group.service, 20)

    still.resume()
    await until(partial(group.have_answered, 20, since=before))


@pytest.mark.parametrize(("number", "how"), [(signal.SIGKILL, "by SIGKILL"), (40, "by signal 40")])
async def test_a_process_that_is_killed_is_replaced(group, number, how):
    killed = processes(group.service)[0]

    killed.send_signal(number)

    await until(lambda: group.are_all_there(without=killed))
    await call(group.service, 20)
    said = rf"Process \d \(pid {killed.pid}\) ended {how}; another one starts in \d+ s"
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
