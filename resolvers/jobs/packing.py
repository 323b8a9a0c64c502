"""The inputs and the result of a job as bytes, and where they are kept."""

import struct
from collections.abc import Sequence
from typing import NamedTuple

import orjson

import errors
from inference.declarations import Datatype
from inference.tensors import Tensor

# The most that a row holds.
LARGEST_IN_ROW = 1024**2
_LENGTH = struct.Struct("<I")


class Kept(NamedTuple):
    """In the row, or in the object of this name."""

    in_row: bytes | None
    object_name: str | None = None


def pack(tensors: Sequence[Tensor]) -> bytes:
    """The same bytes for the same tensors in the same order: name, datatype and shape of each as JSON, then all of
    their elements as on Triton's wire.
    """
    head = orjson.dumps([[one.name, one.datatype.value, one.shape, len(one.raw)] for one in tensors])
    return b"".join([_LENGTH.pack(len(head)), head, *[one.raw for one in tensors]])


def unpack(packed: bytes) -> list[Tensor]:
    """What `pack` was given. The elements are views of `packed`."""
    (length,) = _LENGTH.unpack_from(packed)
    begin = _LENGTH.size + length
    view, found = memoryview(packed), []
    for name, datatype, shape, count in orjson.loads(view[_LENGTH.size : begin]):
        found.append(Tensor(name, Datatype(datatype), tuple(shape), view[begin : begin + count]))
        begin += count
    return found


async def keep(packed: bytes) -> Kept:
    """Raises PayloadTooLarge."""
    if len(packed) > LARGEST_IN_ROW:
        raise errors.PayloadTooLarge(
            f"The tensors of a job take {len(packed)} bytes; at most {LARGEST_IN_ROW} are kept. Use `infer` for more."
        )
    return Kept(packed)


async def load(kept: Kept) -> bytes:
    """What was kept."""
    if kept.in_row is None:
        raise RuntimeError("the bytes of a job are not in its row")
    return bytes(kept.in_row)
