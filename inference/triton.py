"""The connection to Triton: calls with deadlines, and probes."""

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from time import perf_counter

import grpc
from tritonclient.grpc import model_config_pb2, service_pb2, service_pb2_grpc

import errors
from inference import refusals
from inference.tensors import Tensor
from inference.transports import grpc_streams
from inference.transports.grpc_calls import GrpcCalls
from inference.transports.grpc_streams import GrpcStreams
from inference.transports.http_calls import HttpCalls
from inference.transports.transport import CallFailed, Status, Transport
from settings import SettingsError
from telemetry import dependencies, loops, metrics, traces

logger = logging.getLogger(__name__)

_PROBE_INTERVAL = timedelta(seconds=0.5)
_PROBE_DEADLINE = timedelta(seconds=1)
# Transports enforce the deadline themselves; this covers one that does not.
_TURN_WITHIN = timedelta(seconds=2)
_ADMIN_DEADLINE = 5.0
_LOAD_DEADLINE = 120.0

# To find a label takes longer than to count.
_seconds = cache(metrics.TRITON_SECONDS.labels)

_NO_HEADERS: Mapping[str, str] = {}
# The text of the Python backend. An ensemble, or a model that calls models, adds text around it.
_PROCESS_DIED = re.compile(r"Stub process '([^']*)' is not healthy")
_ADDRESS = re.compile(r"(?:grpcs?://)?(?P<host>[^\s/:@]+|\[[0-9a-fA-F:.]+\]):(?P<port>\d{1,5})|unix:\S+")


class ProcessDied(Exception):
    """The process of a Python model died: of the called model, or of one that it calls. `processes` are the names."""

    def __init__(self, processes: frozenset[str]) -> None:
        self.processes = processes
        super().__init__(", ".join(sorted(processes)))


