"""Calls of models that answer in a stream, by gRPC: the only way in which Triton answers more than once.

Answers are read one by one, when they are asked for. Until then gRPC holds at most 64 KB of a stream and one answer,
and Triton is not read.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import timedelta

import grpc
from tritonclient.grpc import service_pb2

from inference.answers import WrongAnswer
from inference.tensors import Tensor
from inference.transports import grpc_calls
from inference.transports.transport import CallFailed, Status

_STREAM = "/inference.GRPCInferenceService/ModelStreamInfer"
# Of the channel. Without the first, gRPC reads ahead as much as the connection carries: up to megabytes of each stream.
OPTIONS = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 64 * 1024))
_FINAL, _WANT_FINAL = "triton_final_response", "triton_enable_empty_final_response"

# In Triton's own words, as inference/refusals.py knows them.
_STATUSES = (
    ("Request for unknown model:", Status.NOT_FOUND),
    ("Exceeds maximum queue size", Status.UNAVAILABLE),
    ("Request timeout expired", Status.UNAVAILABLE),
)

_Call = grpc.aio.UnaryStreamCall[bytes, bytes]


class GrpcStreams:
    """Over a channel of its own, which it closes. `refusal` makes the error for a call of a model that failed."""

    def __init__(self, channel: grpc.aio.Channel, refusal: Callable[[str, CallFailed], Exception]) -> None:
        self._channel = channel
        self._refusal = refusal
        # Triton's method takes a stream of requests. For one request, both look the same on the wire.
        self._stream: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(
            _STREAM, request_serializer=None, response_deserializer=None
        )
        # With the model, and how often it had been loaded again.
        self._running: dict[_Call, tuple[str, int]] = {}

    @property
    def running(self) -> int:
        return len(self._running)

    async def stream(
        self,
        model: str,
        version: str,
        revivals: int,
        *,
        inputs: Sequence[Tensor],
        outputs: Sequence[str],
        within: timedelta,
        headers: Mapping[str, str],
    ) -> AsyncGenerator[tuple[str, list[Tensor]], None]:
        """The version and the outputs of each answer. Closing it cancels the call at Triton.

        Raises WrongAnswer, and what `refusal` makes.
        """
        request = grpc_calls.request(model, version, inputs, outputs)
        request.parameters[_WANT_FINAL].bool_param = True
        call = self._stream(
            bytes(request.SerializeToString()),
            timeout=within.total_seconds(),
            metadata=(*headers.items(),),
        )
        self._running[call] = model, revivals
        is_final = False
        try:
            while isinstance(message := await grpc_calls.answered(call.read()), bytes):
                read = service_pb2.ModelStreamInferResponse.FromString(message)
                if read.error_message:
                    # Its text is all there is: to ask Triton 2.51 for a status is not safe for the server.
                    raise CallFailed(_status(read.error_message), read.error_message)
                answer = read.infer_response
                is_final = answer.parameters[_FINAL].bool_param if _FINAL in answer.parameters else False
                # The last answer may be empty: it only says that there are no more.
                if answer.outputs or not is_final:
                    yield grpc_calls.read(answer)
        except CallFailed as failed:
            raise self._refusal(model, failed) from failed
        finally:
            del self._running[call]
            call.cancel()
        if not is_final:
            raise WrongAnswer("its stream ended before its last answer")

    def drop_calls(self, model: str | None = None, begun_before: int = 0) -> None:
        """All of them, or those of the model that began before this number of its revivals."""
        for call, (called, revivals) in tuple(self._running.items()):
            if model is None or (called == model and revivals < begun_before):
                call.cancel()

    async def aclose(self) -> None:
        await self._channel.close(grace=None)


def _status(message: str) -> Status:
    """A model that repeats its input in an error may choose it: none of them is to its advantage."""
    return next((status for words, status in _STATUSES if words in message), Status.UNKNOWN)
