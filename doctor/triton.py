"""Triton: that it answers, and that its models can be served."""

import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TypeAlias

import grpc
from tritonclient.grpc import service_pb2

from doctor.findings import Finding, fail, ok, warn
from graph import typed
from inference.declarations import Declaration, DeclarationError
from inference.triton import Triton
from settings import Settings, SettingsError

_ANSWER_WITHIN = timedelta(seconds=4)

Entry: TypeAlias = service_pb2.RepositoryIndexResponse.ModelIndex


async def examine(settings: Settings) -> AsyncGenerator[Finding, None]:
    try:
        triton = Triton(settings.triton_url, places=1, output_bytes=settings.output_bytes)
    except SettingsError as error:
        yield fail("Triton", str(error))
        return
    try:
        yield await _server(triton)
        index = _by_name(await triton.index())
        for finding in _readiness(index):
            yield finding
        ready = [name for name, entries in index.items() if any(entry.state == "READY" for entry in entries)]
        declared: list[Declaration] = []
        for name in ready:
            try:
                declared.append(Declaration.from_config(await triton.config(name)))
            except DeclarationError as error:
                yield fail("model", f"{error} It is not served; mend its config.pbtxt.")
        for finding in _offer(declared):
            yield finding
    except grpc.aio.AioRpcError as error:
        yield fail("Triton", f"it does not answer at GATEHOUSE_TRITON_URL: {_why(error)}.")
    finally:
        await triton.aclose()


async def _server(triton: Triton) -> Finding:
    # Whether each model is ready says more than whether the server calls itself so: it no longer does once any model
    # could not be loaded, also when that has been mended. The first call opens the connection.
    for _ in range(2):
        begun_at = time.perf_counter()
        await triton._stub.ServerLive(service_pb2.ServerLiveRequest(), timeout=_ANSWER_WITHIN.total_seconds())
    return ok("Triton", f"answers in {(time.perf_counter() - begun_at) * 1000:.1f} ms.")


def _why(error: grpc.aio.AioRpcError) -> str:
    """Not in the details' words: they may hold paths and pieces of code."""
    match error.code():
        case grpc.StatusCode.UNAVAILABLE:
            return "nothing answers there"
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return "nothing came in time"
    return str(error.code().name)


def _by_name(index: Sequence[Entry]) -> dict[str, list[Entry]]:
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(index, key=lambda entry: (entry.name, entry.version)):
        found[entry.name].append(entry)
    return found


def _readiness(index: Mapping[str, Sequence[Entry]]) -> Iterator[Finding]:
    if not index:
        yield fail("models", "the repository is empty: Triton has nothing to serve.")
        return
    for name, entries in index.items():
        idle = [entry for entry in entries if entry.state != "READY"]
        for entry in idle:
            version = f" version {entry.version}" if entry.version else ""
            why = f"{entry.state or 'not loaded'}{f' ({_line(entry.reason)})' if entry.reason else ''}"
            said = f"{name!r}{version} is not ready: {why}."
            # Another version of it serves.
            yield warn("model", said) if len(idle) < len(entries) else fail("model", said)
    if all(entry.state == "READY" for entries in index.values() for entry in entries):
        yield ok("models", f"all {len(index)} are ready.")


def _offer(declared: Sequence[Declaration]) -> Iterator[Finding]:
    try:
        typed.queries(declared)
    except typed.NameClash as clash:
        yield fail("models", f"{clash} The service does not start; rename one, or make one not public.")
    public = [found.name for found in declared if found.public]
    yield ok(
        "public models", f"{', '.join(public)}." if public else "none; only users whose plan names one may use it."
    )


def _line(text: str) -> str:
    """Triton's reasons have many lines, and paths; this is for the operator, who has Triton's log too."""
    return " ".join(text.split())[:200].rstrip(".")
