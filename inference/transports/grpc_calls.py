"""Calls of models by gRPC. Triton learns of a call's deadline and of its cancellation."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import ParamSpec, TypeVar

import grpc
from tritonclient.grpc import service_pb2, service_pb2_grpc

from inference.answers import WrongAnswer
from inference.declarations import Datatype
from inference.tensors import Tensor
from inference.transports.transport import CallFailed, Status

_INFER = "/inference.GRPCInferenceService/ModelInfer"
# Larger messages are serialised and parsed in a thread, because each step copies all of the message.
_LARGE_BYTES = 1024**2
# Each has two more copies of the message for a short time.
_LARGE_AT_ONCE = 2
_DATATYPES = {datatype.value: datatype for datatype in Datatype}
_STATUSES = {
    grpc.StatusCode.INVALID_ARGUMENT: Status.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND: Status.NOT_FOUND,
    grpc.StatusCode.UNIMPLEMENTED: Status.UNIMPLEMENTED,
    grpc.StatusCode.INTERNAL: Status.INTERNAL,
    grpc.StatusCode.UNKNOWN: Status.UNKNOWN,
    grpc.StatusCode.ALREADY_EXISTS: Status.ALREADY_EXISTS,
    grpc.StatusCode.CANCELLED: Status.CANCELLED,
    grpc.StatusCode.UNAVAILABLE: Status.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED: Status.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Status.TOO_LARGE,
}
# How gRPC's own text begins where it had no connection for a call. Nothing else tells such a call from one that broke.
_UNSENT = ("failed to connect to all addresses", "DNS resolution failed")

_Call = grpc.aio.UnaryUnaryCall[bytes, bytes]
_Given = ParamSpec("_Given")
_Done = TypeVar("_Done")


class GrpcCalls:
    """A Transport over a channel, which it closes. The channel limits the size of an answer."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel
        self._stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        # The stub's own method would serialise and parse all messages on the event loop, however large.
        self._infer: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            _INFER, request_serializer=None, response_deserializer=None
        )
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)
        self._running: set[_Call] = set()

    async def infer(
        self,
        model: str,
        version: str,
        *,
        inputs: Sequence[Tensor],
        outputs: Sequence[str],
        within: timedelta,
        headers: Mapping[str, str],
        when_sent: Callable[[], None] | None = None,
    ) -> tuple[str, list[Tensor]]:
        size = sum(len(tensor.raw) for tensor in inputs)
        sent = await self._aside(size, _written_request, model, version, inputs, outputs)
        call = self._infer(sent, timeout=within.total_seconds(), metadata=(*headers.items(),))
        if when_sent is not None:
            # gRPC does not say when it has written a message.
            when_sent()
        answer = await self._answer(call)
        return await self._aside(len(answer), read_answer, answer)

    async def is_live(self, *, within: timedelta) -> bool:
        try:
            answer = await self._stub.ServerLive(service_pb2.ServerLiveRequest(), timeout=within.total_seconds())
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.live)

    def drop_calls(self) -> None:
        for call in tuple(self._running):
            call.cancel()

    async def aclose(self) -> None:
        await self._channel.close(grace=None)

    async def _answer(self, call: _Call) -> bytes:
        self._running.add(call)
        try:
            return await answered(call)
        finally:
            self._running.discard(call)

    async def _aside(
        self, size: int, work: Callable[_Given, _Done], *given: _Given.args, **named: _Given.kwargs
    ) -> _Done:
        if size <= _LARGE_BYTES:
            return work(*given, **named)
        async with self._large:
            return await asyncio.to_thread(work, *given, **named)


async def answered(message: Awaitable[_Done]) -> _Done:
    """A message of a call. Raises CallFailed, with DROPPED if the call was cancelled by other code than this task's."""
    try:
        return await message
    except grpc.aio.AioRpcError as error:
        status, details = _STATUSES.get(error.code(), Status.OTHER), error.details() or ""
        was_sent = status is not Status.UNAVAILABLE or not details.startswith(_UNSENT)
        raise CallFailed(status, details, was_sent=was_sent) from error
    except asyncio.CancelledError:
        if _this_task_is_cancelled():
            raise
        raise CallFailed(Status.DROPPED, "it was given up here") from None


def request(
    model: str, version: str, inputs: Sequence[Tensor], outputs: Sequence[str]
) -> service_pb2.ModelInferRequest:
    message = service_pb2.ModelInferRequest
    return message(
        model_name=model,
        model_version=version,
        inputs=[
            message.InferInputTensor(name=tensor.name, datatype=tensor.datatype, shape=tensor.shape)
            for tensor in inputs
        ],
        outputs=[message.InferRequestedOutputTensor(name=name) for name in outputs],
        raw_input_contents=[bytes(tensor.raw) for tensor in inputs],
    )


def _written_request(model: str, version: str, inputs: Sequence[Tensor], outputs: Sequence[str]) -> bytes:
    return bytes(request(model, version, inputs, outputs).SerializeToString())


def read_answer(message: bytes) -> tuple[str, list[Tensor]]:
    """Raises WrongAnswer."""
    return read(service_pb2.ModelInferResponse.FromString(message))


def read(answer: service_pb2.ModelInferResponse) -> tuple[str, list[Tensor]]:
    """The version that answered and its outputs. Raises WrongAnswer."""
    if len(answer.outputs) != len(answer.raw_output_contents):
        raise WrongAnswer(f"{len(answer.outputs)} outputs came with {len(answer.raw_output_contents)} contents")
    # If two outputs have one name, Triton overwrites one and leaves the other without a datatype.
    tensors = []
    for output, raw in zip(answer.outputs, answer.raw_output_contents, strict=True):
        datatype = _DATATYPES.get(output.datatype)
        if datatype is None:
            raise WrongAnswer(f"its output {output.name!r} came without a datatype that is known here")
        tensors.append(Tensor(output.name, datatype, tuple(output.shape), raw))
    return answer.model_version, tensors


def _this_task_is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
