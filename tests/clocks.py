"""A worker whose clock a test sets while it runs: by libfaketime, from `.ci/debian-tools`."""

import os
import re
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2
import pytest

from tests import logs, model_calls
from tests.mails import until
from tests.service import DEFAULTS, TLS

_ROOT = Path(__file__).parent.parent
_LIBRARY = next(_ROOT.glob(".debian-tools/faketime/usr/lib/*/faketime/libfaketime.so.1"), None)

needed = pytest.mark.skipif(_LIBRARY is None, reason="there is no libfaketime: `sh .ci/debian-tools` gets one")

_LOOKED_AT = re.compile(r'^gatehouse_loop_done_timestamp_seconds\{loop="jobs"\} (\S+)$', re.MULTILINE)
_NEAR_SECONDS = 3600
# With the deadlines of other services of the tests.
_WORKER = "import sys, cli, tests.patience; sys.exit(cli.main(['worker']))"


class ClockedWorker:
    """`gatehouse worker` with these settings. Its monotonic clock goes on as it does when an operator sets the time."""

    def __init__(self, settings: dict[str, str], folder: Path) -> None:
        self._log = logs.kept(folder / "clocked-worker.log")
        self._clock = folder / "clock"
        self._clock.write_text("+0")
        self._metrics = model_calls.address()
        # The dynamic linker takes a space for the end of a path.
        preloaded = folder / "libfaketime.so.1"
        preloaded.symlink_to(str(_LIBRARY))
        self._environ = {
            "PATH": os.environ["PATH"],
            "LD_PRELOAD": str(preloaded),
            "FAKETIME_TIMESTAMP_FILE": str(self._clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DISABLE_SHM": "1",
            **DEFAULTS,
            **settings,
            "GATEHOUSE_METRICS_ADDRESS": self._metrics,
        }

    async def is_set(self, by: timedelta) -> None:
        """Sets its clock to that time before or after the true one, and returns when the worker has noticed."""
        self._clock.write_text(f"{by.total_seconds():+.0f}")
        due = time.time() + by.total_seconds()

        async def is_noticed() -> bool:
            """Whether it has looked for jobs since, at about that time."""
            async with httpx2.AsyncClient(verify=TLS) as http:
                found = _LOOKED_AT.search((await http.get(f"http://{self._metrics}/metrics")).text)
            return found is not None and abs(float(found[1]) - due) < _NEAR_SECONDS

        await until(is_noticed)

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            command = [sys.executable, "-c", _WORKER]
            self._process = subprocess.Popen(command, cwd=_ROOT, env=self._environ, stdout=log, stderr=log)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(60) == 0
