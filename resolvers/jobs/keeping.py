"""Where the bytes of a job's inputs and result are kept: in its row, or in an object."""

from typing import NamedTuple
from uuid import UUID

import errors
from objects.objects import Objects

# The most that a row holds.
LARGEST_IN_ROW = 1024**2


class Kept(NamedTuple):
    """The bytes in the row, or the name of the object that holds them."""

    in_row: bytes | None
    object_name: str | None = None


def is_small(packed: bytes) -> bool:
    """Whether it is kept in the row."""
    return len(packed) <= LARGEST_IN_ROW


async def keep(packed: bytes, objects: Objects, *, of: UUID) -> Kept:
    """An object must be named by a row within the hour. `of` is the user.

    Raises PayloadTooLarge and ServiceUnavailable.
    """
    if is_small(packed):
        return Kept(packed)
    if not objects.is_set:
        raise errors.PayloadTooLarge(
            f"The tensors of a job take {len(packed)} bytes; at most {LARGEST_IN_ROW} are kept here, because there is "
            "no object store. Use `infer` for more."
        )
    return Kept(None, await objects.put(packed, of=of))


async def load(kept: Kept, objects: Objects) -> bytes:
    """What was kept. Raises DataMissing and ServiceUnavailable."""
    if kept.object_name is not None:
        return await objects.read(kept.object_name)
    if kept.in_row is None:
        raise RuntimeError("the bytes of a job are neither in its row nor in an object")
    return bytes(kept.in_row)
