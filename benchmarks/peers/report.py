"""The tables, and the paragraph for operators, as Markdown."""

import os
import platform
import time
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.peers.entries import FIXED, INFER, ONE, PROCESSES, TODAY, TRITON, UPLOAD, Key
from benchmarks.peers.figures import Rounds, middle, spread
from benchmarks.peers.goals import Goal, goals
from benchmarks.peers.programs import Program

_TITLES = {
    INFER: "A call of a model, 16 connections.",
    ONE: "The same call, one connection.",
    FIXED: "No model, 16 connections, a session.",
    UPLOAD: "A tensor of 4.9 MB, 4 at once.",
    PROCESSES: "A call of a model, several processes of the API. One process has 16 connections.",
}
_NAMES = {
    TRITON: "Triton alone (HTTP, JSON)",
    "Mercurius": "Mercurius (Node, JIT), undici to Triton",
    "FastAPI": "FastAPI, PyJWT, `tritonclient.grpc.aio`",
    "Strawberry": "Strawberry with its caches, tensors as `[Float!]`",
}


def text(measured: Mapping[Key, Rounds], programs: Mapping[str, Program]) -> str:
    rounds = max((len(found) for found in measured.values()), default=0)
    parts = [
        of_this_run(rounds),
        *_tables(measured),
        _starts(programs),
        _goals(goals(measured)),
        _for_operators(measured),
    ]
    return "\n\n".join(filter(None, parts))


def of_this_run(rounds: int) -> str:
    """The day, the machine and how to read a table of this run."""
    return (
        f"{time.strftime('%d %B %Y').lstrip('0')}: {os.cpu_count()} cores ({platform.machine()}), "
        f"Python {platform.python_version()}, {rounds} rounds. Medians, and in brackets the least and the most of the "
        "rounds. CPU is the processor time of the serving processes, and memory is their peak."
    )


def _tables(measured: Mapping[Key, Rounds]) -> Iterator[str]:
    for group, title in _TITLES.items():
        rows = [_row(key, found) for key, found in measured.items() if key[0] == group]
        if rows:
            yield "\n".join(
                [f"{title}\n", *_head("requests/s", "p50 ms", "p99 ms", "CPU µs a call", "memory MB"), *rows]
            )


def _head(*columns: str) -> list[str]:
    return [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]


def _row(key: Key, rounds: Rounds) -> str:
    group, service, what = key
    name = _NAMES.get(service, service)
    title = name if group in (INFER, ONE) else f"{name}, {what}"
    title = f"**{title}**" if service == TODAY else title
    figures, rates, p99s = middle(rounds), spread([one.rate for one in rounds]), spread([one.p99_ms for one in rounds])
    return (
        f"| {title} | {rates.median:,.0f} ({rates.least:,.0f}-{rates.most:,.0f}) | {figures.p50_ms:.2f} | "
        f"{p99s.median:.1f} ({p99s.least:.1f}-{p99s.most:.1f}) | {figures.cpu_us:,.0f} | {figures.peak_mb:.0f} |"
    )


def _starts(programs: Mapping[str, Program]) -> str:
    rows = [f"| {name} | {one.start_cpu:.2f} | {one.idle_rss / 1e6:.0f} |" for name, one in programs.items()]
    head = _head("CPU s until it is ready", "memory MB a second later")
    return "\n".join(["The start of each service, once.\n", *head, *rows]) if rows else ""


def _goals(found: Sequence[Goal]) -> str:
    rows = [f"| {goal.what} | {goal.found} | {goal.wanted} | {goal.verdict} |" for goal in found]
    return "\n".join(["Ratios.\n", *_head("ratio", "wanted", "met"), *rows]) if rows else ""


def _for_operators(measured: Mapping[Key, Rounds]) -> str:
    ours, triton = (measured.get((INFER, service, "infer")) for service in (TODAY, TRITON))
    if not ours or not triton:
        return ""
    a_call, model = middle(ours).cpu_us, middle(triton).cpu_us
    fixed = measured.get((FIXED, TODAY, "`{ __typename }`"))
    light = f", or {1e6 / middle(fixed).cpu_us:,.0f} requests that call no model" if fixed else ""
    rate = 1e6 / a_call
    return (
        "**How many processes to start.** One process of the API uses at most one core. A core gives about "
        f"{rate:,.0f} calls of `infer` a second{light}: a call takes {a_call:,.0f} µs of its processor time. "
        f"Triton takes {model:,.0f} µs for this call, and more for a model that computes longer. Start one process for "
        "each core that Triton, Redis and Postgres leave free. If the busiest second has R calls, start at least "
        f"R / {rate / 1.5:,.0f} processes: they then use two thirds of their cores."
    )
