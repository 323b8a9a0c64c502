"""Tensors as callers write them, checked against what the model declares before Triton sees them.

All is pure: no call, no file. A refusal is InvalidTensor, with the tensor's name, what was expected and what came.
"""

from binascii import a2b_base64, b2a_base64
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import orjson
from numpy.typing import NDArray

from errors import InvalidTensor
from inference import elements, shapes, wire
from inference.declarations import Datatype, TensorSpec


@dataclass(frozen=True, slots=True)
class Tensor:
    """As on Triton's wire: `raw` is little-endian, row-major, each element of BYTES after its length in 4 bytes."""

    name: str
    datatype: Datatype
    shape: tuple[int, ...]
    raw: bytes

    def values(self) -> list[Any] | NDArray[Any]:
        """For orjson with OPT_SERIALIZE_NUMPY: one flat list or contiguous array, in row-major order.

        64-bit integers are strings, numbers that are not finite "NaN", "Infinity" and "-Infinity". Raises
        InvalidTensor where BYTES are not UTF-8.
        """
        try:
            return wire.decode(self.datatype, self.raw, prod(self.shape))
        except UnicodeDecodeError:
            raise self._not_utf8() from None

    def json(self) -> orjson.Fragment:
        """`values` written out, a part at a time: for a thread that must not keep others from running."""
        try:
            parts = [
                orjson.dumps(part, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
                for part in wire.decode_stepwise(self.datatype, self.raw, prod(self.shape))
            ]
        except UnicodeDecodeError:
            raise self._not_utf8() from None
        return orjson.Fragment(b"[" + b",".join(parts) + b"]")

    def _not_utf8(self) -> InvalidTensor:
        return InvalidTensor(self.name, expected="UTF-8 strings", got="other bytes, which base64 can carry")


def declared(specs: Sequence[TensorSpec], name: str, *, datatype: Datatype | None = None) -> TensorSpec:
    """The declaration of that name. Raises InvalidTensor where there is none, or where it has another datatype."""
    spec = next((spec for spec in specs if spec.name == name), None)
    if spec is None:
        raise InvalidTensor(name, expected=f"one of {_listed(specs)}", got="a name the model does not declare")
    if datatype is not None and datatype is not spec.datatype:
        raise InvalidTensor(name, expected=f"datatype {spec.datatype}", got=datatype)
    return spec


def from_values(spec: TensorSpec, values: object, shape: Sequence[int] | None = None) -> Tensor:
    """From JSON lists, flat or nested as `shape`; without `shape` the nesting is the shape."""
    if not isinstance(values, list):
        raise InvalidTensor(spec.name, expected="a list of values", got=elements.show(values))
    if shape is None or (values and isinstance(values[0], list)):
        dims, flat = _unnest(spec, values, shape)
    else:
        dims, flat = shapes.checked(spec, shape), values
    if len(flat) != prod(dims):
        raise InvalidTensor(spec.name, expected=f"{prod(dims)} values for shape {list(dims)}", got=str(len(flat)))
    return Tensor(spec.name, spec.datatype, dims, elements.encode(spec.name, spec.datatype, flat))


def from_base64(spec: TensorSpec, text: str, shape: Sequence[int] | None = None) -> Tensor:
    """From the wire's bytes in base64: the standard alphabet, padded, no white space."""
    try:
        raw = a2b_base64(text)
    except ValueError:
        raw = b""
    # Written again it must be the same: even the strict mode of binascii lets some extra padding and stray bits pass.
    if b2a_base64(raw, newline=False).decode() != text:
        raise InvalidTensor(spec.name, expected="standard base64 with padding", got="other text")
    return from_bytes(spec, raw, shape)


def from_bytes(spec: TensorSpec, raw: bytes, shape: Sequence[int] | None = None) -> Tensor:
    """From the wire's bytes. Without `shape` the declaration must leave open one dimension at most, none for BYTES."""
    dims = shapes.checked(spec, shapes.of_bytes(spec, len(raw)) if shape is None else shape)
    try:
        wire.check(spec.datatype, raw, prod(dims))
    except wire.Malformed as error:
        raise InvalidTensor(spec.name, expected=f"{error.expected} for shape {list(dims)}", got=error.got) from None
    return Tensor(spec.name, spec.datatype, dims, raw)


def check_inputs(specs: Sequence[TensorSpec], tensors: Sequence[Tensor], *, max_batch_size: int) -> None:
    """Together they are what the model takes: each declared, none twice, none missing, one batch of 1 to the maximum.

    With `max_batch_size` 0 the model does not batch and the first dimension means nothing.
    """
    for name, times in Counter(tensor.name for tensor in tensors).items():
        if times > 1:
            raise InvalidTensor(name, expected="one tensor of this name", got=str(times))
    for tensor in tensors:
        declared(specs, tensor.name, datatype=tensor.datatype)
    given = {tensor.name for tensor in tensors}
    for spec in specs:
        if not spec.optional and spec.name not in given:
            raise InvalidTensor(spec.name, expected=f"{spec.datatype} of shape {list(spec.shape)}", got="nothing")
    if max_batch_size > 0:
        _check_batch(tensors, max_batch_size)


def _unnest(spec: TensorSpec, values: list[Any], shape: Sequence[int] | None) -> tuple[tuple[int, ...], list[Any]]:
    wanted = None if shape is None else shapes.checked(spec, shape)
    found, flat = shapes.flatten(spec, values)
    if wanted is None:
        return shapes.checked(spec, found), flat
    if found != wanted:
        raise InvalidTensor(spec.name, expected=f"lists nested as shape {list(wanted)}", got=shapes.show(found))
    return wanted, flat


def _check_batch(tensors: Sequence[Tensor], max_batch_size: int) -> None:
    for tensor in tensors:
        batch, first = tensor.shape[0], tensors[0]
        if not 1 <= batch <= max_batch_size:
            expected = f"a batch (the first dimension) of 1 to {max_batch_size}"
            raise InvalidTensor(tensor.name, expected=expected, got=str(batch))
        if batch != first.shape[0]:
            expected = f"a batch (the first dimension) of {first.shape[0]} as in {first.name!r}"
            raise InvalidTensor(tensor.name, expected=expected, got=str(batch))


def _listed(specs: Sequence[TensorSpec]) -> str:
    return ", ".join(repr(spec.name) for spec in specs)
