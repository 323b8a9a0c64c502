"""The service and its worker as processes of their own, and a client for them."""

import os
import signal
import ssl
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx2
import orjson

from tests import logs, ports
from tests.forked import Forked
from tests.transport import Transport

GRAPHQL = "application/graphql-response+json"
# Settings of every process below, unless it is given others.
DEFAULTS: dict[str, str] = {}
# For every client: to read all of the authorities that it trusts takes longer than most tests.
TLS = ssl.create_default_context()


def gatehouse(*arguments: str) -> list[str]:
    """Its command line."""
    return [str(Path(sys.executable).with_name("gatehouse")), *arguments]


class Process:
    """A command of the service that goes on until it is ended; `start` is its subclasses' own."""

    def __init__(self, settings: Mapping[str, str], log: Path) -> None:
        self.settings = dict(settings)
        self.log = logs.kept(log)
        # Signals that what starts it ignores.
        self.ignoring: Sequence[signal.Signals] = ()
        self._process: Forked | None = None

    @property
    def environ(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "PYTHONWARNINGS": "error", **DEFAULTS, **self.settings}

    @property
    def pid(self) -> int:
        return self._started().pid

    def start(self) -> None:
        """Returns when it does its work."""
        raise NotImplementedError

    def stop(self) -> int:
        """Its exit status after SIGTERM."""
        self.ask_to_end()
        return self.wait()

    def ask_to_end(self, number: signal.Signals = signal.SIGTERM) -> None:
        self._started().send(number)

    def wait(self) -> int:
        """Its exit status."""
        return self._started().wait()

    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running()

    def kill(self) -> None:
        self._started().kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.is_running():
            self.stop()

    def _begin(self, *arguments: str, until: Callable[[], bool]) -> None:
        process = self._fork(*arguments)
        end = time.monotonic() + 60
        while not until():
            if not process.is_running() or time.monotonic() > end:
                self.kill()
                raise AssertionError(f"It did not start:\n{self.log.read_text()}")
            time.sleep(0.02)

    def _fork(self, *arguments: str) -> Forked:
        self._process = Forked(*arguments, environ=self.environ, log=self.log, ignoring=self.ignoring)
        return self._process

    def _started(self) -> Forked:
        assert self._process is not None
        return self._process


class Service(Process):
    """`gatehouse serve` with these settings, on a port of its own."""

    def __init__(
        self,
        settings: Mapping[str, str],
        log: Path,
        *,
        host: str = "127.0.0.1",
        port: int | None = None,
        processes: int = 1,
    ) -> None:
        super().__init__(settings, log)
        self.processes = processes
        self.host, self.port = host, port or free_port()
        self.url = f"http://{self.host}:{self.port}"

    def migrate(self) -> None:
        """Its database gets all tables."""
        assert Forked("migrate", environ=self.environ, log=self.log).wait(60) == 0, self.log.read_text()

    def start(self, *, until: str = "/readyz") -> None:
        """Returns when that address answers 200."""
        self._begin(*self._arguments(), until=lambda: _answers(self.url + until))

    def begin(self) -> Forked:
        """Starts it, and returns without waiting for anything."""
        return self._fork(*self._arguments())

    def _arguments(self) -> tuple[str, ...]:
        return ("serve", "--host", self.host, "--port", str(self.port), "--processes", str(self.processes))


class Worker(Process):
    """`gatehouse worker` with these settings."""

    def start(self) -> None:
        already = self._times_ready()
        self._begin("worker", until=lambda: self._times_ready() > already)

    def _times_ready(self) -> int:
        return self.log.read_text().count("The worker is ready") if self.log.exists() else 0


class Client:
    """Somebody who talks to the service over HTTP."""

    def __init__(self, url: str) -> None:
        self.http = httpx2.AsyncClient(base_url=url, timeout=300, transport=Transport())

    async def post(self, query: str, /, **variables: Any) -> httpx2.Response:
        body = {"query": query, "variables": variables}
        return await self.http.post("/graphql", json=body, headers={"Accept": GRAPHQL})

    async def run(self, query: str, /, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = (await self.post(query, **variables)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def refusal(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """The one error of an answer: its `extensions` without the request's id, with `message` and `path` beside."""
        answer = (await self.post(query, **variables)).json()
        assert len(answer["errors"]) == 1, answer
        error = answer["errors"][0]
        facts = {name: value for name, value in error["extensions"].items() if name != "requestId"}
        return {**facts, "message": error["message"], "path": error.get("path")}

    async def upload(
        self, query: str, files: Mapping[str, bytes], /, *, headers: Mapping[str, str] | None = None, **variables: Any
    ) -> httpx2.Response:
        """`files` are by the path to their variable, as in `variables.image.upload`."""
        form: dict[str, Any] = {
            "operations": (None, _json({"query": query, "variables": variables})),
            "map": (None, _json({str(number): [path] for number, path in enumerate(files)})),
        }
        form |= {str(number): (f"{number}.bin", content) for number, content in enumerate(files.values())}
        sent = {"Accept": GRAPHQL, "GraphQL-Require-Preflight": "1"} if headers is None else dict(headers)
        return await self.http.post("/graphql", files=form, headers=sent)

    async def aclose(self) -> None:
        await self.http.aclose()


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _answers(url: str) -> bool:
    # A start is asked often, and a new client of httpx2 takes ten times longer.
    address = urlsplit(url)
    connection = HTTPConnection(address.netloc, timeout=2)
    try:
        connection.request("GET", address.path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def free_port() -> int:
    return ports.free()
