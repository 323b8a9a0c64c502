"""Between JSON values and the bytes of a tensor. The code is in `elements` and `arrays`, which need numpy.

numpy costs a tenth of a second and 15 MB. So it is imported by the first call of a model, and not by the start of each
process.
"""

import asyncio
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from inference.declarations import Datatype

if TYPE_CHECKING:
    from numpy.typing import NDArray

is_loaded = False


async def load() -> None:
    """Imports numpy in a thread, because it would keep all other requests waiting. Each call of a model begins so,
    unless it `is_loaded`.
    """
    global is_loaded
    await asyncio.to_thread(import_module, "inference.elements")
    is_loaded = True


def encode(name: str, datatype: Datatype, values: Sequence[Any]) -> bytes:
    """As `elements.encode`."""
    from inference.elements import encode

    return encode(name, datatype, values)


def show(value: object) -> str:
    """As `elements.show`."""
    from inference.elements import show

    return show(value)


def decode(datatype: Datatype, raw: bytes | memoryview, count: int) -> "list[Any] | NDArray[Any]":
    """As `arrays.decode`."""
    from inference.arrays import decode

    return decode(datatype, raw, count)


def decode_stepwise(datatype: Datatype, raw: bytes | memoryview, count: int) -> "Iterator[list[Any] | NDArray[Any]]":
    """As `arrays.decode_stepwise`."""
    from inference.arrays import decode_stepwise

    return decode_stepwise(datatype, raw, count)
