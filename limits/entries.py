"""The log entry of a call, in as few bytes as possible."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

# User, token (zeros for none) and hour since 1970.
_HEAD = struct.Struct("<16s16sI")
# Length of the model's name, calls, failed, units, milliseconds. The name follows.
_PART = struct.Struct("<HIIQd")
_NO_TOKEN = UUID(int=0)
_HOUR = timedelta(hours=1)
_HOUR_SECONDS = 3600

# What `usage` can hold: the column `model`, hours up to the year 9999, and sums that fit exactly into a JSON number.
LONGEST_MODEL = 255
_LAST_HOUR = datetime(9999, 12, 31, tzinfo=UTC)
_MOST = 2**53 - 1


class Malformed(ValueError):
    """A log entry that cannot be read, or that has values which `usage` cannot hold. The message is the reason."""


class Outcome(NamedTuple):
    """How an operation's calls of one model ended. `model` is None for units that belong to no model.

    `units` are those that are kept. Units of calls that failed without a fault of the caller are left out.
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


def hour_of(time: datetime) -> datetime:
    return _hour(int(time.timestamp()) // _HOUR_SECONDS)


def hour_of_ms(milliseconds: int) -> datetime:
    """The hour of a time of Redis' clock, given in ms since 1970."""
    return _hour(milliseconds // (_HOUR_SECONDS * 1000))


@lru_cache(16)
def _hour(number: int) -> datetime:
    return datetime.fromtimestamp(number * _HOUR_SECONDS, UTC)


def pack(user_id: UUID, token_id: UUID | None, hour: datetime, outcomes: Sequence[Outcome]) -> bytes:
    return _head(user_id.int, 0 if token_id is None else token_id.int, hour) + b"".join(map(_pack, outcomes))


# By the numbers of the ids: an id itself takes three times as long to look up.
@lru_cache(4096)
def _head(user: int, token: int, hour: datetime) -> bytes:
    number = int(hour.timestamp()) // _HOUR_SECONDS
    return _HEAD.pack(user.to_bytes(16, "big"), token.to_bytes(16, "big"), number)


def unpack(packed: bytes) -> Entry:
    """Raises Malformed."""
    if len(packed) < _HEAD.size:
        raise Malformed(f"only {len(packed)} bytes long")
    user, token, hour = _HEAD.unpack_from(packed)
    token_id = UUID(bytes=token)
    if hour * _HOUR.total_seconds() > _LAST_HOUR.timestamp():
        raise Malformed(f"hour {hour} is after the year 9999")
    return Entry(
        user_id=UUID(bytes=user),
        token_id=None if token_id == _NO_TOKEN else token_id,
        hour=datetime.fromtimestamp(hour * _HOUR.total_seconds(), UTC),
        outcomes=tuple(_unpack(packed)),
    )


def order(identity: bytes) -> tuple[int, int]:
    """The sort key of an entry's id: milliseconds of Redis' clock, and a number within that millisecond."""
    milliseconds, _, number = identity.partition(b"-")
    return int(milliseconds), int(number)


def is_of(packed: bytes, user_id: UUID) -> bool:
    """Whether the entry belongs to this user. The rest of the entry is not checked."""
    return packed.startswith(user_id.bytes)


def _pack(outcome: Outcome) -> bytes:
    model, calls, failed, units, milliseconds = outcome
    name = (model or "").encode()
    return _PART.pack(len(name), calls, failed, units, milliseconds) + name


def _unpack(packed: bytes) -> Iterator[Outcome]:
    offset = _HEAD.size
    while offset < len(packed):
        if offset + _PART.size > len(packed):
            raise Malformed("it ends in the middle of an outcome")
        length, calls, failed, units, milliseconds = _PART.unpack_from(packed, offset)
        offset += _PART.size + length
        if offset > len(packed):
            raise Malformed("it ends in the middle of a model's name")
        if units > _MOST or not 0 <= milliseconds <= _MOST:  # also False for NaN
            raise Malformed(f"{units} units, {milliseconds} ms")
        yield Outcome(_model(packed[offset - length : offset]), calls, failed, units, milliseconds)


def _model(name: bytes) -> str | None:
    try:
        model = name.decode()
    except UnicodeDecodeError as error:
        raise Malformed("the model's name is not UTF-8") from error
    # The previous version logged names as callers wrote them, and Postgres cannot store NUL in a text. No model has
    # such a name, and the rest of the entry can be rolled up.
    return model if 0 < len(model) <= LONGEST_MODEL and "\0" not in model else None
