"""The inputs and the result of a job as bytes."""

import struct
from collections.abc import Sequence

import orjson

from inference.declarations import Datatype
from inference.tensors import Tensor

_LENGTH = struct.Struct("<I")


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
