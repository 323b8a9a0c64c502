"""A rolling upgrade under load, in the order of docs/kubernetes.md: `python -m benchmarks upgrade`.

Two processes of the API and a worker of an earlier commit serve; then this version migrates, and takes their places one
after the other. The run ends with an error if a call failed, or was not counted once. What is refused with Retry-After
is tried again, as clients do: a machine that is full refuses some calls, with and without an upgrade, so they are
counted for a while before it as well. `--before COMMIT` names the earlier commit.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, cast

import httpx2

from access.credentials import Signer
from benchmarks import stage
from benchmarks.peers import install
from local import servers
from settings import Settings
from tests.journey.client import TEXT, AccountClient, code
from tests.journey.installation import Installation, Person
from tests.mails import until
from tests.service import _answers as answers
from tests.service import free_port

_PEOPLE = 8
# Not as fast as they can, which would fill the machine.
_CALLS_A_SECOND = 10
_TRIES = 5
# As long as a proxy may take to hear that a process leaves. The process serves for longer than that.
_ENDPOINTS_CHANGE_AFTER = 1
_DRAIN_SECONDS = 3
_BETWEEN = 3
# About as long as the upgrade takes.
_QUIET = 30


@dataclass
class _Version:
    name: str
    folder: Path
    python: Path
    variables: dict[str, str]
    _numbers: Iterator[int] = field(default_factory=count)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.python, "-m", "cli", *arguments], cwd=self.folder, env=self.variables, capture_output=True, text=True
        )

    def warnings(self) -> str:
        logs = Path(self.variables["HOME"]).glob(f"{self.name}-*.log")
        lines = [
            f"{log.name}: {line}\n" for log in logs for line in log.read_text().splitlines() if " INFO " not in line
        ]
        return "".join(lines[:40])

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        log = Path(self.variables["HOME"]) / f"{self.name}-{arguments[0]}-{next(self._numbers)}.log"
        with log.open("wb") as output:
            started = subprocess.Popen(
                [self.python, "-m", "cli", *arguments],
                cwd=self.folder,
                env=self.variables,
                stdout=output,
                stderr=output,
            )
        try:
            yield started
        finally:
            started.kill()
            started.wait()


@dataclass
class _Load:
    """Callers who call one after the other, each at one of the endpoints that a proxy would know."""

    endpoints: list[str]
    people: Sequence[Person]
    answered: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    tried_again: int = 0
    is_over: bool = False

    async def run(self) -> None:
        await asyncio.gather(*(self._call(number, person) for number, person in enumerate(self.people)))

    async def _call(self, number: int, person: Person) -> None:
        clients: dict[str, AccountClient] = {}
        while not self.is_over:
            url = self.endpoints[number % len(self.endpoints)]
            number += 1
            client = clients.setdefault(url, AccountClient(url, person.session))
            try:
                answer = await self._tried(client)
            except httpx2.HTTPError as error:
                self.failed.append(f"{type(error).__name__}: {error} at {url}")
            else:
                if answer.status_code == 200 and code(answer) == "OK":
                    self.answered[person.email] += 1
                else:
                    self.failed.append(f"{answer.status_code} {answer.text[:200]}")
            await asyncio.sleep(1 / _CALLS_A_SECOND)
        for client in clients.values():
            await client.__aexit__(None, None, None)

    async def _tried(self, client: AccountClient) -> httpx2.Response:
        for tries in range(1, _TRIES + 1):
            answer = await client.post(TEXT)
            if tries == _TRIES or "Retry-After" not in answer.headers:
                break
            self.tried_again += 1
            await asyncio.sleep(int(answer.headers["Retry-After"]))
        return answer


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks upgrade")
    parser.add_argument("--before", default="HEAD~1", help="the earlier commit (default: %(default)s)")
    before = parser.parse_args().before
    with tempfile.TemporaryDirectory() as folder:
        older = Path(folder) / "older"
        older.mkdir()
        try:
            install.build(before, older)
        except (OSError, subprocess.SubprocessError) as error:
            # A clone may lack the history.
            print(f"{before} could not be built, and is left out: {error}", file=sys.stderr)
            return
        _upgrade(Path(folder), older, before)


def _upgrade(data: Path, older: Path, before: str) -> None:
    postgres, redis = servers.Postgres(data, durable=False), servers.Redis(data)
    triton = servers.Triton(data, [stage.ROOT / "tests" / "models"])
    with servers.running(postgres, redis, triton):
        variables = stage.variables(data, postgres, redis, triton.url, DRAIN_SECONDS=str(_DRAIN_SECONDS))
        variables |= {"HOME": str(data), "PATH": "/usr/bin:/bin"}
        old = _Version("old", older, older / ".venv" / "bin" / "python", variables)
        new = _Version("new", stage.ROOT, Path(sys.executable), variables)
        migrated = old.run("migrate")
        assert migrated.returncode == 0, migrated.stderr
        signer = Signer.from_settings(Settings.from_environ(variables))
        # No email is sent, and the processes are not those of one version.
        none = cast(Any, None)
        installation = Installation(variables, postgres, redis, mail=none, worker=none, services=[], signer=signer)
        with ExitStack() as stack:
            _show(asyncio.run(_roll(installation, old, new, stack)), before)


async def _roll(installation: Installation, old: _Version, new: _Version, stack: ExitStack) -> dict[str, object]:
    leaving = [await _serving(old, stack) for _ in range(2)]
    old_worker = stack.enter_context(old.running("worker"))
    people = [await installation.person(per_minute=10**6, per_day=10**8) for _ in range(_PEOPLE)]
    load = _Load([url for url, _ in leaving], people)
    loading = asyncio.create_task(load.run())
    await asyncio.sleep(_QUIET)
    before, load.tried_again = load.tried_again, 0
    started_at = time.monotonic()
    migrated = await asyncio.to_thread(new.run, "migrate")
    assert migrated.returncode == 0, migrated.stderr
    checked = await asyncio.to_thread(new.run, "migrate", "--check")
    assert (checked.returncode, checked.stdout) == (0, "up to date\n"), checked.stderr
    for url, process in leaving:
        newcomer, _ = await _serving(new, stack)
        load.endpoints.append(newcomer)
        await asyncio.sleep(_BETWEEN)
        process.terminate()
        await asyncio.sleep(_ENDPOINTS_CHANGE_AFTER)
        load.endpoints.remove(url)
        assert await asyncio.to_thread(process.wait) == 0
    stack.enter_context(new.running("worker"))
    old_worker.terminate()
    assert await asyncio.to_thread(old_worker.wait) == 0
    seconds = time.monotonic() - started_at
    await asyncio.sleep(_BETWEEN)
    meanwhile, load.is_over = load.tried_again, True
    await loading
    assert load.failed == [], (
        f"{len(load.failed)} of {load.answered.total()}: {load.failed[:3]}\n{old.warnings()}{new.warnings()}"
    )
    for person in people:
        await until(partial(installation.is_rolled_up, person), within=120)
        calls = load.answered[person.email]
        assert await installation.counted(person) == {"text": (calls, 0, calls)}, person
    applied = [line for line in migrated.stdout.splitlines() if line.startswith("applied")]
    return {
        "calls": load.answered.total(),
        "migrations": len(applied),
        "seconds": round(seconds, 1),
        "again_before": before,
        "again": meanwhile,
    }


async def _serving(version: _Version, stack: ExitStack) -> tuple[str, "subprocess.Popen[bytes]"]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = stack.enter_context(version.running("serve", "--port", str(port)))
    await until(partial(asyncio.to_thread, answers, f"{url}/readyz"), within=120)
    return url, process


def _show(figures: dict[str, object], before: str) -> None:
    print(
        f"From {before} to this version in {figures['seconds']} s, {figures['migrations']} migrations: "
        f"{figures['calls']} calls, 0 failed, each counted once. "
        f"Tried again: {figures['again']}, and {figures['again_before']} in the {_QUIET} s before."
    )
