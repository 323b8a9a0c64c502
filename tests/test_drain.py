"""How a process ends that has calls under way: no call is lost."""

import asyncio
import errno
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest

from access.credentials import Signer
from graph import serving, watchers
from local import servers
from settings import Settings
from tests.environ import environ
from tests.journey.client import TEXT, AccountClient, codes, usage
from tests.journey.installation import Installation
from tests.mails import until
from tests.service import TLS, Service, Worker

SLEEP = '{ infer(model: "slow", inputs: [{name: "MILLISECONDS", shape: [1], data: {values: [%d]}}]) { version } }'


@pytest.fixture(scope="module")
def two_processes(
    new_service: Callable[..., Service],
    settings: dict[str, str],
    postgres: servers.Postgres,
    redis: servers.Redis,
    catcher: servers.Mail,
    server_folder: Path,
) -> Iterator[Installation]:
    """Two processes; the first one, which takes requests for three seconds more, is started again by the test."""
    signer = Signer.from_settings(Settings.from_environ(settings))
    worker = Worker(settings, server_folder / "no-worker.log")
    with new_service(DRAIN_SECONDS="3") as first, new_service() as second:
        yield Installation(settings, postgres, redis, catcher, worker, [first, second], signer)


@pytest.fixture
async def first(two_processes: Installation) -> Service:
    """The process that is asked to end."""
    if not two_processes.services[0].is_running():
        await asyncio.to_thread(two_processes.services[0].start)
    return two_processes.services[0]


@pytest.fixture
async def ada(two_processes):
    return await two_processes.person()


async def is_draining(http):
    ready = await http.get("/readyz")
    return (ready.status_code, ready.json()["status"]) == (503, "DRAINING")


async def test_of_fifty_calls_under_way_none_fails_and_each_is_counted_once(two_processes, first, ada):
    async with (
        AccountClient(two_processes.urls[0], ada.session) as one,
        AccountClient(two_processes.urls[1], ada.session) as other,
        httpx2.AsyncClient(base_url=first.url, verify=TLS) as http,
    ):
        calls = [asyncio.create_task(client.post(SLEEP % 80)) for client in (one, other) for _ in range(25)]
        await until(lambda: _all_have_begun(two_processes, ada, calls))

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
    assert await two_processes.running(ada) == 0
    assert "Traceback" not in first.log.read_text()


async def _all_have_begun(two_processes, person, calls):
    done = sum(call.done() for call in calls)
    return done + await two_processes.running(person) >= len(calls)


async def test_clients_who_keep_their_connections_lose_no_request(two_processes, first):
    ada = await two_processes.person(per_minute=1_000_000, per_day=1_000_000)
    ended = asyncio.Event()
    answers: list[httpx2.Response] = []

    async with (
        AccountClient(two_processes.urls[0], ada.session) as one,
        AccountClient(two_processes.urls[1], ada.session) as other,
    ):
        callers = [asyncio.create_task(_calls(one, other, ended, answers)) for _ in range(16)]
        await until(lambda: len(answers) > 50)
        first.ask_to_end()
        status = await asyncio.to_thread(first.wait)
        ended.set()
        await asyncio.gather(*callers)

    assert status == 0
    assert codes(answers).keys() == {(200, "OK")}


async def _calls(one, other, ended, answers):
    """As a balancer does it: whom the first process refuses a connection, the second one serves."""
    while not ended.is_set():
        try:
            answers.append(await one.post(TEXT))
        except httpx2.ConnectError:
            answers.append(await other.post(TEXT))


async def test_a_second_signal_ends_it_at_once_and_frees_the_places(two_processes, first, ada):
    async with (
        AccountClient(two_processes.urls[0], ada.session) as client,
        httpx2.AsyncClient(base_url=first.url, verify=TLS) as http,
    ):
        call = asyncio.create_task(client.post(SLEEP % 5_000))
        await until(lambda: _all_have_begun(two_processes, ada, [call]))
        first.ask_to_end()
        await until(lambda: is_draining(http))

        first.ask_to_end(signal.SIGINT)

        # Its answer would have come seconds later.
        with pytest.raises(httpx2.TransportError):
            await call
        assert await asyncio.to_thread(first.wait) == 0
    assert await two_processes.running(ada) == 0
    assert "Traceback" not in first.log.read_text()


