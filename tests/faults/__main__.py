"""All faults, one after the other: `make faults`, which writes docs/faults.md.

With words, those whose name has one; of the page their rows alone are written.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.faults import ends, troubles
from tests.faults.fault import BOUNDS, Fault
from tests.faults.observation import Observer, Seen
from tests.journey.installation import Installation, running

_PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
_HEAD = """# What happens in each fault

Written by `make faults` on {day}, with {cores} processor cores. For operators, and for developers who change a loop.

Two API processes and a worker run all the time. Two callers each call a model every 0.4 s, and `/healthz` is requested
ten times a second. Times are measured from the end of the fault, in the same processes:

- *serves*: `/readyz` is 200 at both processes, and both answer a caller that is not in the cache. Promised: {promises}.
- *loops*: every loop has completed a turn.
- *work*: an email has arrived, a revocation whose process died is finished, an overdue call is ended, a call is
  counted in Postgres and its last use is written. The overdue call alone takes four seconds.
- *begun*: a stream and a job with a webhook that were under way before the fault have ended, each with one end and one
  charge, and the webhook has arrived. Both are made to last a second longer than the fault.
- `/healthz`: the longest wait for its answer, from before the fault until the end.

*During* shows three answers, two seconds before the end of a fault that lasts so long: a call by a caller that is
in the cache, a call by one that is not, and `createApiToken` by the first. `503` is
`SERVICE_UNAVAILABLE`, `no model` is `MODEL_UNAVAILABLE`, `waits` is no answer within 2.5 s.
All calls that were answered during the fault are counted in the end, except those of the last second before FLUSHALL.
An empty cell: the fault is too short for a request.

| dependency | fault | during | serves after | loops after | work after | begun after | `/healthz` | |
|---|---|---|---|---|---|---|---|---|
"""
_ENDS = """
SIGTERM during a fault, while a call and an email are under way: the process ends by itself, with status 0,
within its drain.

| dependency | fault | API ends after | worker ends after | |
|---|---|---|---|---|
"""


def main() -> None:
    started = time.monotonic()
    words = sys.argv[1:]
    chosen = [fault for fault in troubles.every() if not words or any(word in fault.id for word in words)]
    with tempfile.TemporaryDirectory() as folder, _small_disk(Path(folder)) as has_disk:
        with running(Path(folder)) as installation:
            seen, skipped = asyncio.run(_try_all(installation, chosen, has_disk=has_disk))
            ended = asyncio.run(ends.try_all(installation, Path(folder))) if not words else []
    lines = [_line(one) for one in seen] + [
        f"| {one.dependency} | {one.name} | not tried | | | | | | |" for one in skipped
    ]
    page = _head() + "\n".join(lines) + "\n" + (_ENDS + "\n".join(ended) + "\n" if ended else "")
    print(page)
    _PAGE.write_text(page if not words else _with_new_rows(_PAGE.read_text(), lines))
    bad = [one for one in seen if one.missing]
    print(f"{len(seen)} faults in {time.monotonic() - started:.0f} s, {len(bad)} with something missing", flush=True)
    sys.exit(1 if bad or any("NOT" in line for line in ended) else 0)


async def _try_all(
    installation: Installation, chosen: Sequence[Fault], *, has_disk: bool
) -> tuple[list[Seen], list[Fault]]:
    observer, seen, skipped = Observer(installation), [], []
    async with _settled(installation):
        for fault in chosen:
            if fault.kind == "disk" and not has_disk:
                skipped.append(fault)
                continue
            seen.append(await observer.watch(fault))
            print(_line(seen[-1]), flush=True)
    return seen, skipped


@asynccontextmanager
async def _settled(installation: Installation) -> AsyncIterator[None]:
    async with installation.in_redis() as redis:
        await redis.config_set("appendfsync", "no")
    yield


@contextmanager
def _small_disk(folder: Path) -> Iterator[bool]:
    """Postgres' folder is a file system of its own, which can be filled. Only root may make one."""
    place = folder / "postgres"
    place.mkdir()
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", str(place)]
    done = mount is not None and subprocess.run(command, check=False, capture_output=True).returncode == 0
    try:
        yield done
    finally:
        if done:
            subprocess.run([unmount or "umount", str(place)], check=True)


def _head() -> str:
    promises = ", ".join(f"{seconds} s for {name}" for name, seconds in BOUNDS.items() if name in _PROMISED)
    return _HEAD.format(day=datetime.now(UTC).strftime("%-d %B %Y"), cores=os.cpu_count(), promises=promises)


# Whole codes would make the table too wide.
_SHORT = {"SERVICE_UNAVAILABLE": "503", "MODEL_UNAVAILABLE": "no model"}
_PROMISED = ("redis", "postgres", "triton")


def _with_new_rows(page: str, lines: Sequence[str]) -> str:
    """The first two cells are a row's name; the table of ends, which comes second, stays as it is."""
    table, rule, rest = page.partition("\nSIGTERM")
    new = {tuple(line.split("|")[1:3]): line for line in lines}
    rows = [new.get(tuple(row.split("|")[1:3]), row) for row in table.split("\n")]
    return "\n".join(rows) + rule + rest


def _line(one: Seen) -> str:
    how = "MISSING: " + "; ".join(one.missing) if one.missing else "late" if one.is_late else "ok"
    figures = " | ".join(f"{seconds:.1f} s" for seconds in (one.serves, one.loops, one.works, one.begun))
    meanwhile = ", ".join(_SHORT.get(word, word) for word in one.meanwhile)
    return (
        f"| {one.fault.dependency} | {one.fault.name} | {meanwhile} | {figures} | {one.healthz * 1000:.0f} ms | {how} |"
    )


if __name__ == "__main__":
    main()
