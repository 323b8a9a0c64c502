"""The one channel to Triton: calls with deadlines, a bound on those in flight, and whether it answers."""

import asyncio
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import ParamSpec, TypeVar

import grpc
from tritonclient.grpc import model_config_pb2, service_pb2, service_pb2_grpc

import errors
from inference.declarations import Datatype
from inference.tensors import Tensor
from settings import SettingsError
from telemetry import loops, metrics, traces

logger = logging.getLogger(__name__)

_PROBE_INTERVAL = timedelta(seconds=0.5)
_PROBE_DEADLINE = 1.0
# gRPC keeps the deadline itself; this is for a channel that has forgotten it.
_TURN_WITHIN = timedelta(seconds=2)
_ADMIN_DEADLINE = 5.0
_LOAD_DEADLINE = 120.0
_INFER = "/inference.GRPCInferenceService/ModelInfer"

# As the Python backend says it, and nothing around it: a model that repeats its input in an error has to repeat all of
# this, and then gets no more than a reload.
_STUB_DIED = re.compile(r"Stub process '[^']*' is not healthy\.?")
_ADDRESS = re.compile(r"(?:grpcs?://)?(?P<host>[^\s/:@]+|\[[0-9a-fA-F:.]+\]):(?P<port>\d{1,5})|unix:\S+")

# A message larger than this is written and read in a thread: each step copies all of it.
_LARGE_BYTES = 1024**2
# Each has two more copies of the message for a moment.
_LARGE_AT_ONCE = 2

_Call = grpc.aio.UnaryUnaryCall[bytes, bytes]
_Given = ParamSpec("_Given")
_Done = TypeVar("_Done")


class StubDied(Exception):
    """The process that runs a Python model is gone; Triton goes on calling the model ready."""


class Triton:
    """Shared by all requests of a process. `up` is what the last probes saw, None before the first.

    Raises SettingsError for a URL that is none.
    """

    def __init__(self, url: str, *, places: int, output_bytes: int) -> None:
        self.up: bool | None = None
        self.probed = asyncio.Event()
        self._missed = 0
        self._channel = _channel(url, output_bytes)
        self._stub = service_pb2_grpc.GRPCInferenceServiceStub(self._channel)
        # The stub's own method would write and read messages on the event loop, however large.
        self._infer: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(
            _INFER, request_serializer=None, response_deserializer=None
        )
        self._output_bytes = output_bytes
        self._places = places
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)
        self._running: set[_Call] = set()
        self._missed = 0
        metrics.TRITON_PLACES.set(places)

    async def aclose(self) -> None:
        await self._channel.close(grace=None)

    async def infer(
        self, model: str, version: str, *, inputs: Sequence[Tensor], outputs: Sequence[str], within: timedelta
    ) -> tuple[str, list[Tensor]]:
        """The version that answered and its outputs. No `version` means the newest, no `outputs` all.

        Raises ModelBusy, ModelUnavailable, DeadlineExceeded, BadRequest, ModelFailed and StubDied.
        """
        if self.up is False:
            raise _no_answer()
        size = sum(len(tensor.raw) for tensor in inputs)
        request = await self._aside(size, _request, model, version, inputs, outputs)
        with self._place_for(request, within) as call, metrics.TRITON_SECONDS.labels(model).time():
            try:
                answer = await call
            except grpc.aio.AioRpcError as error:
                raise self._refusal(model, error) from error
            except asyncio.CancelledError:
                if _this_task_is_cancelled():
                    raise
                raise _no_answer() from None
        return await self._aside(len(answer), _answer, answer)

    async def watch(self) -> None:
        """Probe for ever. A server that misses two probes in a row is down: calls that wait for it fail then."""
        await loops.forever("triton", self._probe, every=self._pause, within=_TURN_WITHIN)

    async def _probe(self) -> None:
        live = False
        try:
            live = await self._is_live()
        finally:
            self._missed = 0 if live else self._missed + 1
            if self._missed != 1:
                self._see(up=live)

    def _pause(self) -> timedelta:
        """After a first miss it is asked again at once."""
        return timedelta(0) if self._missed == 1 else _PROBE_INTERVAL

    async def index(self) -> list[service_pb2.RepositoryIndexResponse.ModelIndex]:
        """Every model and version the repository holds, with its state; raises grpc.aio.AioRpcError."""
        answer = await self._stub.RepositoryIndex(service_pb2.RepositoryIndexRequest(), timeout=_ADMIN_DEADLINE)
        return list(answer.models)

    async def config(self, model: str) -> model_config_pb2.ModelConfig:
        """Raises grpc.aio.AioRpcError, also where no version of the model is ready."""
        answer = await self._stub.ModelConfig(service_pb2.ModelConfigRequest(name=model), timeout=_ADMIN_DEADLINE)
        return answer.config

    async def failures(self, model: str) -> int:
        """How many calls of the model failed since it was loaded; raises grpc.aio.AioRpcError."""
        request = service_pb2.ModelStatisticsRequest(name=model)
        answer = await self._stub.ModelStatistics(request, timeout=_ADMIN_DEADLINE)
        return sum(version.inference_stats.fail.count for version in answer.model_stats)

    async def reload(self, model: str) -> None:
        """Raises grpc.aio.AioRpcError, also where the server does not let clients load models."""
        unload = service_pb2.RepositoryModelUnloadRequest(model_name=model)
        await self._stub.RepositoryModelUnload(unload, timeout=_LOAD_DEADLINE)
        load = service_pb2.RepositoryModelLoadRequest(model_name=model)
        await self._stub.RepositoryModelLoad(load, timeout=_LOAD_DEADLINE)

    async def _aside(
        self, size: int, work: Callable[_Given, _Done], *given: _Given.args, **named: _Given.kwargs
    ) -> _Done:
        if size <= _LARGE_BYTES:
            return work(*given, **named)
        async with self._large:
            return await asyncio.to_thread(work, *given, **named)

    @contextmanager
    def _place_for(self, request: bytes, within: timedelta) -> Iterator[_Call]:
        if len(self._running) >= self._places:
            raise errors.ModelBusy()
        call = self._infer(request, timeout=within.total_seconds(), metadata=tuple(traces.carried().items()))
        self._running.add(call)
        try:
            with metrics.TRITON_RUNNING.track_inprogress():
                yield call
        finally:
            self._running.discard(call)

    async def _is_live(self) -> bool:
        # Live, not ready: one model that failed to load makes a server "not ready" for all others too.
        try:
            answer = await self._stub.ServerLive(service_pb2.ServerLiveRequest(), timeout=_PROBE_DEADLINE)
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.live)

    def _see(self, *, up: bool) -> None:
        if up == self.up:
            return
        self.up = up
        self.probed.set()
        logger.warning("Triton answers." if up else "Triton does not answer.")
        if not up:
            for call in tuple(self._running):
                call.cancel()

    def _refusal(self, model: str, error: grpc.aio.AioRpcError) -> Exception:
        # Triton's own words are logged, as the cause, and never shown: they hold paths and pieces of code.
        code, details = error.code(), error.details() or ""
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            # Of a server that misses its probes nobody knows whether it worked: that is no time the caller has used.
            return _no_answer() if self._missed else errors.DeadlineExceeded("The model did not answer in time.")
        if code is grpc.StatusCode.INVALID_ARGUMENT:
            return errors.ModelRefused(model, reason=details)
        if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
            return errors.BadRequest(
                f"The outputs are larger than the {self._output_bytes} bytes this service passes on."
            )
        if "Exceeds maximum queue size" in details:
            return errors.ModelBusy()
        if code is grpc.StatusCode.INTERNAL and _STUB_DIED.fullmatch(details.strip()):
            return StubDied(model)
        if code in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN):
            return errors.ModelFailed(model)
        return errors.ModelUnavailable(f"Model {model!r} is not available. Try again in a few seconds.")


