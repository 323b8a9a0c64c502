"""The values in a log entry, and what makes an entry unreadable."""

import struct
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from limits import entries
from limits.entries import Entry, Malformed, Outcome

USER = UUID(int=7)
HEAD = struct.pack("<16s16sI", USER.bytes, UUID(int=0).bytes, 500_000)


def part(name=b"text", *, length=None, calls=1, failed=0, units=1, milliseconds=2.0):
    size = len(name) if length is None else length
    return struct.pack("<HIIQd", size, calls, failed, units, milliseconds) + name


def test_an_entry_unpacks_to_what_was_packed():
    user, token, hour = uuid4(), uuid4(), datetime(2026, 11, 22, 23, tzinfo=UTC)
    outcomes = (Outcome("größe/2", 3, 1, 2**40, 12.5), Outcome(None, 0, 0, 7), Outcome("x" * 255, 2**32 - 1, 0, 0))

    assert entries.unpack(entries.pack(user, token, hour, outcomes)) == Entry(user, token, hour, outcomes)
    assert entries.unpack(entries.pack(user, None, hour, ())) == Entry(user, None, hour, ())


@pytest.mark.parametrize(
    ("packed", "problem"),
    [
        (b"", "only 0 bytes long"),
        (HEAD[:35], "only 35 bytes long"),
        (HEAD + part()[:25], "it ends in the middle of an outcome"),
        (HEAD + part() + b"x", "it ends in the middle of an outcome"),
        (HEAD + part(b"tex", length=4), "it ends in the middle of a model's name"),
        (HEAD + part(b"\xff"), "the model's name is not UTF-8"),
        (HEAD + part(units=2**53), f"{2**53} units, 2.0 ms"),
        (HEAD + part(milliseconds=float("nan")), "1 units, nan ms"),
        (HEAD + part(milliseconds=float("inf")), "1 units, inf ms"),
        (HEAD + part(milliseconds=-1.0), "1 units, -1.0 ms"),
        (HEAD[:32] + struct.pack("<I", 2**32 - 1), f"hour {2**32 - 1} is after the year 9999"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_entry_that_usage_cannot_hold_is_malformed(packed, problem):
    with pytest.raises(Malformed) as refused:
        entries.unpack(packed)

    assert str(refused.value) == problem


@pytest.mark.parametrize("name", ["x" * 256, "x" * 65_535, "a\0b", ""], ids=lambda name: ascii(name[:3]))
def test_a_name_that_no_model_can_have_is_read_as_none(name):
    assert entries.unpack(HEAD + part(name.encode())).outcomes == (Outcome(None, 1, 0, 1, 2.0),)


def test_the_user_of_an_entry_is_found_without_unpacking_it():
    assert entries.is_of(HEAD + b"\xff", USER)
    assert not entries.is_of(HEAD, UUID(int=8))
    assert not entries.is_of(b"", USER)
