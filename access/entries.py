"""What a partition's log holds of a call, as few bytes as are needed."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

# User, token (zeros for none) and hour since 1970.
_HEAD = struct.Struct("<16s16sI")
# Length of the model's name, calls, failed, units, milliseconds. The name follows.
_PART = struct.Struct("<HIIQd")
_NO_TOKEN = UUID(int=0)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an operation's calls of one model; `model` is None for units that belong to no model.

    `units` are those that are kept: units of what failed through no fault of the caller's are left out.
    """

    model: str | None
    calls: int
    failed: int
    units: int
    milliseconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    user_id: UUID
    token_id: UUID | None
    hour: datetime
    outcomes: tuple[Outcome, ...]


def hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def pack(user_id: UUID, token_id: UUID | None, hour: datetime, outcomes: Sequence[Outcome]) -> bytes:
    number = int(hour.timestamp()) // int(_HOUR.total_seconds())
    return _HEAD.pack(user_id.bytes, (token_id or _NO_TOKEN).bytes, number) + b"".join(map(_pack, outcomes))


def unpack(packed: bytes) -> Entry:
    user, token, hour = _HEAD.unpack_from(packed)
    token_id = UUID(bytes=token)
    return Entry(
        user_id=UUID(bytes=user),
        token_id=None if token_id == _NO_TOKEN else token_id,
        hour=datetime.fromtimestamp(hour * _HOUR.total_seconds(), UTC),
        outcomes=tuple(_unpack(packed)),
    )


def _pack(outcome: Outcome) -> bytes:
    name = (outcome.model or "").encode()
    return _PART.pack(len(name), outcome.calls, outcome.failed, outcome.units, outcome.milliseconds) + name


def _unpack(packed: bytes) -> Iterator[Outcome]:
    at = _HEAD.size
    while at < len(packed):
        length, calls, failed, units, milliseconds = _PART.unpack_from(packed, at)
        at += _PART.size + length
        name = packed[at - length : at].decode()
        yield Outcome(name or None, calls, failed, units, milliseconds)
