"""`make bench ARGS="soak --minutes 5"`: a steady load on a whole installation; fails if something grows or drifts.

Two API processes, a worker and their servers. The first third of the time is the warm-up. Not `make soak`, which
checks random histories. `--write` renews the section of benchmarks/README.md.
"""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from benchmarks import page
from benchmarks.soak.counts import Counts, drained
from benchmarks.soak.load import Load
from benchmarks.soak.readings import EVERY_SECONDS, Readings
from benchmarks.soak.verdicts import Growth, growths
from tests.journey.installation import Installation, running

_LEAST_READINGS = 6


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ARGS='soak ...'", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5, help="length of the load (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help="renew benchmarks/README.md")
    options = parser.parse_args()
    if options.minutes * 60 < _LEAST_READINGS * EVERY_SECONDS:
        parser.error(f"--minutes needs room for {_LEAST_READINGS} readings, {EVERY_SECONDS} s apart")
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as installation:
        load, found, counts = asyncio.run(_soak(installation, options.minutes * 60))
    text = "\n".join(_text(load, found, counts, options.minutes))
    print(text, flush=True)
    failures = [*filter(None, (one.failure for one in found)), *counts.differences]
    if failures:
        sys.exit("\n".join(failures))
    if options.write:
        page.write("soak", text)


async def _soak(installation: Installation, seconds: float) -> tuple[Load, list[Growth], Counts]:
    load, readings = Load(installation), Readings(installation)
    try:
        async with asyncio.TaskGroup() as callers:
            await load.begin(callers)
            await readings.take(seconds)
            load.end()
    finally:
        await load.close()
    return load, growths(readings.figures), await drained(load)


def _text(load: Load, found: Sequence[Growth], counts: Counts, minutes: float) -> Iterator[str]:
    calls, failed, units = (sum(each) for each in zip(*counts.usage.values(), strict=True))
    operations = load.answers.total()
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    yield (
        f"{date.today():%-d %B %Y}, {minutes:g} minutes: {machine}, with a load of {os.getloadavg()[1]:.0f} from this "
        f"and other programs. {operations:,} operations, {operations / minutes / 60:.0f} a second."
    )
    yield ""
    yield "| median of | first third | second | last | highest | growth after the first | may be |"
    yield "|---|---|---|---|---|---|---|"
    for one in found:
        thirds = " | ".join(f"{value:,.1f}" for value in one.thirds)
        bound = "-" if one.bound is None else f"{one.bound:g}"
        yield f"| {one.name} | {thirds} | {one.most:,.1f} | {one.growth:+.1f} | {bound} |"
    yield ""
    yield "| operation | answer | number |"
    yield "|---|---|---|"
    for (kind, code), number in sorted(load.answers.items()):
        yield f"| {kind} | {code} | {number:,} |"
    yield ""
    yield (
        f"`usage` has {calls:,} calls, of which {failed:,} failed, and {units:,} units, of {len(counts.spent)} users. "
        f"{len(counts.differences)} differences between the load, `usage` and Redis; {counts.slots} slots are taken."
    )
