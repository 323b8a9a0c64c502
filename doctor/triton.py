"""Triton: that it answers, and that its models can be served."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeAlias

import grpc
from tritonclient.grpc import service_pb2

from doctor.findings import Finding, fail, ok, warn
from graph import typed
from inference import catalogue
from inference.answers import WrongAnswer
from inference.catalogue import Model
from inference.declarations import Declaration, DeclarationError
from inference.transports.http_calls import HttpCalls
from inference.transports.transport import CallFailed
from inference.triton import Triton
from settings import Settings, SettingsError

_ANSWER_WITHIN = timedelta(seconds=4)
# Less than the doctor gives all of them, so that the others are shown where one hangs.
_LOOK_WITHIN = timedelta(seconds=4.5)

Entry: TypeAlias = service_pb2.RepositoryIndexResponse.ModelIndex


@dataclass
class _Look:
    """What one Triton has. `index` is None where it could not be read."""

    findings: list[Finding] = field(default_factory=list)
    index: Mapping[str, Sequence[Entry]] | None = None
    models: dict[str, Model] = field(default_factory=dict)


async def examine(settings: Settings) -> AsyncGenerator[Finding, None]:
    urls = settings.triton_url
    within = _LOOK_WITHIN.total_seconds() if len(urls) > 1 else None
    looks = await asyncio.gather(*(_look(url, settings, within) for url in urls))
    for url, look in zip(urls, looks, strict=True):
        for finding in look.findings:
            yield _of(url, finding, among=urls)
    if any(look.index is not None for look in looks):
        for finding in _joined(urls, looks):
            yield finding
    pairs = list(zip(urls, settings.triton_http_url, looks, strict=True)) if settings.triton_http_url else []
    for url, http_url, look in pairs:
        if look.index is not None:
            yield _of(url, await _http(http_url, settings, look.index), among=urls)


def _of(url: str, finding: Finding, *, among: Sequence[str]) -> Finding:
    """With the address in its subject, where there are several."""
    return replace(finding, subject=f"{finding.subject} at {url}") if len(among) > 1 else finding


async def _look(url: str, settings: Settings, within: float | None) -> _Look:
    look = _Look()
    try:
        triton = Triton(url, output_bytes=settings.output_bytes)
    except SettingsError as error:
        look.findings.append(fail("Triton", str(error)))
        return look
    try:
        async with asyncio.timeout(within):
            await _read(triton, look)
    except TimeoutError:
        look.findings.append(fail("Triton", "it does not show its models in time."))
    except grpc.aio.AioRpcError as error:
        look.findings.append(fail("Triton", f"it does not answer at GATEHOUSE_TRITON_URL: {_why(error)}."))
    finally:
        await triton.aclose()
    return look


async def _read(triton: Triton, look: _Look) -> None:
    look.findings.append(await _server(triton))
    index = look.index = _by_name(await triton.index())
    look.findings += readiness(index)
    ready = {name: _newest(entries) for name, entries in index.items() if _newest(entries)}
    for name, version in await _unlisted(triton, index):
        ready[name] = version
        warning = (
            f"{name!r} came with its files in a load call. If its process dies, or Triton restarts, load it again "
            "in the same way: only that brings it back."
        )
        look.findings.append(warn("model", warning))
    for name, version in ready.items():
        try:
            declaration = Declaration.from_config(await triton.config(name))
        except DeclarationError as error:
            look.findings.append(fail("model", f"{error} It is not served; mend its config.pbtxt."))
        else:
            look.models[name] = Model(declaration, (version,), (version,), {version: declaration})


def _newest(entries: Sequence[Entry]) -> str:
    """The newest version that is ready, or nothing."""
    return max((entry.version for entry in entries if entry.state == "READY"), key=int, default="")


def _joined(urls: Sequence[str], looks: Sequence[_Look]) -> Iterator[Finding]:
    """Of the models of all together."""
    found = catalogue.joined([look.models for look in looks])
    for name, joined in found.items():
        for number, what in joined.differing.items():
            yield warn(
                "model",
                f"{name!r} is declared differently at {urls[number]} than at {urls[joined.hosts[0]]} ({what}). It is "
                "called at the latter, and at the former once both declare it alike.",
            )
    yield from served([joined.model.declaration for joined in found.values()])


async def _server(triton: Triton) -> Finding:
    # Not whether the server is ready: after one failed load of a model it never reports ready again, even if the model
    # has been repaired. `readiness` examines each model. The first call opens the connection.
    for _ in range(2):
        started_at = time.perf_counter()
        await triton.is_live(within=_ANSWER_WITHIN)
    return ok("Triton", f"answers in {(time.perf_counter() - started_at) * 1000:.1f} ms.")


async def _http(url: str, settings: Settings, index: Mapping[str, Sequence[Entry]]) -> Finding:
    name = "GATEHOUSE_TRITON_HTTP_URL"
    try:
        http = HttpCalls(url, output_bytes=settings.output_bytes)
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


async def _unlisted(triton: Triton, index: Mapping[str, Sequence[Entry]]) -> list[tuple[str, str]]:
    """Models that Triton serves and does not list, with their newest version. Empty where it requires a key for
    statistics."""
    try:
        statistics = await triton.statistics()
    except grpc.aio.AioRpcError:
        return []
    loaded = sorted((one.name, int(one.version)) for one in statistics if one.name not in index)
    return [(name, str(version)) for name, version in dict(loaded).items()]


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
