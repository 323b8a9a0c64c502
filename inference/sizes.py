"""How many bytes tensors take, told before they are made."""

from collections.abc import Sequence
from itertools import repeat
from math import prod
from typing import Any

from inference import wire
from inference.declarations import Datatype, Declaration, TensorSpec
from inference.tensors import Tensor

# The longest that orjson writes of one element, with the comma behind it; 64-bit integers are strings.
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
# Of a number on Triton's wire, or of a string's length; and of a character that is not ASCII.
_WIDEST_ELEMENT, _WIDEST_CHARACTER = 8, 4


def as_json(tensor: Tensor) -> int:
    """At most so many bytes has the list of its elements as JSON."""
    if tensor.datatype is not Datatype.BYTES:
        return 2 + prod(tensor.shape) * _WIDEST[tensor.datatype]
    # The lengths between the elements are taken for text: a little too much.
    escaped = len(tensor.raw) - len(tensor.raw.translate(None, _ESCAPED))
    return 2 + len(tensor.raw) + 5 * escaped + _QUOTES_AND_COMMA * prod(tensor.shape)


def as_base64(tensor: Tensor) -> int:
    return (len(tensor.raw) + 2) // 3 * 4


def of_values(json: object) -> int:
    """About so many bytes take JSON values, nested or flat, on Triton's wire."""
    if not isinstance(json, list):
        return _of_strings([json]) if isinstance(json, str) else _WIDEST_ELEMENT
    if any(map(isinstance, json, repeat(list))):
        return sum(map(of_values, json))
    strings = list(filter(str.__instancecheck__, json))
    return _WIDEST_ELEMENT * len(json) + (_of_strings(strings) if strings else 0)


def largest_answer(declaration: Declaration, outputs: Sequence[str], *, most: int) -> int:
    """At most so many bytes have these outputs of one call; none means all. `most` where the model leaves it open."""
    wanted = [spec for spec in declaration.outputs if not outputs or spec.name in outputs]
    found = [_largest(spec, declaration.max_batch_size) for spec in wanted]
    known = [size for size in found if size is not None]
    return min(sum(known), most) if len(known) == len(found) else most


def _largest(spec: TensorSpec, max_batch_size: int) -> int | None:
    shape = (max_batch_size, *spec.shape[1:]) if max_batch_size else spec.shape
    if spec.datatype is Datatype.BYTES or -1 in shape:
        return None
    return prod(shape) * wire.least_width(spec.datatype)


def _of_strings(strings: Sequence[Any]) -> int:
    width = 1 if all(map(str.isascii, strings)) else _WIDEST_CHARACTER
    return width * sum(map(len, strings))
