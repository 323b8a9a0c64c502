"""How a process ends that has calls under way: nobody loses one."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from access.credentials import Signer
from local import servers
from settings import Settings
from tests.journey.client import TEXT, Client, codes, usage
from tests.journey.installation import Installation
from tests.mails import until
from tests.service import Service, Worker

SLEEP = '{ infer(model: "slow", inputs: [{name: "MILLISECONDS", shape: [1], data: {values: [%d]}}]) { version } }'


@pytest.fixture(scope="module")
def home(
    new_service: Callable[..., Service],
    settings: dict[str, str],
    postgres: servers.Postgres,
    redis: servers.Redis,
    catcher: servers.Mail,
    server_folder: Path,
) -> Iterator[Installation]:
    """Two processes; the first one, which takes requests for a second more, is started again by whoever ends it."""
    signer = Signer.from_settings(Settings.from_environ(settings))
    worker = Worker(settings, server_folder / "no-worker.log")
    with new_service(DRAIN_SECONDS="1") as first, new_service() as second:
        yield Installation(settings, postgres, redis, catcher, worker, [first, second], signer)


@pytest.fixture
async def first(home: Installation) -> Service:
    """The process that is asked to end."""
    if not home.services[0].is_running():
        await asyncio.to_thread(home.services[0].start)
    return home.services[0]


@pytest.fixture
async def ada(home):
    return await home.person()


async def is_draining(http):
    ready = await http.get("/readyz")
    return (ready.status_code, ready.json()["status"]) == (503, "DRAINING")


async def test_of_fifty_calls_under_way_none_fails_and_each_is_counted_once(home, first, ada):
    async with (
        Client(home.urls[0], ada.session) as one,
        Client(home.urls[1], ada.session) as other,
        httpx2.AsyncClient(base_url=first.url) as http,
    ):
        calls = [asyncio.create_task(client.post(SLEEP % 80)) for client in (one, other) for _ in range(25)]
        await until(lambda: _all_have_begun(home, ada, calls))

        first.ask_to_end()

        await until(lambda: is_draining(http))
        assert (await http.get("/healthz")).text == "alive\n"
        late = await one.post(TEXT)
        assert (late.status_code, late.headers["Connection"]) == (200, "close")
        assert await asyncio.to_thread(first.wait) == 0
        assert codes([*await asyncio.gather(*calls), late]) == {(200, "OK"): 51}
        with pytest.raises(httpx2.ConnectError):
            await one.post(TEXT)
        assert await usage(other) == {"slow": (50, 0, 50), "text": (1, 0, 1)}
    assert await home.running(ada) == 0
    assert "Traceback" not in first.log.read_text()


async def _all_have_begun(home, person, calls):
    done = sum(call.done() for call in calls)
    return done + await home.running(person) >= len(calls)


async def test_clients_who_keep_their_connections_lose_no_request(home, first, ada):
    ended = asyncio.Event()

    async with Client(home.urls[0], ada.session) as one, Client(home.urls[1], ada.session) as other:
        callers = [asyncio.create_task(_calls(one, other, ended)) for _ in range(16)]
        await asyncio.sleep(0.3)
        first.ask_to_end()
        status = await asyncio.to_thread(first.wait)
        ended.set()
        answers = [answer for caller in callers for answer in await caller]

    assert status == 0
    assert codes(answers).keys() == {(200, "OK")}
    assert len(answers) > 50


async def _calls(one, other, ended):
    """As a balancer does it: whom the first process refuses a connection, the second one serves."""
    answers = []
    while not ended.is_set():
        try:
            answers.append(await one.post(TEXT))
        except httpx2.ConnectError:
            answers.append(await other.post(TEXT))
    return answers


async def test_a_second_signal_ends_it_at_once_and_frees_the_places(home, first, ada):
    async with Client(home.urls[0], ada.session) as client, httpx2.AsyncClient(base_url=first.url) as http:
        call = asyncio.create_task(client.post(SLEEP % 1500))
        await until(lambda: _all_have_begun(home, ada, [call]))
        first.ask_to_end()
        await until(lambda: is_draining(http))

        first.ask_to_end(signal.SIGINT)

        # Its answer would have come a second later.
        with pytest.raises(httpx2.TransportError):
            await call
        assert await asyncio.to_thread(first.wait) == 0
    assert await home.running(ada) == 0
    assert "Traceback" not in first.log.read_text()
