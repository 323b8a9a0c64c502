"""Traces, sent by OTLP where a collector is named; without one a span costs almost nothing.

An operation or an email begins a trace, and what is done for it goes on with it. What a process does by itself, each
second, begins none: it would bury the others. No span holds what was sent, answered, or said by an exception.
"""

import logging
import os
import platform
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import Context
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from opentelemetry import context, trace

from settings import Settings, SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

logger = logging.getLogger(__name__)

_FLUSH_WITHIN = timedelta(seconds=2)
# Of one try, in a thread that only the end of the process waits for.
_EXPORT_WITHIN = timedelta(seconds=1.5)
_EXPORT_EVERY = timedelta(seconds=1)
_NANOSECONDS = 1_000_000_000

_NOTHING = nullcontext()
_tracer: "trace.Tracer | None" = None
# Whether a collector is named. What is done for each request asks this first.
are_sent = False
T = TypeVar("T")


@contextmanager
def sending(settings: Settings, *, role: str) -> Iterator[None]:
    """For the life of a process; what is left then has two seconds. Raises SettingsError."""
    global _tracer, are_sent
    if not settings.traces_url:
        yield
        return
    exporter = _exporter(settings.traces_url)
    provider = _provider(settings, role, exporter)
    _tracer, are_sent = provider.get_tracer("gatehouse"), True
    try:
        yield
    finally:
        _tracer, are_sent = None, False
        # The library's own deadline is longer; without its channel it gives up at once.
        alarm = threading.Timer(_FLUSH_WITHIN.total_seconds(), exporter.shutdown)
        alarm.start()
        provider.shutdown()
        alarm.cancel()


def beginning(name: str, **attributes: str | int) -> AbstractContextManager[None]:
    """A trace of its own, whatever trace a caller says it belongs to."""
    if _tracer is None:
        return _NOTHING
    return _current(_tracer.start_span(name, context.Context(), attributes=attributes))


def span(name: str, **attributes: str | int) -> AbstractContextManager[None]:
    """A part of what is traced, if anything is."""
    if _tracer is None or not is_recording():
        return _NOTHING
    return _current(_tracer.start_span(name, attributes=attributes))


def begun(name: str, work: Coroutine[Any, Any, T], **attributes: str | int) -> Coroutine[Any, Any, T]:
    """`work`, with a trace of its own."""
    return _within(beginning(name, **attributes), work)


def within(name: str, work: Coroutine[Any, Any, T], **attributes: str | int) -> Coroutine[Any, Any, T]:
    """`work`, as a part of what is traced."""
    return _within(span(name, **attributes), work)


def ended(name: str, seconds: float, **attributes: str | int) -> None:
    """The same for what took so long until now."""
    if _tracer is not None and is_recording():
        now = time.time_ns()
        started_at = now - int(seconds * _NANOSECONDS)
        _tracer.start_span(name, attributes=attributes, start_time=started_at).end(now)


def is_recording() -> bool:
    return _tracer is not None and trace.get_current_span().is_recording()


def rename(name: str) -> None:
    """The span that goes on, when more is known of it."""
    if _tracer is not None:
        trace.get_current_span().update_name(name)


def note(**attributes: str | int) -> None:
    if _tracer is not None:
        trace.get_current_span().set_attributes(attributes)


def carried() -> Mapping[str, str]:
    """Headers with which the called server continues this trace, as W3C's Trace Context has them."""
    if not is_recording():
        return {}
    here = trace.get_current_span().get_span_context()
    return {"traceparent": f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"}


def apart() -> Context:
    """A context in which nothing is set but the trace that goes on."""
    alone = Context()
    if _tracer is not None:
        alone.run(context.attach, trace.set_span_in_context(trace.get_current_span(), context.Context()))
    return alone


async def _within(around: AbstractContextManager[None], work: Coroutine[Any, Any, T]) -> T:
    try:
        with around:
            return await work
    finally:
        work.close()


@contextmanager
def _current(one: "trace.Span") -> Iterator[None]:
    # Not the exception's message: it may quote what a client sent.
    with trace.use_span(one, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield
        except BaseException as error:
            one.set_status(trace.StatusCode.ERROR)
            one.set_attribute("error", type(error).__name__)
            raise


def _provider(settings: Settings, role: str, exporter: "SpanExporter") -> "TracerProvider":
    from importlib.metadata import version

    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

    facts = {
        "service.name": "gatehouse",
        "service.version": version("gatehouse"),
        "service.instance.id": f"{platform.node()}/{os.getpid()}",
        "gatehouse.role": role,
    }
    provider = TracerProvider(
        sampler=TraceIdRatioBased(settings.traces_percent / 100),
        resource=Resource.create(facts),
        shutdown_on_exit=False,
    )
    every = _EXPORT_EVERY.total_seconds() * 1000
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=every))
    return provider


def _exporter(url: str) -> "SpanExporter":
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class Exporter(SpanExporter):
        """Logs once that the collector does not answer, and once that it answers again."""

        def __init__(self) -> None:
            self._inner = OTLPSpanExporter(
                endpoint=url, insecure=url.startswith("http://"), timeout=_EXPORT_WITHIN.total_seconds()
            )
            self._works = True

        def export(self, spans: "Sequence[ReadableSpan]") -> "SpanExportResult":
            result = self._inner.export(spans)
            works = result is SpanExportResult.SUCCESS
            if works and not self._works:
                logger.info("The collector accepts traces again.")
            elif self._works and not works:
                logger.warning("The collector does not accept traces. They are lost until it does.")
            self._works = works
            return result

        def shutdown(self) -> None:
            self._inner.shutdown()

    _check(url)
    # The library speaks at each try; that traces are lost is said once, above.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    return Exporter()


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.path in ("", "/")
        if is_address and parts.port != 0 and "@" not in parts.netloc:
            return
    except ValueError as error:
        raise SettingsError(_HOW_TO) from error
    raise SettingsError(_HOW_TO)


_HOW_TO = "GATEHOUSE_TRACES_URL must be http://HOST:PORT, or https://HOST:PORT with TLS, of an OTLP service over gRPC."
