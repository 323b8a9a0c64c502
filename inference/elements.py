"""Checks flat elements from JSON and converts them to the bytes of Triton's wire.

No step runs Python code for each element; `wire` explains why. A few numbers, which most calls have, are packed by
`struct` in an eighth of the time of numpy. It refuses what does not fit, and numpy's way then says what it was.
"""

import json
import re
import struct
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import chain, compress, filterfalse
from math import isfinite
from typing import Any

import ml_dtypes
import numpy as np
import orjson

from errors import InvalidTensor
from inference.arrays import DTYPES
from inference.declarations import Datatype
from inference.wire import FLOATS, WIDE

_NOT_FINITE = {"NaN", "Infinity", "-Infinity"}
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,19})")
_LENGTH = struct.Struct("<I")
_SHOWN = 40
# As many numbers as `struct` packs faster than numpy, and the letters by which it knows the datatypes.
_FEW = 256
_FLOATS, _WHOLE_NUMBERS = {int, float}, {int}
_LETTERS: dict[Datatype, tuple[str, AbstractSet[type]]] = {
    Datatype.FP16: ("e", _FLOATS),
    Datatype.FP32: ("f", _FLOATS),
    Datatype.FP64: ("d", _FLOATS),
    Datatype.UINT8: ("B", _WHOLE_NUMBERS),
    Datatype.UINT16: ("H", _WHOLE_NUMBERS),
    Datatype.UINT32: ("I", _WHOLE_NUMBERS),
    Datatype.UINT64: ("Q", _WHOLE_NUMBERS),
    Datatype.INT8: ("b", _WHOLE_NUMBERS),
    Datatype.INT16: ("h", _WHOLE_NUMBERS),
    Datatype.INT32: ("i", _WHOLE_NUMBERS),
    Datatype.INT64: ("q", _WHOLE_NUMBERS),
}


def encode(name: str, datatype: Datatype, elements: Sequence[Any]) -> bytes:
    """The wire's bytes. Raises InvalidTensor for `name` if an element is not of the datatype or out of its range."""
    packed = _LETTERS.get(datatype)
    if packed is not None and len(elements) <= _FEW:
        letter, numbers = packed
        try:
            if set(map(type, elements)) <= numbers and isfinite(sum(elements)):
                return struct.pack(f"<{len(elements)}{letter}", *elements)
        except (struct.error, OverflowError):
            pass  # What it does not take is converted or refused below.
    if datatype is Datatype.BYTES:
        return _encode_strings(name, elements)
    if datatype is Datatype.BOOL:
        _refuse_others(name, elements, {bool}, expected="true or false")
        return np.fromiter(elements, "?", len(elements)).tobytes()
    if datatype in FLOATS:
        return _encode_floats(name, datatype, elements)
    return _encode_whole(name, datatype, elements)


def show(value: object) -> str:
    """A value as JSON, short enough for a message."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    if isinstance(value, str) and len(value) > _SHOWN:
        return f"{json.dumps(value[:_SHOWN])} and more"
    if isinstance(value, int) and value.bit_length() > 64:
        return "a number of more than 64 bits"
    return json.dumps(value, default=repr)


def _encode_whole(name: str, datatype: Datatype, elements: Sequence[Any]) -> bytes:
    limits = np.iinfo(DTYPES[datatype])
    expected = f"whole numbers from {limits.min} to {limits.max}"
    allowed = {int, str} if datatype in WIDE else {int}
    numbers: Sequence[Any] = elements
    if str in _refuse_others(name, elements, allowed, expected=expected):
        numbers = _read_whole(name, elements, expected=expected)
    try:
        return np.fromiter(numbers, DTYPES[datatype], len(numbers)).tobytes()
    except OverflowError:
        least, most = min(numbers), max(numbers)
        odd = least if least < limits.min else most
        raise InvalidTensor(name, expected=expected, got=show(odd)) from None


def _read_whole(name: str, elements: Sequence[Any], *, expected: str) -> list[int]:
    """Reads elements of which some are strings, all at once: JSON allows no +, no leading zero and no `_`."""
    try:
        joined = ",".join(map(str, elements))
        numbers = orjson.loads(f"[{joined}]")
    except ValueError:
        joined, numbers = "", []
    # A string with a comma would make the list longer; white space is the only other thing that JSON allows.
    spaced = any(map(joined.__contains__, " \t\r\n"))
    if len(numbers) == len(elements) and set(map(type, numbers)) == {int} and not spaced:
        return list(numbers)
    odd = next(filterfalse(_WHOLE.fullmatch, filter(str.__instancecheck__, elements)), None)
    if odd is not None:
        raise InvalidTensor(name, expected=expected, got=show(odd))
    # Numbers too large for orjson: Python reads them, and the caller of this function refuses them by value.
    return list(map(int, elements))


def _encode_floats(name: str, datatype: Datatype, elements: Sequence[Any]) -> bytes:
    expected = 'numbers, "NaN", "Infinity" or "-Infinity"'
    kinds = _refuse_others(name, elements, {int, float, str}, expected=expected)
    words = list(filter(str.__instancecheck__, elements)) if str in kinds else []
    if odd := set(words) - _NOT_FINITE:
        raise InvalidTensor(name, expected=expected, got=show(min(odd)))
    try:
        wide = np.fromiter(elements, "<f8", len(elements))
    except OverflowError:
        raise _too_large(name, datatype, max(filter(int.__instancecheck__, elements), key=abs)) from None
    with np.errstate(over="ignore"):
        narrow = wide.astype(DTYPES[datatype])
    # Infinite although not written as "Infinity": 1e300 as FP32, or a literal 1e999.
    infinite = ~np.isfinite(narrow)
    if np.count_nonzero(infinite) != len(words):
        named = np.fromiter(map(str.__instancecheck__, elements), "?", len(elements))
        raise _too_large(name, datatype, elements[int(np.argmax(infinite & ~named))])
    return narrow.tobytes()


def _too_large(name: str, datatype: Datatype, odd: object) -> InvalidTensor:
    limits = ml_dtypes.finfo(DTYPES[datatype])  # type: ignore[no-untyped-call]  # its stub leaves this one out
    limit = f"{float(limits.max):.8g}"
    return InvalidTensor(name, expected=f"numbers from -{limit} to {limit}", got=show(odd))


def _encode_strings(name: str, elements: Sequence[Any]) -> bytes:
    _refuse_others(name, elements, {str}, expected="strings")
    try:
        encoded = list(map(str.encode, elements))
    except UnicodeEncodeError:
        raise InvalidTensor(name, expected="strings of Unicode characters", got="half a surrogate pair") from None
    lengths = map(_LENGTH.pack, map(len, encoded))
    return b"".join(chain.from_iterable(zip(lengths, encoded, strict=True)))


def _refuse_others(name: str, elements: Sequence[Any], kinds: AbstractSet[type], *, expected: str) -> set[type]:
    """The types of the elements, which must all be in `kinds`. A bool or 1.0 is not an int here."""
    found = set(map(type, elements))
    if found <= kinds:
        return found
    odd = next(compress(elements, map((found - kinds).__contains__, map(type, elements))))
    raise InvalidTensor(name, expected=expected, got=show(odd))
