"""Running models."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import timedelta
from time import perf_counter
from typing import Any, NamedTuple

import base64_text
import errors
from access.callers import Caller
from inference import sizes, tensors
from inference.catalogue import Model
from inference.declarations import Datatype
from inference.server import ModelServer
from inference.tensors import Tensor
from resolvers import calls, models
from resolvers.operation_bytes import OperationBytes

# Larger ones are converted in a thread, as they would keep all other requests waiting; for smaller ones that costs more
# than it saves.
_LARGE_BYTES = 256 * 1024
_LARGE_VALUES = 32 * 1024


class Values(NamedTuple):
    """JSON as the caller sent it: lists, nested or flat."""

    json: object


class Base64(NamedTuple):
    text: str


class Input(NamedTuple):
    """One input tensor of a caller; bytes in `data` are little-endian. Where a field is None, the model's declaration
    applies.
    """

    name: str
    data: Values | Base64 | bytes | memoryview
    shape: Sequence[int] | None = None
    datatype: str | None = None


class Inference(NamedTuple):
    model: str
    version: str
    outputs: list[Tensor]
    total_ms: float


async def infer(
    server: ModelServer,
    caller: Caller,
    name: str,
    *,
    inputs: Sequence[Input],
    within: timedelta,
    moved: OperationBytes,
    version: str | None = None,
    outputs: Sequence[str] | None = None,
    may_lack: bool = False,
) -> Inference:
    """Raises InvalidTensor, BadRequest and PayloadTooLarge before the model is called, and as ModelServer.infer.

    Also raises PayloadTooLarge, and drops the answer, if it is too large together with the operation's earlier ones.
    """
    started = perf_counter()
    model = models.find(server, caller, name, version)
    tensors.check_outputs(model.declaration.outputs, outputs or ())
    sent = bytes_of(inputs)
    async with calls.Calling(server, model, caller, moved, sent=sent, outputs=outputs or (), within=within) as left:
        given = await checked(model, inputs)
        answered, results = await server.infer(
            model, given, version=version, outputs=outputs or (), may_lack=may_lack, within=left
        )
        moved.receive(sum([len(tensor.raw) for tensor in results]))
    if len(results) > 1:
        results.sort(key=_order(model, outputs or ()))
    return Inference(name, answered, results, (perf_counter() - started) * 1000)


async def checked(model: Model, inputs: Sequence[Input]) -> list[Tensor]:
    """The tensors as Triton takes them. Raises InvalidTensor."""
    if any([_takes_long(model, item) for item in inputs]):
        return await asyncio.to_thread(_check_inputs, model, inputs)
    return _check_inputs(model, inputs)


def bytes_of(inputs: Sequence[Input]) -> int:
    """About how many bytes they have on Triton's wire; never much too few."""
    return sum([_bytes(item) for item in inputs])


class Chunk(NamedTuple):
    """One answer of a stream. `number` counts from 0."""

    number: int
    outputs: list[Tensor]


class Done(NamedTuple):
    """The end of a stream that did not break."""

    chunks: int
    milliseconds: float


async def stream(
    server: ModelServer,
    caller: Caller,
    name: str,
    *,
    inputs: Sequence[Input],
    within: timedelta,
    moved: OperationBytes,
    longest_answer: timedelta,
    version: str | None = None,
    outputs: Sequence[str] | None = None,
    may_lack: bool = False,
) -> AsyncGenerator[Chunk | Done, None]:
    """The answers of a model that streams, or the one answer of another, which has `longest_answer` for it; then Done.

    Raises as `infer`, also in the middle. Closing it ends the call at Triton.
    """
    started = perf_counter()
    model = models.find(server, caller, name, version, streams=True)
    count = 0
    if model.declaration.streaming:
        answers = _answers(
            *(server, caller, model, inputs, version, outputs or ()), moved=moved, may_lack=may_lack, within=within
        )
        async with aclosing(answers):
            async for tensors in answers:
                yield Chunk(count, tensors)
                count += 1
    else:
        answer = await infer(
            server,
            caller,
            name,
            inputs=inputs,
            within=min(within, longest_answer),
            moved=moved,
            version=version,
            outputs=outputs,
            may_lack=may_lack,
        )
        yield Chunk(0, answer.outputs)
        count = 1
    yield Done(count, (perf_counter() - started) * 1000)


