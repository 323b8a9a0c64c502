"""Computes how many bytes tensors take before they are created."""

from collections.abc import Sequence
from math import prod
from typing import Any

from inference import answers, wire
from inference.declarations import Datatype, Declaration, TensorSpec
from inference.tensors import Tensor

# The longest text that orjson writes for one element, with its comma; 64-bit integers are strings.
_WIDEST = {
    Datatype.BOOL: 6,
    Datatype.UINT8: 4,
    Datatype.INT8: 5,
    Datatype.UINT16: 6,
    Datatype.INT16: 7,
    Datatype.UINT32: 11,
    Datatype.INT32: 12,
    Datatype.UINT64: 23,
    Datatype.INT64: 23,
    Datatype.FP16: 16,
    Datatype.BF16: 16,
    Datatype.FP32: 16,
    Datatype.FP64: 25,
}
# A quote and a backslash take two bytes, other control characters up to six.
_ESCAPED = bytes((*range(0x20), ord('"'), ord("\\")))
_QUOTES_AND_COMMA = 3
# The bytes of a number on Triton's wire, or of a string's length; and of a non-ASCII character.
_WIDEST_ELEMENT, _WIDEST_CHARACTER = 8, 4


def as_json(tensor: Tensor) -> int:
    """An upper bound in bytes for the list of its elements as JSON."""
    widest = _WIDEST.get(tensor.datatype)
    if widest is not None:
        return 2 + prod(tensor.shape) * widest
    # The lengths between the elements count as text, which is slightly too much.
    escaped = len(tensor.raw) - len(bytes(tensor.raw).translate(None, _ESCAPED))
    return 2 + len(tensor.raw) + 5 * escaped + _QUOTES_AND_COMMA * prod(tensor.shape)


def as_base64(tensor: Tensor) -> int:
    return (len(tensor.raw) + 2) // 3 * 4


def of_values(json: object) -> int:
    """About how many bytes JSON values, nested or flat, take on Triton's wire."""
    if not isinstance(json, list):
        return _of_strings([json]) if isinstance(json, str) else _WIDEST_ELEMENT
    kinds = set(map(type, json))
    octets = _WIDEST_ELEMENT * len(json)
    if list in kinds:
        # Empty lists have no elements, but they are looked at.
        return max(octets, sum(map(of_values, json)))
    if str in kinds:
        octets += _of_strings(list(filter(str.__instancecheck__, json)))
    return octets


def largest_answer(declaration: Declaration, outputs: Sequence[str], *, most: int) -> int:
    """An upper bound in bytes for Triton's answer to a call for these outputs; none means all.

    `most` if the declaration leaves a size open.
    """
    asked = answers.asked_of_triton(declaration, outputs) if outputs else ()
    size = of_outputs(declaration, asked) if asked else declaration.largest_answer
    return most if size is None or size > most else size


def of_outputs(declaration: Declaration, asked: Sequence[str] = ()) -> int | None:
    """The same, but None if the declaration leaves a size open."""
    whole = 0
    for spec in declaration.outputs:
        if not asked or spec.name in asked:
            size = _largest(spec, declaration.max_batch_size)
            if size is None:
                return None
            whole += size
    return whole


def _largest(spec: TensorSpec, max_batch_size: int) -> int | None:
    shape = (max_batch_size, *spec.shape[1:]) if max_batch_size else spec.shape
    if spec.datatype is Datatype.BYTES or -1 in shape:
        return None
    return prod(shape) * wire.WIDTHS[spec.datatype]


def _of_strings(strings: Sequence[Any]) -> int:
    width = 1 if all(map(str.isascii, strings)) else _WIDEST_CHARACTER
    return width * sum(map(len, strings))
