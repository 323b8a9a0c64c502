"""A collector of traces, which keeps what it is sent."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)

from tests.mails import until
from tests.service import free_port

Tree = Mapping[str, Sequence["Tree"]]


@dataclass(frozen=True)
class Span:
    trace_id: str
    id: str
    parent: str
    name: str
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]


class Collector(TraceServiceServicer):
    """OTLP over gRPC, at an address of its own."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.spans: list[Span] = []
        self._server: grpc.Server | None = None

    def start(self) -> None:
        self._server = grpc.server(ThreadPoolExecutor(2))
        add_TraceServiceServicer_to_server(self, self._server)
        assert self._server.add_insecure_port(f"127.0.0.1:{self.port}") == self.port
        self._server.start()

    def stop(self) -> None:
        assert self._server is not None
        self._server.stop(None).wait()

    @contextmanager
    def running(self) -> Iterator[Self]:
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def Export(self, request: ExportTraceServiceRequest, context: grpc.ServicerContext) -> ExportTraceServiceResponse:
        for of_resource in request.resource_spans:
            resource = _plain(of_resource.resource.attributes)
            for of_scope in of_resource.scope_spans:
                self.spans.extend(_read(span, resource) for span in of_scope.spans)
        return ExportTraceServiceResponse()

    async def trace_of(self, request_id: str) -> list[Span]:
        """What one operation was, once it has arrived; the span that it is as a whole is the last to end."""
        found: list[Span] = []

        def arrived() -> bool:
            found[:] = [span for span in self.spans if span.attributes.get("request_id") == request_id]
            return bool(found)

        await until(arrived)
        return [span for span in self.spans if span.trace_id == found[0].trace_id]


def tree(spans: Sequence[Span]) -> Tree:
    """Names below names, in the order of the alphabet."""
    below: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans:
        below[span.parent].append(span)

    def of(span: Span) -> Tree:
        return {span.name: [of(child) for child in sorted(below[span.id], key=lambda child: child.name)]}

    (root,) = below[""]
    return of(root)


def _read(span: Any, resource: Mapping[str, Any]) -> Span:
    return Span(
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.name,
        _plain(span.attributes),
        resource,
    )


def _plain(attributes: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in attributes}
