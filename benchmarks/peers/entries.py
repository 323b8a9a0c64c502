"""What takes its turn in each round, and the services that it needs."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.peers import calls, gatehouse, install, meters, services, uploads
from benchmarks.peers.backends import Backends
from benchmarks.peers.figures import Figures
from benchmarks.peers.gatehouse import Gatehouse
from benchmarks.peers.load import Call, Wrk
from benchmarks.peers.programs import Program
from tests.kept import NotInstalled

INFER, ONE, FIXED, UPLOAD, PROCESSES = "infer", "one", "fixed", "upload", "processes"
GROUPS = (INFER, ONE, FIXED, UPLOAD, PROCESSES)
TODAY, OLDER = "Gatehouse", f"Gatehouse as of {install.OLDER}"
TRITON, MERCURIUS, FASTAPI, STRAWBERRY = "Triton alone", "Mercurius", "FastAPI", "Strawberry"

ONE_PROCESS = "1 process"
MORE_PROCESSES = (2, 4)
CONNECTIONS = 16
_GIVE_BACK_SECONDS = 1


def processes(number: int, connections: int) -> str:
    return f"{number} processes, {connections} connections"


def apart_from(number: int) -> str:
    """As many services of one process, called at the same time: what several processes take anyhow."""
    return f"{number} services of 1 process, {number * CONNECTIONS} connections"


# Group, service, and what it was asked for.
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """`measure` takes seconds. `service` and `what` name it in the tables."""

    group: str
    service: str
    what: str
    measure: Callable[[int], Figures]

    @property
    def key(self) -> Key:
        return self.group, self.service, self.what


class Entries:
    """Starts what a group needs. What could not be fetched is left out, with a line on standard error."""

    def __init__(self, stack: ExitStack, backends: Backends, wrk: Wrk, group: str) -> None:
        self.programs: dict[str, Program] = {}
        self._stack = stack
        self._backends = backends
        self._wrk = wrk
        self._group = group

    def all(self) -> list[Entry]:
        makers = {
            INFER: self._infer,
            ONE: self._one,
            FIXED: self._fixed,
            UPLOAD: self._uploads,
            PROCESSES: self._processes,
        }
        return list(makers[self._group](self._start_gatehouse()))

    def _infer(self, today: Gatehouse) -> Iterator[Entry]:
        token = services.token()
        yield self._entry(TRITON, "infer", calls.triton(self._backends.triton_http), self._backends.triton.pid)
        if program := self._started(MERCURIUS, services.mercurius):
            yield self._entry(MERCURIUS, "infer", calls.lists(program.url, token), program.pid)
        if program := self._started(FASTAPI, services.fastapi):
            yield self._entry(FASTAPI, "infer", calls.rest(program.url, token), program.pid)
        if program := self._started(STRAWBERRY, services.strawberry):
            yield self._entry(STRAWBERRY, "infer", calls.lists(program.url, token), program.pid)
        yield self._entry(TODAY, "infer", calls.infer(today), today.program.pid)

    def _one(self, today: Gatehouse) -> Iterator[Entry]:
        """Those of which the time of a single call matters."""
        single = partial(self._entry, connections=1)
        yield single(TRITON, "infer", calls.triton(self._backends.triton_http), self._backends.triton.pid)
        if program := self._started(FASTAPI, services.fastapi):
            yield single(FASTAPI, "infer", calls.rest(program.url, services.token()), program.pid)
        yield single(TODAY, "infer", calls.infer(today), today.program.pid)

    def _fixed(self, today: Gatehouse) -> Iterator[Entry]:
        builds = [(TODAY, today)]
        if checkout := _fetched(install.older):
            builds.append((OLDER, self._start_gatehouse(OLDER, "older", checkout=checkout)))
        for what, call in (("`{ __typename }`", calls.typename), ("`{ me { id } }`", calls.me)):
            for service, build in builds:
                yield self._entry(service, what, call(build), build.program.pid)

    def _uploads(self, today: Gatehouse) -> Iterator[Entry]:
        if _fetched(install.python):
            yield Entry(self._group, "tritonclient", "tensor back", partial(uploads.plain, self._backends))
        for what, call in (("shape back", uploads.shape_only), ("base64 back", uploads.with_base64)):
            measure = partial(self._upload, call(today), today.program.pid)
            yield Entry(self._group, TODAY, what, measure)

    def _upload(self, call: Call, pid: int, seconds: int) -> Figures:
        figures = self._wrk.measure(call, connections=uploads.AT_ONCE, seconds=seconds, pid=pid)
        time.sleep(_GIVE_BACK_SECONDS)
        return replace(figures, after_mb=meters.rss_bytes(pid) / 1e6)

    def _processes(self, today: Gatehouse) -> Iterator[Entry]:
        if not gatehouse.takes_processes():
            _say("`gatehouse serve` has no --processes: their number is not varied.")
            return
        yield self._entry(TODAY, ONE_PROCESS, calls.infer(today), today.program.pid)
        for number in MORE_PROCESSES:
            build = self._start_gatehouse(f"{number} processes", f"of-{number}", processes=number)
            yield from self._several(TODAY, number, calls.infer(build), build.program.pid)
            several = gatehouse.several(self._backends, f"{self._group}-apart-{number}", number)
            apart = self._stack.enter_context(several)
            called, pids = [calls.infer(one) for one in apart], [one.program.pid for one in apart]
            yield self._together(TODAY, apart_from(number), called, pids)
        for number in (1, *MORE_PROCESSES):
            name = FASTAPI if number == 1 else f"{FASTAPI}, {number} processes"
            if program := self._started(name, partial(services.fastapi, processes=number)):
                yield from self._several(FASTAPI, number, calls.rest(program.url, services.token()), program.pid)

    def _several(self, service: str, number: int, call: Call, pid: int) -> Iterator[Entry]:
        """With as many connections as for one process, and with as many for each process."""
        if number == 1:
            yield self._entry(service, ONE_PROCESS, call, pid)
            return
        yield self._entry(service, processes(number, CONNECTIONS), call, pid)
        yield self._together(service, processes(number, number * CONNECTIONS), [call] * number, [pid])

    def _together(self, service: str, what: str, called: Sequence[Call], pids: Sequence[int]) -> Entry:
        def measure(seconds: int) -> Figures:
            return self._wrk.measure_several(called, connections=CONNECTIONS, seconds=seconds, pids=pids)

        return Entry(self._group, service, what, measure)

    def _entry(self, service: str, what: str, call: Call, pid: int, *, connections: int = CONNECTIONS) -> Entry:
        def measure(seconds: int) -> Figures:
            return self._wrk.measure(call, connections=connections, seconds=seconds, pid=pid)

        return Entry(self._group, service, what, measure)

    def _start_gatehouse(self, name: str = TODAY, database: str = "today", **options: Any) -> Gatehouse:
        database = f"{self._group}-{database}"
        started = self._stack.enter_context(gatehouse.running(self._backends, database, **options))
        self.programs[name] = started.program
        return started

    def _started(self, name: str, service: Callable[[Backends], AbstractContextManager[Program]]) -> Program | None:
        try:
            self.programs[name] = self._stack.enter_context(service(self._backends))
        except NotInstalled as error:
            _say(str(error))
            return None
        return self.programs[name]


def _fetched(fetch: Callable[[], Path]) -> Path | None:
    try:
        return fetch()
    except NotInstalled as error:
        _say(str(error))
        return None


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
