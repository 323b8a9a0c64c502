"""Where the bytes of a job's inputs and result are kept: in its row, or in an object."""

from typing import NamedTuple

import errors
from objects.objects import Objects

# The most that a row holds.
LARGEST_IN_ROW = 1024**2


class Kept(NamedTuple):
    """In the row, or in the object of this name."""

    in_row: bytes | None
    object_name: str | None = None


async def keep(packed: bytes, objects: Objects) -> Kept:
    """An object must be named by a row within the hour. Raises PayloadTooLarge and ServiceUnavailable."""
    if len(packed) <= LARGEST_IN_ROW:
        return Kept(packed)
    if not objects.is_set:
        raise errors.PayloadTooLarge(
            f"The tensors of a job take {len(packed)} bytes; at most {LARGEST_IN_ROW} are kept here, because there is "
            "no object store. Use `infer` for more."
        )
    return Kept(None, await objects.put(packed))


async def load(kept: Kept, objects: Objects) -> bytes:
    """What was kept. Raises DataMissing and ServiceUnavailable."""
    if kept.object_name is not None:
        return await objects.read(kept.object_name)
    if kept.in_row is None:
        raise RuntimeError("the bytes of a job are neither in its row nor in an object")
    return bytes(kept.in_row)
