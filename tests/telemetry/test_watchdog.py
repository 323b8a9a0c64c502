"""A process whose event loop stands still ends; one that was stopped as a whole, or only is busy, does not."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from telemetry import watchdog
from tests.forked import Forked
from tests.service import free_port

ROOT = Path(__file__).parents[2]
PROGRAM = """
import asyncio, logging, re, sys, threading, time
from datetime import timedelta
from telemetry import watchdog

def stand_still():
    time.sleep(60)

def compute_without_the_lock():
    while True:
        pass

def compute_with_the_lock():
    re.match(r"(a+)+$", "a" * 64 + "b")

def hold_the_log():
    logging.getLogger().handlers[0].acquire()
    time.sleep(60)

async def be_busy():
    end = time.monotonic() + 2
    while time.monotonic() < end:
        time.sleep(0.3)
        await asyncio.sleep(0)

async def main():
    with watchdog.watching(timedelta(seconds=float(sys.argv[2]))):
        await asyncio.sleep(0.3)
        print("begins", flush=True)
        if sys.argv[1] == "be_busy":
            await be_busy()
        elif sys.argv[1] == "wait":
            await asyncio.sleep(1.5)
        else:
            globals()[sys.argv[1]]()
    time.sleep(float(sys.argv[2]) * 2)
    print("ended well", flush=True)

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
asyncio.run(main())
"""


@pytest.fixture
def begin(tmp_path):
    started: list[tuple[Any, Any]] = []

    def start(what, limit="1"):
        log = (tmp_path / f"log-{len(started)}").open("w+")
        process: Any = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, what, limit], cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
        )
        started.append((process, log))
        assert process.stdout.readline() == "begins\n"
        return process, lambda: Path(log.name).read_text()

    yield start
    for process, log in started:
        process.kill()
        process.wait()
        process.stdout.close()
        log.close()


def test_a_loop_that_stands_still_ends_its_process_and_says_where_it_stood(begin):
    process, log = begin("stand_still")

    assert process.wait(90) == watchdog.STATUS == 70
    assert "CRITICAL The event loop has stood still for 1 s; the process ends. It stands here:" in log()
    # Once by the interpreter itself, which needs no lock of ours, and once in the log.
    assert log().count("in stand_still") == 2


def test_so_does_one_that_computes_without_end(begin):
    process, log = begin("compute_without_the_lock")

    assert process.wait(90) == 70
    assert "in compute_without_the_lock" in log()


def test_so_does_one_that_lets_no_other_thread_run(begin):
    process, log = begin("compute_with_the_lock", "0.5")

    assert process.wait(90) == -signal.SIGPROF
    assert "in compute_with_the_lock" in log()


def test_a_log_that_cannot_be_written_does_not_keep_it_alive(begin):
    process, log = begin("hold_the_log")

    assert process.wait(90) == 70
    assert "in hold_the_log" in log()


def test_a_process_that_was_stopped_for_longer_goes_on(begin):
    process, log = begin("wait", "0.6")
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(2)
    os.kill(process.pid, signal.SIGCONT)

    assert process.stdout.readline() == "ended well\n"
    assert process.wait(90) == 0
    assert log() == ""


def test_a_loop_that_is_only_late_goes_on_and_is_not_watched_after_its_end(begin):
    process, log = begin("be_busy")

    assert process.stdout.readline() == "ended well\n"
    assert process.wait(90) == 0
    assert log() == ""


def test_a_limit_of_nothing_watches_nothing(begin):
    process, log = begin("stand_still", "0")

    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2)
    assert log() == ""


def test_a_service_whose_log_is_not_read_ends_instead_of_standing_still(settings, tmp_path):
    """To write a line waits once the pipe is full, and the event loop waits with it."""
    pipe, port = tmp_path / "log", free_port()
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    environ = {"PATH": os.environ["PATH"], **settings, "GATEHOUSE_STANDSTILL_SECONDS": "2"}
    process = Forked("serve", "--port", str(port), environ=environ, log=pipe)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            _wait_until_it_answers(http, reading)
            with pytest.raises(httpx2.TransportError):
                _ask_often(http)
        assert process.wait(90) == 70
    finally:
        process.kill()
        os.close(reading)


def _ask_often(http):
    for _ in range(3000):
        http.post("/graphql", json={"query": "{ __typename }"})


def _wait_until_it_answers(http, log):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        # What it says of its start is read away.
        if select.select([log], [], [], 0.05)[0]:
            os.read(log, 65536)
        try:
            if http.get("/healthz").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise AssertionError("it did not start")


def test_a_service_that_was_stopped_for_longer_goes_on(new_service):
    with new_service(STANDSTILL_SECONDS="1") as service:
        service.ask_to_end(signal.SIGSTOP)
        time.sleep(2)
        service.ask_to_end(signal.SIGCONT)
        time.sleep(1)
        assert httpx2.get(f"{service.url}/healthz", timeout=60).status_code == 200
        assert service.stop() == 0
