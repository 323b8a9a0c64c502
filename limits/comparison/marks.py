"""The mark of a partition in Redis, which says from when on its counts can be compared.

Redis loses the mark if it loses everything, and a new server has another generation than the mark. Then calls may have
been lost as docs/limits.md allows, and some of these end only now. Until the last one has ended, a difference is no
drift. The differences at that moment are kept in the new mark, and from then on the tolerance is 0 again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from limits import partitions, scripts
from store.redis import ScriptCall, Stamp, Store


@dataclass(frozen=True, slots=True)
class Mark:
    """`begun` is when it was written, in ms of Redis' clock, b"" if there is none. `is_base`: from then on every
    difference is drift, but those in `accepted`, by the text of user and day."""

    generation: int = 0
    begun: bytes = b""
    is_base: bool = False
    accepted: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: Sequence[bytes]) -> "Mark":
        """From HGETALL."""
        fields = dict(zip(stored[::2], stored[1::2], strict=True))
        begun = fields.pop(b"s", b"")
        if not begun:
            return cls()
        generation, is_base = int(fields.pop(b"g")), fields.pop(b"b") == b"1"
        return cls(generation, begun, is_base, {name.decode(): int(units) for name, units in fields.items()})


async def begin(store: Store, partition: str, earlier: Mark, generation: int) -> None:
    """Writes that the calls which Redis lost may still end. Raises StoreDown."""
    await _write(store, partition, [earlier.begun, generation, "", 0])


async def settle(store: Store, partition: str, begun: Mark, accepted: Mapping[str, int]) -> bool:
    """Writes that every difference but these is drift from now on. False if it is not so. Raises StoreDown."""
    pairs = [part for pair in accepted.items() for part in pair]
    return await _write(store, partition, [begun.begun, begun.generation, begun.begun, 1, *pairs])


async def _write(store: Store, partition: str, arguments: Sequence[str | bytes | int]) -> bool:
    def prepare(stamp: Stamp) -> ScriptCall:
        return [partitions.compared(partition)], arguments

    # CHANGED if Redis was emptied or another worker was first. The next turn looks at it again.
    return bool((await store.run(scripts.MARK, prepare, key=partition)).values[0] == b"OK")
