"""Load by wrk: connections that send the same request again as soon as the last one is answered."""

import json
import os
import subprocess
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.peers import meters
from benchmarks.peers.figures import Figures

_SCRIPT = Path(__file__).with_name("load.lua")


class WrongAnswers(Exception):
    """Some calls were not answered as they should be, so that their time says nothing."""


@dataclass(frozen=True, slots=True)
class Call:
    """A POST request. Each answer must have status 200 and hold the text `expected`.

    With several credentials each request takes the next one.
    """

    url: str
    body: bytes
    credentials: Sequence[str]
    expected: str
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Counted:
    """What wrk counted."""

    calls: int
    seconds: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Wrk:
    """`libraries`: a folder of shared libraries that the system does not have."""

    program: Path
    libraries: Path | None = None

    def measure(self, call: Call, *, connections: int, seconds: int, pid: int) -> Figures:
        """`pid`: the program that answers. Raises WrongAnswers."""
        return self.measure_several([call], connections=connections, seconds=seconds, pids=[pid])

    def measure_several(
        self, called: Sequence[Call], *, connections: int, seconds: int, pids: Collection[int]
    ) -> Figures:
        """At the same time, each by a wrk of its own with so many connections. Raises WrongAnswers."""
        with meters.reading(pids) as read, ThreadPoolExecutor(len(called)) as threads:
            counted = list(threads.map(partial(self.send, connections=connections, seconds=seconds), called))
        return _figures(counted, read)

    def send(self, call: Call, *, connections: int, seconds: int) -> Counted:
        """Raises WrongAnswers."""
        with TemporaryDirectory() as folder:
            body, credentials = Path(folder) / "body", Path(folder) / "credentials"
            body.write_bytes(call.body)
            credentials.write_text("\n".join(call.credentials))
            command = [
                *(str(self.program), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"),
                *("-s", str(_SCRIPT), call.url, "--", str(body), call.content_type, str(credentials), call.expected),
            ]
            environ = {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": str(self.libraries or "")}
            ran = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, timeout=seconds + 60)
        if ran.returncode != 0:
            raise WrongAnswers(f"wrk ended with {ran.returncode}: {ran.stdout}")
        return parse(ran.stdout)


def parse(output: str) -> Counted:
    """The line that load.lua prints last. Raises WrongAnswers."""
    found = json.loads(output.strip().splitlines()[-1])
    if found["wrong"] or found["broken"] or not found["calls"]:
        raise WrongAnswers(
            f"Of {found['calls']} answers {found['wrong']} were wrong; {found['broken']} connections failed."
        )
    return Counted(found["calls"], found["duration_us"] / 1e6, found["p50_us"] / 1000, found["p99_us"] / 1000)


def _figures(counted: Sequence[Counted], read: meters.Reading) -> Figures:
    return Figures(
        rate=sum(one.calls / one.seconds for one in counted),
        p50_ms=median(one.p50_ms for one in counted),
        p99_ms=max(one.p99_ms for one in counted),
        cpu_us=read.cpu / sum(one.calls for one in counted) * 1e6,
        before_mb=read.before / 1e6,
        peak_mb=read.peak / 1e6,
        after_mb=read.after / 1e6,
    )
