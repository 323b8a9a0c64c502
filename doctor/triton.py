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
from inference.answers import WrongAnswer
from inference.declarations import Declaration, DeclarationError
from inference.transports.http_calls import HttpCalls
from inference.transports.transport import CallFailed
from inference.triton import Triton
from settings import Settings, SettingsError

_ANSWER_WITHIN = timedelta(seconds=4)

Entry: TypeAlias = service_pb2.RepositoryIndexResponse.ModelIndex


async def examine(settings: Settings) -> AsyncGenerator[Finding, None]:
    try:
        triton = Triton(settings.triton_url, output_bytes=settings.output_bytes)
    except SettingsError as error:
        yield fail("Triton", str(error))
        return
    try:
        yield await _server(triton)
        index = _by_name(await triton.index())
        for finding in readiness(index):
            yield finding
        ready = [name for name, entries in index.items() if any(entry.state == "READY" for entry in entries)]
        for name in await _unlisted(triton, index):
            ready.append(name)
            yield warn(
                "model",
                f"{name!r} came with its files in a load call. If its process dies, or Triton restarts, load it again "
                "in the same way: only that brings it back.",
            )
        async for finding in _models(triton, ready):
            yield finding
        if settings.triton_http_url:
            yield await _http(settings, index)
    except grpc.aio.AioRpcError as error:
        yield fail("Triton", f"it does not answer at GATEHOUSE_TRITON_URL: {_why(error)}.")
    finally:
        await triton.aclose()


async def _models(triton: Triton, ready: Sequence[str]) -> AsyncGenerator[Finding, None]:
    declared: list[Declaration] = []
    for name in ready:
        try:
            declared.append(Declaration.from_config(await triton.config(name)))
        except DeclarationError as error:
            yield fail("model", f"{error} It is not served; mend its config.pbtxt.")
    for finding in served(declared):
        yield finding


async def _server(triton: Triton) -> Finding:
    # Not whether the server is ready: after one failed load of a model it never reports ready again, even if the model
    # has been repaired. `readiness` examines each model. The first call opens the connection.
    for _ in range(2):
        started_at = time.perf_counter()
        await triton.is_live(within=_ANSWER_WITHIN)
    return ok("Triton", f"answers in {(time.perf_counter() - started_at) * 1000:.1f} ms.")


async def _http(settings: Settings, index: Mapping[str, Sequence[Entry]]) -> Finding:
    name = "GATEHOUSE_TRITON_HTTP_URL"
    try:
        http = HttpCalls(settings.triton_http_url, output_bytes=settings.output_bytes)
    except SettingsError as error:
        return fail("Triton by HTTP", str(error))
    try:
        if not await http.is_live(within=_ANSWER_WITHIN):
            return fail("Triton by HTTP", f"it does not answer at {name}, so that no model can be called.")
        found = sorted(await http.index(within=_ANSWER_WITHIN))
    except (CallFailed, WrongAnswer):
        return warn("Triton by HTTP", f"it answers at {name} but does not list its models there.")
    finally:
        await http.aclose()
    if found != sorted((entry.name, entry.version) for entries in index.values() for entry in entries):
        return fail("Triton by HTTP", f"{name} and GATEHOUSE_TRITON_URL are of servers with different models.")
    return ok("Triton by HTTP", "it answers and has the same models.")


def _why(error: grpc.aio.AioRpcError) -> str:
    """Without the error's details: they may hold paths and pieces of code."""
    match error.code():
        case grpc.StatusCode.UNAVAILABLE:
            return "nothing answers there"
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return "no reply in time"
    return str(error.code().name)


def _by_name(index: Sequence[Entry]) -> dict[str, list[Entry]]:
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(index, key=lambda entry: (entry.name, entry.version)):
        found[entry.name].append(entry)
    return found


def readiness(index: Mapping[str, Sequence[Entry]]) -> Iterator[Finding]:
    if not index:
        yield fail("models", "the repository is empty: Triton has nothing to serve.")
        return
    for name, entries in index.items():
        idle = [entry for entry in entries if entry.state != "READY"]
        for entry in idle:
            version = f" version {entry.version}" if entry.version else ""
            why = f"{entry.state or 'not loaded'}{f' ({_line(entry.reason)})' if entry.reason else ''}"
            said = f"{name!r}{version} is not ready: {why}."
            # Another version of the model is served.
            yield warn("model", said) if len(idle) < len(entries) else fail("model", said)
    if all(entry.state == "READY" for entries in index.values() for entry in entries):
        yield ok("models", f"all {len(index)} are ready.")


async def _unlisted(triton: Triton, index: Mapping[str, Sequence[Entry]]) -> list[str]:
    """Models that Triton serves and does not list. Empty where it requires a key for statistics."""
    try:
        return sorted({version.name for version in await triton.statistics()} - index.keys())
    except grpc.aio.AioRpcError:
        return []


def served(declared: Sequence[Declaration]) -> Iterator[Finding]:
    try:
        typed.models(declared)
    except typed.NameClash as clash:
        yield fail("models", f"{clash} The service does not start; rename one, or make one not public.")
    public = [found.name for found in declared if found.public]
    others = [found.name for found in declared if not found.public]
    yield ok(
        "public models", f"{', '.join(public)}." if public else "none; only users whose plan names one may use it."
    )
    if others:
        yield ok(
            "other models",
            f"{', '.join(others)}. Only users whose plan names such a model see it; to open it to all callers add "
            'gatehouse.public = "true" to its config.pbtxt.',
        )


def _line(text: str) -> str:
    """Triton's reasons have many lines, and paths; this is for the operator, who has Triton's log too."""
    return " ".join(text.split())[:200].rstrip(".")