class Triton:
    """Shared by all requests of a process. `up` is the result of the last probes, None before the first one.

    `http_url` is for the calls of models; without it they go by gRPC, as all else does. Raises SettingsError for a
    malformed URL. `address` is for the log, where there are several.
    """

    def __init__(self, url: str, *, http_url: str = "", address: str = "", output_bytes: int) -> None:
        self.address = address
        self.title = f"Triton at {address}" if address else "Triton"
        self.up: bool | None = None
        self.probed = asyncio.Event()
        self.answered_probes = 0
        self._missed = 0
        self._channel = _channel(url, output_bytes)
        self._stub = service_pb2_grpc.GRPCInferenceServiceStub(self._channel)
        self._grpc = GrpcCalls(self._channel)
        self._http = HttpCalls(http_url, output_bytes=output_bytes) if http_url else None
        # Apart from the other calls: what a slow reader leaves unread must not hold them up.
        self._streams = GrpcStreams(_channel(url, output_bytes, *grpc_streams.OPTIONS), self._refusal)
        self._transports: list[Transport] = [self._grpc, *([self._http] if self._http else [])]
        self._output_bytes = output_bytes
        self._running = 0
        # Called after each call with one answer, if set: `when_answered` with the model, `when_failed` with the model
        # and the error. `when_failed` may raise another error in its place.
        self.when_answered: Callable[[str], None] | None = None
        self.when_failed: Callable[[str, Exception], None] | None = None

    @property
    def running(self) -> int:
        """Calls in flight, without streams."""
        return self._running

    @property
    def streaming(self) -> int:
        return self._streams.running

    @property
    def misses_probes(self) -> bool:
        return self._missed > 0

    async def aclose(self) -> None:
        await self._streams.aclose()
        for transport in self._transports:
            await transport.aclose()

    async def infer(
        self,
        model: str,
        version: str,
        *,
        inputs: Sequence[Tensor],
        outputs: Sequence[str],
        within: timedelta,
        by_grpc: bool = False,
        when_sent: Callable[[], None] | None = None,
    ) -> tuple[str, list[Tensor]]:
        """Returns the version that answered and its outputs. No `version` means the newest, no `outputs` all.

        `when_sent` is called when Triton has the whole request. With `by_grpc` the call does not go by HTTP, although
        there is an address for it.

        Raises ModelBusy, ModelUnavailable, DeadlineExceeded, BadRequest, ModelFailed, ProcessDied and WrongAnswer.
        """
        if self.up is False:
            raise _no_answer()
        http = None if by_grpc else self._http
        transport = http if http and http.carries(model, inputs) else self._grpc
        self._running += 1
        started = perf_counter()
        try:
            answer = await transport.infer(
                model,
                version,
                inputs=inputs,
                outputs=outputs,
                within=within,
                headers=traces.carried() if traces.are_sent else _NO_HEADERS,
                when_sent=when_sent,
            )
        except CallFailed as failed:
            raise self._failure(model, failed) from failed
        finally:
            self._running -= 1
            _seconds(model).observe(perf_counter() - started)
        if self.when_answered is not None:
            self.when_answered(model)
        return answer

    def stream(
        self,
        model: str,
        version: str,
        *,
        revivals: int,
        inputs: Sequence[Tensor],
        outputs: Sequence[str],
        within: timedelta,
    ) -> AsyncGenerator[tuple[str, list[Tensor]], None]:
        """The same for a call with any number of answers. Closing it cancels the call."""
        if self.up is False:
            raise _no_answer()
        return self._streams.stream(
            *(model, version, revivals), inputs=inputs, outputs=outputs, within=within, headers=traces.carried()
        )

    def drop_streams(self, model: str, *, begun_before: int) -> None:
        """Ends the streams that began before this number of revivals of the model."""
        self._streams.drop_calls(model, begun_before)

    async def watch(self) -> None:
        """Probes for ever. A server that misses two probes in a row is down, and its waiting calls fail.

        It misses one if one of its transports does: what the calls need is both.
        """
        by_http = f"by HTTP at {self._http.url}" if self._http else "by gRPC"
        logger.info("Models are called %s.", by_http)
        await loops.forever("triton", self._probe, every=self._pause, within=_TURN_WITHIN)

    async def _probe(self) -> None:
        live = False
        try:
            probes = [transport.is_live(within=_PROBE_DEADLINE) for transport in self._transports]
            live = all(await asyncio.gather(*probes))
        finally:
            self._missed = 0 if live else self._missed + 1
            self.answered_probes += live
            if self._missed != 1:
                self._set_up(up=live)

    def _pause(self) -> timedelta:
        """No pause after a first miss: the server is probed again at once."""
        return timedelta(0) if self._missed == 1 else _PROBE_INTERVAL

    async def is_live(self, *, within: timedelta) -> bool:
        """Live, not ready: one model that failed to load makes the whole server "not ready". Raises AioRpcError."""
        answer = await self._stub.ServerLive(service_pb2.ServerLiveRequest(), timeout=within.total_seconds())
        return bool(answer.live)

    async def index(self) -> list[service_pb2.RepositoryIndexResponse.ModelIndex]:
        """Every model and version the repository holds, with its state; raises grpc.aio.AioRpcError."""
        answer = await self._stub.RepositoryIndex(service_pb2.RepositoryIndexRequest(), timeout=_ADMIN_DEADLINE)
        return list(answer.models)

    async def config(self, model: str, version: str = "") -> model_config_pb2.ModelConfig:
        """Of the newest version if none is given. Raises grpc.aio.AioRpcError, also if no version is ready."""
        request = service_pb2.ModelConfigRequest(name=model, version=version)
        answer = await self._stub.ModelConfig(request, timeout=_ADMIN_DEADLINE)
        return answer.config

    async def statistics(self, model: str = "") -> list[service_pb2.ModelStatistics]:
        """Of each ready version, since it was loaded; of all models if none is given.

        Unlike the index, it includes models that were loaded from files in a load call. Raises grpc.aio.AioRpcError.
        """
        request = service_pb2.ModelStatisticsRequest(name=model)
        answer = await self._stub.ModelStatistics(request, timeout=_ADMIN_DEADLINE)
        return list(answer.model_stats)

    async def load(self, model: str, *, config: str | None = None) -> None:
        """With `config` as JSON; else with the configuration of its files, or of the last load call.

        Raises grpc.aio.AioRpcError, also if the server does not allow clients to load models.
        """
        load = service_pb2.RepositoryModelLoadRequest(model_name=model)
        if config is not None:
            load.parameters["config"].string_param = config
        await self._stub.RepositoryModelLoad(load, timeout=_LOAD_DEADLINE)

    async def reload(self, model: str) -> None:
        """Unloads and loads the model, and so the ensembles that use it. Raises grpc.aio.AioRpcError, as `load`."""
        unload = service_pb2.RepositoryModelUnloadRequest(model_name=model)
        await self._stub.RepositoryModelUnload(unload, timeout=_LOAD_DEADLINE)
        await self.load(model)

    def _set_up(self, *, up: bool) -> None:
        if up == self.up:
            return
        before, self.up = self.up, up
        self.probed.set()
        dependencies.log_change(logger, self.title, before=before, up=up)
        if not up:
            for transport in self._transports:
                transport.drop_calls()
            self._streams.drop_calls()

    def _failure(self, model: str, failed: CallFailed) -> Exception:
        # Not in `infer`: an error and a frame that names it refer to each other, and only the garbage collector would
        # free the inputs.
        refusal = self._refusal(model, failed)
        if self.when_failed is not None:
            self.when_failed(model, refusal)
        return refusal

    def _refusal(self, model: str, failed: CallFailed) -> Exception:
        status = failed.status
        # A server that misses its probes may not have worked on the call, so the caller does not pay for the time.
        if status is Status.DROPPED and self.up:
            return errors.ModelUnavailable(f"Model {model!r} was loaded again. Try again.")
        if status is Status.DROPPED or (status is Status.DEADLINE_EXCEEDED and self._missed):
            return _no_answer()
        if status is Status.DEADLINE_EXCEEDED:
            return errors.DeadlineExceeded(
                "The model did not answer in time. Raise `timeout`, or send less in one call."
            )
        if status is Status.TOO_LARGE:
            return errors.BadRequest(
                f"The outputs are larger than {self._output_bytes} bytes, the most that this service returns. Ask for "
                "fewer outputs, or send a smaller batch."
            )
        if status in (Status.INTERNAL, Status.UNKNOWN):
            if processes := frozenset(_PROCESS_DIED.findall(failed.details)):
                return ProcessDied(processes)
        return refusals.of(model, status, failed.details)


def _channel(url: str, output_bytes: int, *more: tuple[str, int]) -> grpc.aio.Channel:
    if not _ADDRESS.fullmatch(url):
        # gRPC accepts any text; a wrong one would look like a server that is down, and only at the first call.
        raise SettingsError(
            "GATEHOUSE_TRITON_URL must be HOST:PORT, grpc://HOST:PORT, grpcs://HOST:PORT (TLS) or unix:PATH, the "
            f"address of Triton's gRPC service, not {url!r}."
        )
    options = [
        ("grpc.max_send_message_length", -1),
        ("grpc.max_receive_message_length", output_bytes + 64 * 1024),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 5_000),
        # Connects within the promised 5 s of the server's return, instead of gRPC's two minutes.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 500),
        ("grpc.max_reconnect_backoff_ms", 1_000),
        *more,
    ]
    if url.startswith("grpcs://"):
        return grpc.aio.secure_channel(url.removeprefix("grpcs://"), grpc.ssl_channel_credentials(), options)
    return grpc.aio.insecure_channel(url.removeprefix("grpc://"), options)


def _no_answer() -> errors.ModelUnavailable:
    return errors.ModelUnavailable("The inference server does not answer. Try again in a few seconds.")
