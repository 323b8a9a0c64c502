"""The load generator's figures, and that it accepts no wrong answer."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.peers import install
from benchmarks.peers.load import Call, Counted, Wrk, WrongAnswers, parse

RIGHT = (
    "Running 3s test\n  2 requests in 3.00s\n"
    '\n{"calls": 600, "wrong": 0, "broken": 0, "duration_us": 3000000, "p50_us": 1500.0, "p99_us": 9250.0}\n'
)

# The ports of the servers, once for each answer.
ANSWERED: list[int] = []


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        # A credential of a body's length would be a fault of load.lua.
        body = self.rfile.read(int(self.headers["Content-Length"])) + self.headers["Authorization"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        ANSWERED.append(self.connection.getsockname()[1])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with _serving() as port:
        yield port


@contextmanager
def _serving() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server.server_port
        server.shutdown()
        serving.join()


def _call(port: int) -> Call:
    return Call(f"http://127.0.0.1:{port}/", b"some body", ["first"], "some bodyBearer first")


@pytest.fixture
def wrk() -> Wrk:
    if not install.has_wrk():
        pytest.skip("wrk is not there: `make bench ARGS=peers` fetches it.")
    return install.wrk()


def test_the_last_line_has_the_figures():
    assert parse(RIGHT) == Counted(calls=600, seconds=3.0, p50_ms=1.5, p99_ms=9.25)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (('"wrong": 0', '"wrong": 7'), "Of 600 answers 7 were wrong; 0 connections failed."),
        (('"broken": 0', '"broken": 2'), "Of 600 answers 0 were wrong; 2 connections failed."),
        (('"calls": 600', '"calls": 0'), "Of 0 answers 0 were wrong; 0 connections failed."),
    ],
)
def test_no_figures_are_taken_from_wrong_answers(changed: tuple[str, str], said: str):
    with pytest.raises(WrongAnswers, match=f"^{said}$"):
        parse(RIGHT.replace(*changed))


def test_each_answer_is_read(wrk: Wrk, port: int):
    right = _call(port)

    assert wrk.send(right, connections=2, seconds=1).calls > 0

    # Every second answer has the other credential.
    with pytest.raises(WrongAnswers, match="connections failed"):
        wrk.send(Call(right.url, b"some body", ["first", "second"], "Bearer first"), connections=2, seconds=1)


def test_several_services_are_measured_as_one(wrk: Wrk, port: int):
    with _serving() as other:
        ANSWERED.clear()
        together = wrk.measure_several([_call(port), _call(other)], connections=1, seconds=1, pids=[os.getpid()])

    assert set(ANSWERED) == {port, other}
    # For a second, and a little more: wrk stops between two of its steps.
    assert together.rate > len(ANSWERED) / 2
