"""Triton's wire format: little-endian elements; each element of BYTES follows its length in 4 bytes.

Callers choose the number of elements, so no step runs Python code for each element: the loops are those of numpy,
orjson, itertools and the built-in types. Only what needs no numpy is here; `arrays` has the rest.
"""

from collections.abc import Iterator
from io import BytesIO
from itertools import chain, repeat, tee
from typing import Literal

from inference.declarations import Datatype

# Bytes per element; for BYTES, of an empty one.
WIDTHS = {
    Datatype.BOOL: 1,
    Datatype.UINT8: 1,
    Datatype.UINT16: 2,
    Datatype.UINT32: 4,
    Datatype.UINT64: 8,
    Datatype.INT8: 1,
    Datatype.INT16: 2,
    Datatype.INT32: 4,
    Datatype.INT64: 8,
    Datatype.FP16: 2,
    Datatype.BF16: 2,
    Datatype.FP32: 4,
    Datatype.FP64: 8,
    Datatype.BYTES: 4,
}
FLOATS = {Datatype.FP16, Datatype.BF16, Datatype.FP32, Datatype.FP64}
# 64 bits are more than a JavaScript number holds, so these are returned as strings.
WIDE = {Datatype.INT64, Datatype.UINT64}

# Elements per step: a thread that converts many elements lets other threads run between two steps.
STEP = 64 * 1024
_LITTLE: Literal["little"] = "little"


class Malformed(ValueError):
    """The bytes are not the expected number of elements; `expected` and `got` are short phrases."""

    def __init__(self, *, expected: str, got: str) -> None:
        self.expected = expected
        self.got = got
        super().__init__(f"Expected {expected}, got {got}.")


def check(datatype: Datatype, raw: bytes | memoryview, count: int) -> None:
    """Raises Malformed if `raw` is not exactly `count` elements of the datatype."""
    if datatype is Datatype.BYTES:
        split(raw, count)
        return
    check_size(datatype, raw, count)
    if datatype is Datatype.BOOL and (others := bytes(raw).translate(None, b"\0\1")):
        raise Malformed(expected="bytes of 0 or 1", got=str(max(others)))


def split(raw: bytes | memoryview, count: int) -> list[bytes]:
    """The elements of BYTES. Raises Malformed if `raw` is not exactly `count` of them."""
    return list(chain.from_iterable(split_stepwise(raw, count)))


def split_stepwise(raw: bytes | memoryview, count: int) -> Iterator[list[bytes]]:
    # The start of an element is known only after the one before is read, so this cannot be vectorised. The lazy maps
    # read a length and its element in turn, in two thirds of the time of a plain loop.
    expected = f"{count} elements, each after its length in 4 bytes,"
    if 4 * count > len(raw):
        raise Malformed(expected=expected, got=f"{len(raw)} bytes")
    read = BytesIO(raw).read
    total = 4 * count
    for start in range(0, count, STEP):
        heads = map(read, repeat(4, min(STEP, count - start)))
        lengths, same_lengths = tee(map(int.from_bytes, heads, repeat(_LITTLE)))
        yield list(map(read, lengths))
        total += sum(same_lengths)
    # A truncated read makes this sum larger than `raw`, remaining bytes make it smaller.
    if total != len(raw):
        raise Malformed(expected=expected, got=f"{len(raw)} bytes that hold other lengths")


def check_size(datatype: Datatype, raw: bytes | memoryview, count: int) -> None:
    expected = count * WIDTHS[datatype]
    if len(raw) != expected:
        raise Malformed(expected=f"{expected} bytes", got=str(len(raw)))
