"""What a start of the API costs: the imports, the time until it is ready, and its memory when it is idle.

Commit 260deae is measured as well, turn by turn, with the same Python and packages. `--beside PATH` takes another
checkout in its place.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

import asyncpg

from access import signing_keys
from benchmarks.peers import install
from benchmarks.stage import MODELS, ROOT
from local import servers
from tests import ports
from tests.environ import environ

_ROUNDS = 10
_STARTS = 5
_IDLE_SECONDS = 10
_IMPORT = "import graph.app, time; print(time.process_time())"
# As `gatehouse serve` of the checkout imports it; at 260deae it does so while the collector runs.
_IMPORT_SERVED = """
try:
    from commands.imports import uncollected
except ImportError:
    from contextlib import nullcontext as uncollected
with uncollected():
    import graph.app
import time
print(time.process_time())
"""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class _Checkout:
    """`figures` has a list for each quantity, one number a round."""

    name: str
    folder: Path
    variables: Mapping[str, str]
    figures: dict[str, list[float]] = field(default_factory=dict)

    def note(self, **figures: float) -> None:
        for name, figure in figures.items():
            self.figures.setdefault(name, []).append(figure)

    def python(self, *arguments: str) -> list[str]:
        # Python looks into the working folder first, so this is the code of the checkout.
        return [sys.executable, *arguments]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks start")
    parser.add_argument("--beside", type=Path, help="another checkout than 260deae, to measure turn by turn")
    beside: Path | None = parser.parse_args().beside or install.older()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        postgres, redis, triton = servers.Postgres(data), servers.Redis(data), servers.Triton(data, MODELS)
        with servers.running(postgres, redis, triton):
            keys = data / "signing-keys.json"
            signing_keys.create(keys)
            checkouts = [_checkout("this", ROOT, postgres, redis, triton, keys)]
            if beside is not None:
                checkouts.append(_checkout("beside", beside.resolve(), postgres, redis, triton, keys))
            _measure(checkouts)


def _checkout(
    name: str, folder: Path, postgres: servers.Postgres, redis: servers.Redis, triton: servers.Triton, keys: Path
) -> _Checkout:
    """With a database of its own in Postgres, migrated by its own code, and one in Redis."""
    asyncio.run(_create_database(postgres.url, name))
    variables = environ(
        DATABASE_URL=f"{postgres.url.rpartition('/')[0]}/{name}",
        REDIS_URL=f"{redis.url.rpartition('/')[0]}/{1 if name == 'this' else 2}",
        TRITON_URL=triton.url,
        SMTP_URL="smtp://127.0.0.1:1",
        SIGNING_KEYS_FILE=str(keys),
        FRONTEND_URL="https://front.example.org",
        MAIL_FROM="Gatehouse <noreply@example.org>",
    )
    made = _Checkout(name, folder, {"PATH": os.environ["PATH"], **variables})
    subprocess.run(made.python("-m", "cli", "migrate"), cwd=folder, env=made.variables, check=True)
    return made


async def _create_database(url: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()


def _measure(checkouts: list[_Checkout]) -> None:
    # The first import of a checkout also writes the bytecode of its modules.
    for one in checkouts:
        _imports(one)
        one.figures.clear()
    for _ in range(_ROUNDS):
        for one in checkouts:
            _imports(one)
    for _ in range(_STARTS):
        for one in checkouts:
            _start(one)
    _print(checkouts)


def _imports(one: _Checkout) -> None:
    for name, code in (("import_s", _IMPORT), ("import_served_s", _IMPORT_SERVED)):
        printed = subprocess.run(
            one.python("-c", code), cwd=one.folder, env=one.variables, check=True, capture_output=True, text=True
        ).stdout
        one.note(**{name: float(printed)})


def _start(one: _Checkout) -> None:
    port = ports.free()
    with tempfile.TemporaryFile() as log:
        began = time.monotonic()
        process = subprocess.Popen(
            one.python("-m", "cli", "serve", "--port", str(port)),
            cwd=one.folder,
            env=one.variables,
            stdout=log,
            stderr=log,
        )
        try:
            _await_ready(process, port)
            one.note(ready_s=time.monotonic() - began, ready_processor_s=_processor_seconds(process.pid))
            time.sleep(_IDLE_SECONDS)
            one.note(**_memory(process.pid), threads=len(os.listdir(f"/proc/{process.pid}/task")))
        finally:
            process.terminate()
            process.wait()


def _await_ready(process: subprocess.Popen[bytes], port: int) -> None:
    while process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except URLError:
            time.sleep(0.01)
    raise RuntimeError("the service ended before it was ready")


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory(pid: int) -> dict[str, float]:
    """Of the resident memory, `idle_own_mb` is the part that is no file's, which other processes cannot share."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {
        name: int(lines[key].split()[0]) * 1024 / 1e6
        for name, key in (("idle_mb", "VmRSS"), ("idle_own_mb", "RssAnon"))
    }


def _print(checkouts: list[_Checkout]) -> None:
    names = [one.name for one in checkouts]
    compared = len(checkouts) > 1
    print(f"| | {' | '.join(names)} |{' ratio |' if compared else ''}")
    print("|---" * (len(names) + 1 + compared) + "|")
    for name in checkouts[0].figures:
        cells = [_cell(one.figures[name]) for one in checkouts]
        if compared:
            first, second = (median(one.figures[name]) for one in checkouts)
            cells.append(f"{first / second:.2f}")
        print(f"| {name} | {' | '.join(cells)} |")


def _cell(figures: list[float]) -> str:
    return f"{median(figures):.3g} ({min(figures):.3g}-{max(figures):.3g})"
