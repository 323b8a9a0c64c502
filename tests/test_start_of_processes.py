"""How `gatehouse serve` starts, with several processes above all: what stops it, and what only delays it."""

import asyncio
import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests import ports
from tests.groups import all_serve, processes, times_served
from tests.mails import until


@contextmanager
def bound(port: int) -> Iterator[socket.socket]:
    """As a program that is about to listen there: until it does, others can be bound to the same port."""
    with closing(socket.socket()) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        yield other


class FullPipe:
    """A log that has no room for a line until it is read, so that what writes one waits."""

    def __init__(self, file: Path) -> None:
        self.file = file
        os.mkfifo(file)
        self._reader = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
        writer = os.open(file, os.O_WRONLY | os.O_NONBLOCK)
        with suppress(BlockingIOError):
            while True:
                os.write(writer, b"\n")
        os.close(writer)

    def read(self) -> str:
        """All of it, once no process has it open any more."""
        os.set_blocking(self._reader, True)
        with open(self._reader) as log:
            return log.read().lstrip("\n")


@pytest.fixture
def waiting_keys(tmp_path):
    """A file of keys at which each process waits in its start, until it is replaced by a right one."""
    file = tmp_path / "keys"
    os.mkfifo(file, 0o600)
    return file


def replace(keys: Path, right: str) -> None:
    new = keys.with_suffix(".new")
    new.touch(0o600)
    new.write_bytes(Path(right).read_bytes())
    new.rename(keys)


def is_open(port: int) -> bool:
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@pytest.mark.parametrize("count", [1, 3])
async def test_a_port_that_another_program_takes_during_the_start_is_said(new_group, tmp_path, count):
    log, metrics = FullPipe(tmp_path / "pipe"), ports.free()
    service = new_group(count, METRICS_ADDRESS=f"127.0.0.1:{metrics}")
    service.log = log.file
    with bound(service.port) as other:
        serving = service.begin()
        # By then it is bound, and waits where it writes that it begins to serve, if not earlier.
        await until(lambda: is_open(metrics))
        other.listen()

        said = await asyncio.to_thread(log.read)

    assert await asyncio.to_thread(serving.wait) == 1
    sentence = f"Cannot listen at 127.0.0.1, port {service.port}: [Errno 98] Address already in use."
    assert said.splitlines()[-1] == f"gatehouse: {sentence}"
    assert said.count("Cannot listen") == 1
    assert "Traceback" not in said


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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_start_of_one_process_at_once(new_group, tmp_path, number):
    log, metrics = FullPipe(tmp_path / "pipe"), ports.free()
    service = new_group(1, METRICS_ADDRESS=f"127.0.0.1:{metrics}")
    service.log = log.file
    serving = service.begin()
    await until(lambda: is_open(metrics))

    service.ask_to_end(number)

    assert await asyncio.to_thread(serving.wait) == -number
    assert log.read() == ""


async def test_a_signal_during_the_start_ends_it_and_leaves_nothing(new_group, waiting_keys, temporary):
    address = f"127.0.0.1:{ports.free()}"
    service = new_group(3, METRICS_ADDRESS=address, SIGNING_KEYS_FILE=str(waiting_keys))
    serving = service.begin()
    await until(lambda: processes(service))

    service.ask_to_end()

    assert await asyncio.to_thread(serving.wait) == 0
    assert list(temporary.iterdir()) == []
    assert service.log.read_text() == ""


async def test_the_first_process_is_replaced_if_it_is_killed_during_its_start(new_group, settings, waiting_keys):
    service = new_group(3, SIGNING_KEYS_FILE=str(waiting_keys))
    service.begin()
    await until(lambda: processes(service))
    first = processes(service)[0]

    first.kill()

    said = f"Process 0 (pid {first.pid}) ended by SIGKILL; another one starts in 1 s"
    await until(lambda: said in service.log.read_text())
    replace(waiting_keys, settings["GATEHOUSE_SIGNING_KEYS_FILE"])
    # One that has found the old file meanwhile.
    for late in processes(service):
        late.kill()
    await until(lambda: times_served(service) >= 3)
    assert await asyncio.to_thread(service.stop) == 0


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (psutil.RLIMIT_NOFILE, "Too many open files"),
        pytest.param(
            psutil.RLIMIT_NPROC,
            "Resource temporarily unavailable",
            marks=pytest.mark.skipif(os.geteuid() == 0, reason="the limit does not hold for root"),
        ),
    ],
)
async def test_a_process_that_cannot_be_started_is_tried_again(new_group, limit, said):
    service = new_group(2)
    service.start()
    await all_serve(service, 2)
    supervisor = psutil.Process(service.pid)
    soft, hard = supervisor.rlimit(limit)
    supervisor.rlimit(limit, (1, hard))

    processes(service)[0].kill()

    again = re.compile(rf"Process \d cannot be started \({said}\); the next try is in \d+ s")
    await until(lambda: again.search(service.log.read_text()))
    supervisor.rlimit(limit, (soft, hard))
    await all_serve(service, 3)
    assert await asyncio.to_thread(service.stop) == 0


async def test_a_process_that_ends_at_once_again_and_again_is_started_less_and_less_often(
    new_group, settings, tmp_path
):
    keys = tmp_path / "keys"
    replace(keys, settings["GATEHOUSE_SIGNING_KEYS_FILE"])
    service = new_group(2, SIGNING_KEYS_FILE=str(keys))
    service.start()
    await all_serve(service, 2)
    keys.write_text("no keys")

    processes(service)[1].kill()

    def pauses() -> list[str]:
        return re.findall(r"ended with status 2; another one starts in (\d+) s", service.log.read_text())

    await until(lambda: len(pauses()) == 2)
    assert pauses() == ["2", "4"]
    assert is_open(service.port)
    replace(keys, settings["GATEHOUSE_SIGNING_KEYS_FILE"])
    await all_serve(service, 3)
    assert await asyncio.to_thread(service.stop) == 0


async def test_processes_are_replaced_where_sigchld_was_ignored(new_group):
    service = new_group(2)
    service.ignoring = [signal.SIGCHLD]
    service.start()
    await all_serve(service, 2)

    processes(service)[0].kill()

    await all_serve(service, 3)
    assert "ended by SIGKILL" in service.log.read_text()
    assert await asyncio.to_thread(service.stop) == 0


@pytest.mark.parametrize("count", [1, 2])
async def test_a_service_that_nohup_has_started_does_not_hear_sighup(new_group, count):
    service = new_group(count)
    service.ignoring = [signal.SIGHUP]
    service.start()
    members = processes(service)

    service.ask_to_end(signal.SIGHUP)
    for one in members:
        one.send_signal(signal.SIGHUP)

    assert is_open(service.port)
    assert service.stop() == 0
    assert "Draining" in service.log.read_text()
