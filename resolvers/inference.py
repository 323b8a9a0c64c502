"""Running models."""

import asyncio
from binascii import b2a_base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Any

import errors
from access.callers import Caller
from inference import sizes, tensors
from inference.catalogue import Model
from inference.declarations import Datatype
from inference.server import ModelServer
from inference.tensors import Tensor as Tensor
from resolvers import calls, models
from resolvers.operation_bytes import OperationBytes

# Larger ones are converted in a thread, as they would keep all other requests waiting; for smaller ones that costs more
# than it saves.
_LARGE_BYTES = 256 * 1024
_LARGE_VALUES = 32 * 1024


@dataclass(frozen=True, slots=True)
class Values:
    """JSON as it came: lists, nested or flat."""

    json: object


@dataclass(frozen=True, slots=True)
class Base64:
    text: str


@dataclass(frozen=True, slots=True)
class Input:
    """One tensor as a caller gave it; `data` as bytes is little-endian. None: as the model declares it."""

    name: str
    data: Values | Base64 | bytes
    shape: Sequence[int] | None = None
    datatype: str | None = None


@dataclass(frozen=True, slots=True)
class Inference:
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
) -> Inference:
    """Raises InvalidTensor, BadRequest and PayloadTooLarge before the model is asked; what else, see ModelServer.infer.

    PayloadTooLarge also where the answer, with all that the operation got before, is too large: it is dropped then.
    """
    begun = perf_counter()
    model = models.find(server, caller, name, version)
    if model.declaration.streaming:
        raise errors.BadRequest(f"Model {name!r} answers in a stream, which `infer` does not read.")
    _check_outputs(model, outputs or ())
    sent = sum(map(_bytes, inputs))
    async with calls.calling(server, model, moved, sent=sent, outputs=outputs or (), within=within) as left:
        if any(_is_large(item) for item in inputs):
            given = await asyncio.to_thread(_check_inputs, model, inputs)
        else:
            given = _check_inputs(model, inputs)
        answered, results = await server.infer(model, given, version=version, outputs=outputs or (), within=left)
        moved.receive(sum(len(tensor.raw) for tensor in results))
    results.sort(key=_order(model, outputs or ()))
    return Inference(name, answered, results, (perf_counter() - begun) * 1000)


def deadline(asked: timedelta | None, longest: timedelta) -> timedelta:
    """How long a call may take: what the caller asked for, never longer than the service allows."""
    if asked is None:
        return longest
    if asked <= timedelta(0):
        raise errors.BadRequest("`timeout` must be longer than nothing.")
    return min(asked, longest)


def values(tensor: Tensor, moved: OperationBytes) -> Any:
    """The elements for orjson, or what gives them once it is awaited.

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
    """The bytes as text, or what gives it once it is awaited. Raises as `values`, but not InvalidTensor."""
    if len(tensor.raw) > _LARGE_BYTES:
        return _base64_aside(tensor, moved)
    moved.write(sizes.as_base64(tensor))
    return _base64(tensor)


async def _base64_aside(tensor: Tensor, moved: OperationBytes) -> Any:
    await moved.write_later(sizes.as_base64(tensor))
    return await asyncio.to_thread(_base64, tensor)


def _base64(tensor: Tensor) -> str:
    return b2a_base64(tensor.raw, newline=False).decode("ascii")


def _is_large(item: Input) -> bool:
    match item.data:
        case Values(json):
            return _elements(json) > _LARGE_VALUES
        case Base64(text):
            return len(text) > _LARGE_BYTES
        case raw:
            return len(raw) > _LARGE_BYTES


def _bytes(item: Input) -> int:
    """About how many it will have on Triton's wire, and not much less."""
    match item.data:
        case Values(json):
            return sizes.of_values(json)
        case Base64(text):
            return len(text) * 3 // 4
        case raw:
            return len(raw)


def _elements(json: object) -> int:
    """How many there are in lists nested evenly; others are refused before all of them are looked at."""
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
    # Triton's Python backend gives them in an order that changes from call to call.
    places = {name: place for place, name in enumerate(outputs or [spec.name for spec in model.declaration.outputs])}
    return lambda tensor: places.get(tensor.name, len(places))


def _check_outputs(model: Model, outputs: Sequence[str]) -> None:
    declared = [spec.name for spec in model.declaration.outputs]
    for name in outputs:
        if name not in declared:
            expected = f"one of {', '.join(declared)}"
            raise errors.InvalidTensor(name, expected=expected, got="a name the model does not declare")
    if len(set(outputs)) != len(outputs):
        raise errors.BadRequest("`outputs` names an output twice.")
