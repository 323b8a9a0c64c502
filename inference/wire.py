"""What stands on Triton's wire: little-endian elements, each of BYTES after its length in 4 bytes.

Strangers choose how many elements there are, so no step runs Python code for each: the loops are those of numpy,
orjson, itertools and the built-in types.
"""

from collections.abc import Iterator
from io import BytesIO
from itertools import chain, repeat, tee
from typing import Any, Literal

import ml_dtypes
import numpy as np
import orjson
from numpy.typing import NDArray

from inference.declarations import Datatype

DTYPES: dict[Datatype, np.dtype[Any]] = {
    Datatype.BOOL: np.dtype("?"),
    Datatype.UINT8: np.dtype("u1"),
    Datatype.UINT16: np.dtype("<u2"),
    Datatype.UINT32: np.dtype("<u4"),
    Datatype.UINT64: np.dtype("<u8"),
    Datatype.INT8: np.dtype("i1"),
    Datatype.INT16: np.dtype("<i2"),
    Datatype.INT32: np.dtype("<i4"),
    Datatype.INT64: np.dtype("<i8"),
    Datatype.FP16: np.dtype("<f2"),
    Datatype.BF16: np.dtype(ml_dtypes.bfloat16),
    Datatype.FP32: np.dtype("<f4"),
    Datatype.FP64: np.dtype("<f8"),
}
FLOATS = {Datatype.FP16, Datatype.BF16, Datatype.FP32, Datatype.FP64}
# 64 bits: more than JavaScript's numbers hold, so these go out as strings.
WIDE = {Datatype.INT64, Datatype.UINT64}

# Elements that one step works on: a thread that converts many lets others run between two steps.
_STEP = 64 * 1024
_LITTLE: Literal["little"] = "little"


class Malformed(ValueError):
    """Bytes that are not so many elements; `expected` and `got` are short phrases."""

    def __init__(self, *, expected: str, got: str) -> None:
        self.expected = expected
        self.got = got
        super().__init__(f"Expected {expected}, got {got}.")


def least_width(datatype: Datatype) -> int:
    """Bytes per element, for BYTES those of an empty one."""
    return 4 if datatype is Datatype.BYTES else DTYPES[datatype].itemsize


def check(datatype: Datatype, raw: bytes, count: int) -> None:
    """Raises Malformed where `raw` is not exactly `count` elements of the datatype."""
    if datatype is Datatype.BYTES:
        split(raw, count)
        return
    _check_size(datatype, raw, count)
    if datatype is Datatype.BOOL and count and (most := np.frombuffer(raw, "u1").max()) > 1:
        raise Malformed(expected="bytes of 0 or 1", got=str(most))


def decode(datatype: Datatype, raw: bytes, count: int) -> list[Any] | NDArray[Any]:
    """`count` elements, flat, as a list or a contiguous array that orjson writes as the contract says.

    Raises Malformed where `raw` does not hold so many, and UnicodeDecodeError where BYTES are not UTF-8.
    """
    if datatype is Datatype.BYTES:
        return list(map(bytes.decode, split(raw, count)))
    _check_size(datatype, raw, count)
    values = np.frombuffer(raw, DTYPES[datatype])
    if datatype is Datatype.BOOL:
        return values.view("u1").astype("?")  # a model may set any bit of a true byte
    if datatype in WIDE:
        return _json(values)[1:-1].decode().split(",") if count else []
    if datatype is Datatype.BF16:
        values = values.astype(np.float32)  # orjson does not know bfloat16
    return _spell_not_finite(values) if datatype in FLOATS else values


def decode_stepwise(datatype: Datatype, raw: bytes, count: int) -> Iterator[list[Any] | NDArray[Any]]:
    """The same as `decode`, a part at a time."""
    if datatype is Datatype.BYTES:
        for elements in _split_stepwise(raw, count):
            yield list(map(bytes.decode, elements))
        return
    _check_size(datatype, raw, count)
    for start in range(0, count, _STEP):
        part, width = min(_STEP, count - start), least_width(datatype)
        yield decode(datatype, raw[start * width : (start + part) * width], part)


def split(raw: bytes, count: int) -> list[bytes]:
    """The elements of BYTES. Raises Malformed where `raw` is not exactly `count` of them."""
    return list(chain.from_iterable(_split_stepwise(raw, count)))


def _split_stepwise(raw: bytes, count: int) -> Iterator[list[bytes]]:
    # Where an element starts is known only once the one before is read, so nothing here can be vectorised. The lazy
    # maps read a length and then its element in turn, in two thirds of the time of a written loop.
    expected = f"{count} elements, each after its length in 4 bytes,"
    if 4 * count > len(raw):
        raise Malformed(expected=expected, got=f"{len(raw)} bytes")
    read = BytesIO(raw).read
    total = 4 * count
    for start in range(0, count, _STEP):
        heads = map(read, repeat(4, min(_STEP, count - start)))
        lengths, same_lengths = tee(map(int.from_bytes, heads, repeat(_LITTLE)))
        yield list(map(read, lengths))
        total += sum(same_lengths)
    # A read cut short makes this sum larger than `raw`, bytes left over make it smaller.
    if total != len(raw):
        raise Malformed(expected=expected, got=f"{len(raw)} bytes that hold other lengths")


def _check_size(datatype: Datatype, raw: bytes, count: int) -> None:
    if len(raw) != count * least_width(datatype):
        raise Malformed(expected=f"{count * least_width(datatype)} bytes", got=str(len(raw)))


def _spell_not_finite(values: NDArray[Any]) -> list[Any] | NDArray[Any]:
    finite = np.isfinite(values)
    if finite.all():
        return values
    # Through orjson, so that a float32 keeps its own shortest digits: 0.1 and not 0.10000000149011612.
    spelled = np.array(orjson.loads(_json(values)), dtype=object)
    odd = values[~finite]
    spelled[~finite] = np.where(np.isnan(odd), "NaN", np.where(odd > 0, "Infinity", "-Infinity"))
    return list(spelled)  # numpy gives back the Python values themselves


def _json(values: NDArray[Any]) -> bytes:
    return orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)
