"""Running models."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple

import base64_text
import errors
import named_tuples
from access.callers import Caller
from inference import conversions, sizes, tensors
from inference.catalogue import Model
from inference.server import ModelServer
from inference.tensors import Tensor
from resolvers import calls, models
from resolvers.operation_bytes import OperationBytes

# Larger ones are converted in a thread, as they would keep all other requests waiting; for smaller ones that costs more
# than it saves.
_LARGE_BYTES = 256 * 1024
_LARGE_VALUES = 32 * 1024
# Inputs with fewer bytes on Triton's wire are not large: a value counts eight there, and base64 is decoded.
_LEAST_LARGE = _LARGE_BYTES * 3 // 4


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


_new_inference = named_tuples.maker(Inference)


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
    if outputs:
        tensors.check_outputs(model.declaration.outputs, outputs)
    sent = bytes_of(inputs)
    if not conversions.is_loaded:
        await conversions.load()
    calling = calls.Calling(server, model, caller, moved, sent=sent, outputs=outputs or (), within=within)
    if calling.must_wait:
        await calling.wait()
    with calling:
        given = await checked(model, inputs) if sent >= _LEAST_LARGE else _check_inputs(model, inputs)
        answered, results = await server.infer(
            model,
            given,
            version=version,
            outputs=outputs or (),
            may_lack=may_lack,
            within=calling.left,
            when_sent=calling.when_sent,
        )
        calling.kept = moved.received(_raw_bytes(results))
    if len(results) > 1:
        results.sort(key=_order(model, outputs or ()))
    return _new_inference((name, answered, results, (perf_counter() - started) * 1000))


async def checked(model: Model, inputs: Sequence[Input]) -> list[Tensor]:
    """The tensors as Triton takes them. Raises InvalidTensor."""
    if _take_long(model, inputs):
        return await asyncio.to_thread(_check_inputs, model, inputs)
    return _check_inputs(model, inputs)


def bytes_of(inputs: Sequence[Input]) -> int:
    """About how many bytes they have on Triton's wire; never much too few."""
    sent = 0
    for _, data, _, _ in inputs:
        if isinstance(data, Values):
            sent += sizes.of_values(data.json)
        else:
            sent += len(data.text) * 3 // 4 if isinstance(data, Base64) else len(data)
    return sent


class Chunk(NamedTuple):
    """One answer of a stream. `number` counts from 0."""

    number: int
    outputs: list[Tensor]


class Done(NamedTuple):
    """The end of a stream that did not break."""

    chunks: int
    milliseconds: float


def stream(
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

    Raises as `infer`, at once and also in the middle. Closing it ends the call at Triton.
    """
    model = models.find(server, caller, name, version, streams=True)
    if model.declaration.streaming:
        return _answers(
            *(server, caller, model, inputs, version, outputs or ()), moved=moved, may_lack=may_lack, within=within
        )
    call = partial(
        infer,
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
    return _one(call)


async def _one(call: Callable[[], Awaitable[Inference]]) -> AsyncGenerator[Chunk | Done, None]:
    # The call begins here: a stream that is closed before its first answer would never await it.
    started = perf_counter()
    yield Chunk(0, (await call()).outputs)
    yield Done(1, (perf_counter() - started) * 1000)


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
) -> AsyncGenerator[Chunk | Done, None]:
    started, count = perf_counter(), 0
    if outputs:
        tensors.check_outputs(model.declaration.outputs, outputs)
    order = None
    if not conversions.is_loaded:
        await conversions.load()
    calling = calls.Calling(
        *(server, model, caller, moved), sent=bytes_of(inputs), outputs=outputs, within=within, streams=True
    )
    if calling.must_wait:
        await calling.wait()
    with calling:
        given = await checked(model, inputs)
        calling.arrive()
        call = server.stream(model, given, version=version, outputs=outputs, may_lack=may_lack, within=calling.left)
        try:
            async for results in call:
                moved.receive(_raw_bytes(results))
                if len(results) > 1:
                    order = order or _order(model, outputs)
                    results.sort(key=order)
                yield Chunk(count, results)
                count += 1
        finally:
            await call.aclose()
    yield Done(count, (perf_counter() - started) * 1000)


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


def _take_long(model: Model, inputs: Sequence[Input]) -> bool:
    """Whether to check them takes long."""
    for name, data, _, _ in inputs:
        if isinstance(data, Values):
            if _elements(data.json) > _LARGE_VALUES:
                return True
        elif isinstance(data, Base64):
            if len(data.text) > _LARGE_BYTES:
                return True
        elif len(data) > _LARGE_BYTES and tensors.looks_at_elements(model.declaration.inputs, name):
            return True
    return False


def _raw_bytes(tensors: Sequence[Tensor]) -> int:
    size = 0
    for tensor in tensors:
        size += len(tensor.raw)
    return size


def _elements(json: object) -> int:
    """The number of elements in evenly nested lists; uneven ones are refused before all elements are read."""
    count = 1
    while isinstance(json, list):
        count *= max(len(json), 1)
        json = json[0] if json else None
    return count


def _check_inputs(model: Model, inputs: Sequence[Input]) -> list[Tensor]:
    declaration, given = model.declaration, []
    specs, by_name = declaration.inputs, declaration.inputs_by_name
    for name, data, shape, datatype in inputs:
        spec = by_name.get(name)
        if spec is None or (datatype is not None and datatype != spec.datatype):
            spec = tensors.declared(specs, name, datatype=datatype)  # raises
        if isinstance(data, Values):
            given.append(tensors.from_values(spec, data.json, shape))
        elif isinstance(data, Base64):
            given.append(tensors.from_base64(spec, data.text, shape))
        else:
            given.append(tensors.from_bytes(spec, data, shape))
    tensors.check_inputs(specs, given, max_batch_size=declaration.max_batch_size)
    return given


def _order(model: Model, outputs: Sequence[str]) -> Callable[[Tensor], int]:
    # Triton's Python backend returns outputs in an order that changes from call to call.
    names = outputs or [spec.name for spec in model.declaration.outputs]
    positions = {name: position for position, name in enumerate(names)}
    return lambda tensor: positions.get(tensor.name, len(positions))
