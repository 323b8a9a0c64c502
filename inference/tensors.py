"""Reads callers' tensors and checks them against the model's declaration before they are sent to Triton.

Pure functions without I/O. They raise InvalidTensor with the tensor's name, what was expected and what came.
"""

from collections import Counter
from collections.abc import Sequence
from math import prod
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

import base64_text
import named_tuples
from errors import BadRequest, InvalidTensor
from inference import conversions, shapes, wire
from inference.declarations import Datatype, TensorSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray


# Of a tensor.
_name_of = itemgetter(0)


class Tensor(NamedTuple):
    """As on Triton's wire: `raw` is little-endian, row-major, each element of BYTES after its length in 4 bytes.

    A large output is a view of the whole answer, so that no copy of it is made.
    """

    name: str
    datatype: Datatype
    shape: tuple[int, ...]
    raw: bytes | memoryview

    def values(self) -> "list[Any] | NDArray[Any]":
        """For orjson with OPT_SERIALIZE_NUMPY: one flat list or contiguous array, in row-major order.

        64-bit integers are strings; numbers that are not finite are "NaN", "Infinity" and "-Infinity". Raises
        InvalidTensor if BYTES are not UTF-8, or their number does not match `shape`.
        """
        try:
            return conversions.decode(self.datatype, self.raw, prod(self.shape))
        except UnicodeDecodeError:
            raise self._not_utf8() from None
        except wire.Malformed as error:
            raise _malformed(self.name, self.shape, error) from None

    def json(self) -> orjson.Fragment:
        """`values` as JSON text, written in parts: for a thread that must let other threads run."""
        try:
            parts = [
                orjson.dumps(part, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
                for part in conversions.decode_stepwise(self.datatype, self.raw, prod(self.shape))
            ]
        except UnicodeDecodeError:
            raise self._not_utf8() from None
        except wire.Malformed as error:
            raise _malformed(self.name, self.shape, error) from None
        return orjson.Fragment(b"[" + b",".join(parts) + b"]")

    def _not_utf8(self) -> InvalidTensor:
        return InvalidTensor(self.name, expected="UTF-8 strings", got="other bytes, which base64 can carry")


new_tensor = named_tuples.maker(Tensor)


def declared(specs: Sequence[TensorSpec], name: str, *, datatype: str | None = None) -> TensorSpec:
    """The declaration of that name. Raises InvalidTensor if there is none, or if it has another datatype."""
    for spec in specs:
        if spec.name == name:
            if datatype and datatype != spec.datatype:
                raise InvalidTensor(name, expected=f"datatype {spec.datatype}", got=datatype)
            return spec
    raise InvalidTensor(name, expected=f"one of {_listed(specs)}", got="a name that the model does not declare")


def from_values(spec: TensorSpec, values: object, shape: Sequence[int] | None = None) -> Tensor:
    """From JSON lists, flat or nested like `shape`. Without `shape`, the nesting is the shape."""
    if not isinstance(values, list):
        raise InvalidTensor(spec.name, expected="a list of values", got=conversions.show(values))
    if shape is None or (values and isinstance(values[0], list)):
        dims, flat = _unnest(spec, values, shape)
    else:
        dims, flat = shapes.checked(spec, shape), values
    if len(flat) != prod(dims):
        raise InvalidTensor(spec.name, expected=f"{prod(dims)} values for shape {list(dims)}", got=str(len(flat)))
    return new_tensor((spec.name, spec.datatype, dims, conversions.encode(spec.name, spec.datatype, flat)))


def from_base64(spec: TensorSpec, text: str, shape: Sequence[int] | None = None) -> Tensor:
    """From the wire's bytes in base64: the standard alphabet, padded, no white space."""
    try:
        raw = base64_text.decode(text)
    except base64_text.NotCanonical:
        got = base64_text.fault(text).got
        raise InvalidTensor(spec.name, expected="standard base64 with padding", got=got) from None
    return from_bytes(spec, raw, shape)


def from_bytes(spec: TensorSpec, raw: bytes | memoryview, shape: Sequence[int] | None = None) -> Tensor:
    """From the wire's bytes. Without `shape`, the declaration may leave at most one dimension open, none for BYTES."""
    dims = shapes.checked(spec, shapes.of_bytes(spec, len(raw)) if shape is None else shape)
    try:
        wire.check(spec.datatype, raw, prod(dims))
    except wire.Malformed as error:
        raise _malformed(spec.name, dims, error) from None
    return Tensor(spec.name, spec.datatype, dims, raw)


def looks_at_elements(specs: Sequence[TensorSpec], name: str) -> bool:
    """Whether `from_bytes` looks at each element, and not only at their number."""
    return any(spec.name == name and spec.datatype in (Datatype.BOOL, Datatype.BYTES) for spec in specs)


def check_inputs(specs: Sequence[TensorSpec], tensors: Sequence[Tensor], *, max_batch_size: int) -> None:
    """Checks the inputs of a call: all declared, none twice, none missing, one batch size from 1 to the maximum.

    With `max_batch_size` 0 the model does not batch, and the first dimension is like any other.
    """
    # Most models have one input.
    if len(tensors) != 1 or len(specs) != 1 or tensors[0].name != specs[0].name:
        _check_names(specs, tensors)
    if max_batch_size > 0:
        _check_batch(tensors, max_batch_size)


def check_outputs(specs: Sequence[TensorSpec], names: Sequence[str]) -> None:
    """Checks the outputs that a call asks for: all declared, none twice. Raises InvalidTensor and BadRequest."""
    for name in names:
        declared(specs, name)
    if len(set(names)) != len(names):
        raise BadRequest("`outputs` names an output twice. Name each output once.")


def _malformed(name: str, shape: Sequence[int], error: wire.Malformed) -> InvalidTensor:
    return InvalidTensor(name, expected=f"{error.expected} for shape {list(shape)}", got=error.got)


def _unnest(spec: TensorSpec, values: list[Any], shape: Sequence[int] | None) -> tuple[tuple[int, ...], list[Any]]:
    wanted = None if shape is None else shapes.checked(spec, shape)
    found, flat = shapes.flatten(spec, values)
    if wanted is None:
        return shapes.checked(spec, found), flat
    if found != wanted:
        raise InvalidTensor(spec.name, expected=f"lists nested as shape {list(wanted)}", got=shapes.show(found))
    return wanted, flat


def _check_names(specs: Sequence[TensorSpec], tensors: Sequence[Tensor]) -> None:
    names = set(map(_name_of, tensors))
    if len(names) < len(tensors):
        name, times = Counter(map(_name_of, tensors)).most_common(1)[0]
        raise InvalidTensor(name, expected="one tensor of this name", got=str(times))
    missing = None
    for spec in specs:
        if spec.name in names:
            names.remove(spec.name)
        elif not spec.optional:
            missing = missing or spec
    if names:
        declared(specs, next(tensor.name for tensor in tensors if tensor.name in names))  # raises
    if missing is not None:
        expected = f"{missing.datatype} of shape {list(missing.shape)}"
        raise InvalidTensor(missing.name, expected=expected, got="nothing")


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