def _channel(url: str, output_bytes: int) -> grpc.aio.Channel:
    if not _ADDRESS.fullmatch(url):
        # gRPC itself takes any text, and says only at the first call, as of a server that is down, that it is wrong.
        raise SettingsError(
            "GATEHOUSE_TRITON_URL must be HOST:PORT, grpc://HOST:PORT, grpcs://HOST:PORT (TLS) or unix:PATH, the "
            f"address of Triton's gRPC service, not {url!r}."
        )
    options = [
        ("grpc.max_send_message_length", -1),
        ("grpc.max_receive_message_length", output_bytes + 64 * 1024),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 5_000),
        # Back within the promised 5 s of the server's return, instead of gRPC's two minutes.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 500),
        ("grpc.max_reconnect_backoff_ms", 1_000),
    ]
    if url.startswith("grpcs://"):
        return grpc.aio.secure_channel(url.removeprefix("grpcs://"), grpc.ssl_channel_credentials(), options)
    return grpc.aio.insecure_channel(url.removeprefix("grpc://"), options)


def _request(model: str, version: str, inputs: Sequence[Tensor], outputs: Sequence[str]) -> bytes:
    message = service_pb2.ModelInferRequest
    request = message(
        model_name=model,
        model_version=version,
        inputs=[
            message.InferInputTensor(name=tensor.name, datatype=tensor.datatype, shape=tensor.shape)
            for tensor in inputs
        ],
        outputs=[message.InferRequestedOutputTensor(name=name) for name in outputs],
        raw_input_contents=[tensor.raw for tensor in inputs],
    )
    return bytes(request.SerializeToString())


def _answer(message: bytes) -> tuple[str, list[Tensor]]:
    answer = service_pb2.ModelInferResponse.FromString(message)
    return answer.model_version, [
        Tensor(name=output.name, datatype=Datatype(output.datatype), shape=tuple(output.shape), raw=raw)
        for output, raw in zip(answer.outputs, answer.raw_output_contents, strict=True)
    ]


def _this_task_is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _no_answer() -> errors.ModelUnavailable:
    return errors.ModelUnavailable("The inference server does not answer. Try again in a few seconds.")