async def _answers(
    server: ModelServer,
    caller: Caller,
    model: Model,
    inputs: Sequence[Input],
    version: str | None,
    outputs: Sequence[str],
    *,
    moved: OperationBytes,
    may_lack: bool,
    within: timedelta,
) -> AsyncGenerator[list[Tensor], None]:
    tensors.check_outputs(model.declaration.outputs, outputs)
    sent = bytes_of(inputs)
    async with calls.Calling(
        *(server, model, caller, moved), sent=sent, outputs=outputs, within=within, streams=True
    ) as left:
        given = await checked(model, inputs)
        call = server.stream(model, given, version=version, outputs=outputs, may_lack=may_lack, within=left)
        async with aclosing(call):
            async for results in call:
                moved.receive(sum([len(tensor.raw) for tensor in results]))
                if len(results) > 1:
                    results.sort(key=_order(model, outputs))
                yield results


def deadline(asked: timedelta | None, longest: timedelta) -> timedelta:
    """How long a call may take: as long as the caller asked for, but at most `longest`. Raises BadRequest."""
    if asked is None:
        return longest
    if asked <= timedelta(0):
        raise errors.BadRequest("`timeout` must be longer than zero.")
    return min(asked, longest)


def values(tensor: Tensor, moved: OperationBytes) -> Any:
    """The elements for orjson, or an awaitable that returns them.

    Raises InvalidTensor for BYTES not in UTF-8, PayloadTooLarge, ModelBusy and ServiceUnavailable.
    """
    if len(tensor.raw) > _LARGE_BYTES:
        return _values_aside(tensor, moved)
    moved.write(sizes.as_json(tensor))
    return tensor.values()


async def _values_aside(tensor: Tensor, moved: OperationBytes) -> Any:
    await moved.write_later(await asyncio.to_thread(sizes.as_json, tensor))
    return await asyncio.to_thread(tensor.json)


def base64(tensor: Tensor, moved: OperationBytes) -> Any:
    """The bytes as base64, or an awaitable that returns it. Raises as `values`, but not InvalidTensor."""
    if len(tensor.raw) > _LARGE_BYTES:
        return _base64_later(tensor, moved)
    moved.write(sizes.as_base64(tensor))
    return base64_text.encode(tensor.raw)


async def _base64_later(tensor: Tensor, moved: OperationBytes) -> Any:
    await moved.write_later(sizes.as_base64(tensor))
    return base64_text.Unwritten(tensor.raw)


def _takes_long(model: Model, item: Input) -> bool:
    """Whether to check it takes long."""
    match item.data:
        case Values(json):
            return _elements(json) > _LARGE_VALUES
        case Base64(text):
            return len(text) > _LARGE_BYTES
        case raw:
            return len(raw) > _LARGE_BYTES and tensors.looks_at_elements(model.declaration.inputs, item.name)


def _bytes(item: Input) -> int:
    match item.data:
        case Values(json):
            return sizes.of_values(json)
        case Base64(text):
            return len(text) * 3 // 4
        case raw:
            return len(raw)


def _elements(json: object) -> int:
    """The number of elements in evenly nested lists; uneven ones are refused before all elements are read."""
    count = 1
    while isinstance(json, list):
        count *= max(len(json), 1)
        json = json[0] if json else None
    return count


def _check_inputs(model: Model, inputs: Sequence[Input]) -> list[Tensor]:
    declaration = model.declaration
    given = [_tensor(model, item) for item in inputs]
    tensors.check_inputs(declaration.inputs, given, max_batch_size=declaration.max_batch_size)
    return given


def _tensor(model: Model, item: Input) -> Tensor:
    datatype = Datatype(item.datatype) if item.datatype else None
    spec = tensors.declared(model.declaration.inputs, item.name, datatype=datatype)
    match item.data:
        case Values(json):
            return tensors.from_values(spec, json, item.shape)
        case Base64(text):
            return tensors.from_base64(spec, text, item.shape)
        case raw:
            return tensors.from_bytes(spec, raw, item.shape)


def _order(model: Model, outputs: Sequence[str]) -> Callable[[Tensor], int]:
    # Triton's Python backend returns outputs in an order that changes from call to call.
    names = outputs or [spec.name for spec in model.declaration.outputs]
    positions = {name: position for position, name in enumerate(names)}
    return lambda tensor: positions.get(tensor.name, len(positions))
