"""Streams: how long the first chunk takes beside Triton's own, and the memory of many chunks and of many streams."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from statistics import median

import grpc
import orjson
import psutil
import uvloop
from tritonclient.grpc import service_pb2

from benchmarks import stage
from tests.events import EVENTS, TICKS, ticks
from tests.service import Service

_CALLS, _WARM = 400, 100
_CHUNKS = 10_000
_STREAMS = 200
_STREAM = "/inference.GRPCInferenceService/ModelStreamInfer"
_INDEX = re.compile(rb'"index":(\d+),.{0,200}?"values":\[(\d+)\]')
_MB = 1024**2


def main() -> None:
    with stage.service() as service:
        uvloop.run(_measure(service))


async def _measure(service: Service) -> None:
    process = psutil.Process(service.pid)
    busy = _busy(process)
    own, ours = await _first_chunks(service)
    busy = _busy(process) - busy
    print(f"First chunk of a stream, {_CALLS} calls of each, turn by turn, one at a time:\n")
    print("| | p50 in ms | p95 in ms |\n|---|---|---|")
    for name, times in (("Triton, by gRPC", own), ("Gatehouse, by server-sent events", ours)):
        print(f"| {name} | {median(times) * 1000:.2f} | {sorted(times)[int(len(times) * 0.95)] * 1000:.2f} |")
    print(f"\nGatehouse adds {(median(ours) - median(own)) * 1000:.2f} ms (p50).", flush=True)
    print(f"A stream of one chunk takes {busy / (_CALLS + _WARM) * 1000:.2f} ms of processor time.\n", flush=True)
    await _many_chunks(service, _CHUNKS // 10)
    before, started = process.memory_info().rss, time.perf_counter()
    numbers = await _many_chunks(service, _CHUNKS)
    took, after = time.perf_counter() - started, process.memory_info().rss
    exact = numbers == [(number, number) for number in range(_CHUNKS)]
    print(
        f"{len(numbers):,} chunks, in order and exact: {exact}. {len(numbers) / took:,.0f} a second; "
        f"{(after - before) / _MB:+.1f} MB.",
        flush=True,
    )
    before = process.memory_info().rss
    async with AsyncExitStack() as open_streams:
        for _ in range(_STREAMS):
            await open_streams.enter_async_context(_begun(service))
        after = process.memory_info().rss
    print(f"{_STREAMS} idle streams: {(after - before) / _MB:+.1f} MB.")


def _busy(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


async def _first_chunks(service: Service) -> tuple[Sequence[float], Sequence[float]]:
    """Seconds of Triton's own, and of the service."""
    reader, writer = await asyncio.open_connection(service.host, service.port)
    sent, asked = _http_request(1), _triton_request().SerializeToString()
    own, ours = [], []
    async with grpc.aio.insecure_channel(service.settings["GATEHOUSE_TRITON_URL"]) as channel:
        call = channel.unary_stream(_STREAM, request_serializer=None, response_deserializer=None)
        for number in range(_CALLS + _WARM):
            started = time.perf_counter()
            stream = call(asked)
            await stream.read()
            took = [time.perf_counter() - started]
            while isinstance(await stream.read(), bytes):
                pass
            started = time.perf_counter()
            writer.write(sent)
            await reader.readuntil(b'"index":0')
            took.append(time.perf_counter() - started)
            await reader.readuntil(b"\r\n0\r\n\r\n")
            if number >= _WARM:
                own.append(took[0])
                ours.append(took[1])
    writer.close()
    return own, ours


async def _many_chunks(service: Service, count: int) -> list[tuple[int, int]]:
    """The index and the first value of each chunk."""
    reader, writer = await asyncio.open_connection(service.host, service.port)
    writer.write(_http_request(count))
    body = bytearray()
    while not body.endswith(b"\r\n0\r\n\r\n"):
        body += await reader.read(_MB)
    writer.close()
    return [(int(index), int(value)) for index, value in _INDEX.findall(body)]


@asynccontextmanager
async def _begun(service: Service) -> AsyncIterator[None]:
    """A stream on which nothing happens after its first heartbeat."""
    reader, writer = await asyncio.open_connection(service.host, service.port)
    writer.write(_http_request(1, milliseconds=300_000))
    await reader.readuntil(b":\n\n")
    yield
    writer.close()


def _http_request(count: int, **others: int) -> bytes:
    body = orjson.dumps({"query": TICKS, "variables": {"inputs": ticks(count, **others)}})
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept: {EVENTS}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _triton_request() -> service_pb2.ModelInferRequest:
    message = service_pb2.ModelInferRequest
    count = message.InferInputTensor(name="COUNT", datatype="INT32", shape=[1])
    return message(model_name="ticking", inputs=[count], raw_input_contents=[(1).to_bytes(4, "little")])
