"""Strict JSON: text that two parsers could read in two ways is refused."""

from typing import Any

import orjson

import errors

# Lists, objects and members of objects. Each takes the parser 0.2 us or more, while nothing else runs in the process.
# Numbers do not count: one takes a tenth of that, and the length of the body limits them.
_MOST_PARTS = 250_000
_DEEPEST = 900
# So much is written again in 0.2 ms at most, while nothing else runs.
_SMALL = 64 * 1024


def read(body: bytes | bytearray, *, what: str) -> Any:
    """Raises BadRequest for invalid JSON or UTF-8, NaN, lone surrogates, NUL, doubled keys and deep nesting.

    Raises PayloadTooLarge for too many lists, objects and members; brackets and colons in texts count, too.
    """
    if len(body) > _MOST_PARTS and sum(map(body.count, (b"[", b"{", b":"))) > _MOST_PARTS:
        raise errors.PayloadTooLarge(
            f"{what} has more than {_MOST_PARTS} lists, objects and members. Send large tensors as base64 or as files."
        )
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise errors.BadRequest(f"{what} is not valid JSON: {error}.") from error
    again = _again(value) if len(body) <= _SMALL else None
    if again == body and b"\\u0000" not in body:  # Programs seldom write spaces.
        return value
    # A pair of backslashes is an escaped backslash. With all pairs removed, each backslash left starts an escape.
    escapes = body.replace(b"\\\\", b"") if b"\\u" in body else b""
    # Postgres stores no text with a NUL.
    if b"\\u0000" in escapes:
        raise errors.BadRequest(f"{what} holds a NUL character.")
    # If an object has a key twice, orjson drops one member, and its colon.
    written = body.count(b":") + escapes.count(b"\\u003a") + escapes.count(b"\\u003A")
    if (_colons_by_level(value, what) if again is None else again.count(b":")) != written:
        raise errors.BadRequest(f"{what} has an object with the same key twice.")
    return value


def _again(value: Any) -> bytes | None:
    """The same as JSON. None for what is nested more deeply than orjson writes, though it has read it."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return None


def _colons_by_level(value: Any, what: str) -> int:
    """The colons of all members and texts. It goes from level to level in Python, where other threads get their turns.

    The standard library's parser could report each member, but lets nothing else run for up to half a second.
    """
    found, depth, level = 0, 0, [value]
    while level:
        if depth > _DEEPEST:
            raise errors.BadRequest(f"{what} is nested too deeply.")
        below: list[Any] = []
        for one in level:
            if type(one) is str:
                found += one.count(":")
            elif type(one) is dict:
                found += len(one) + "".join(one).count(":")
                below.extend(one.values())
            elif type(one) is list:
                below += [item for item in one if type(item) in _HOLD_COLONS]
        depth, level = depth + 1, below
    return found


_HOLD_COLONS = frozenset({str, dict, list})