class Listener(socket.socket):
    """Whose process may come to have no descriptor left."""

    def __init__(self):
        super().__init__()
        self.is_refused = False
        self.was_asked = asyncio.Event()

    def accept(self):
        if not self.is_refused:
            return super().accept()
        self.was_asked.set()
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


@pytest.fixture
async def here(signals_kept):
    """A server in this process, with a call under way that is answered when it is `released`."""
    began, released, draining = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def answer(_scope, _receive, send):
        began.set()
        await released.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    listener = Listener()
    listener.bind(("127.0.0.1", 0))
    server = serving.Server(answer, Settings.from_environ(environ(DRAIN_SECONDS="0")), draining)
    served = asyncio.create_task(server.serve(sockets=[listener]))
    await until(lambda: server.started)
    async with httpx2.AsyncClient(verify=TLS) as http:
        call = asyncio.create_task(http.get(f"http://127.0.0.1:{listener.getsockname()[1]}"))
        await began.wait()
        yield SimpleNamespace(call=call, released=released, draining=draining, served=served, listener=listener)
        released.set()
        server.should_exit = server.force_exit = True
        await asyncio.wait([served, call])


async def test_a_process_with_no_descriptor_left_answers_what_is_under_way(here):
    here.listener.is_refused = True

    os.kill(os.getpid(), signal.SIGTERM)

    await asyncio.wait([asyncio.create_task(here.listener.was_asked.wait())], timeout=60)
    here.released.set()
    assert (await here.call).status_code == 200
    assert await here.served is None


async def test_who_has_connected_and_asks_after_the_listener_is_closed_is_answered(here):
    reader, writer = await asyncio.open_connection(*here.listener.getsockname())
    os.kill(os.getpid(), signal.SIGTERM)
    await until(lambda: here.listener.fileno() == -1)
    await asyncio.sleep(0.5)

    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    here.released.set()

    assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
    writer.close()


async def test_what_a_second_signal_has_cut_off_may_still_settle(here):
    os.kill(os.getpid(), signal.SIGTERM)
    await here.draining.wait()
    # Of the second that it has. Nobody else keeps the process for so long.
    asyncio.get_running_loop().call_later(0.6, here.released.set)
    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(httpx2.TransportError):
        await here.call

    await here.served

    assert here.released.is_set()


async def fails():
    raise RuntimeError("a watcher")


async def test_a_watcher_that_ends_while_it_drains_cuts_nothing_off(here, caplog):
    os.kill(os.getpid(), signal.SIGTERM)
    await here.draining.wait()

    with pytest.raises(RuntimeError, match="a watcher"):
        async with watchers.running(watchers.End(here.draining), fails()):
            answer = await _answer_after_the_listener_is_closed(here)

    assert (answer.status_code, await here.served) == (200, None)
    assert _critical(caplog) == 1


async def test_watchers_that_end_together_end_the_process_once_and_cut_nothing_off(here, caplog):
    end = watchers.End(here.draining)

    with pytest.raises(RuntimeError, match="a watcher"):
        async with watchers.running(end, fails(), fails()), watchers.running(end, fails()):
            answer = await _answer_after_the_listener_is_closed(here)

    assert (answer.status_code, await here.served) == (200, None)
    assert _critical(caplog) == 3


async def _answer_after_the_listener_is_closed(here):
    """A call that was cut off would have failed by then."""
    await until(lambda: here.listener.fileno() == -1)
    here.released.set()
    return await here.call


def _critical(caplog):
    return [record.levelname for record in caplog.records].count("CRITICAL")
