"""A request whose head is that of the request before on its connection. Nothing of the head is parsed again.

Programs send the same head each time, but for the length of the body.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.types import Scope

if TYPE_CHECKING:
    from access.callers import Caller
    from access.signing_keys import Keys

# The media type of the answer, whether the client takes events, and whether it likes them best.
Forms = tuple[str | None, bool, bool]
# Of the state in the scope of a request.
KEY = "head"
# Longer heads are parsed each time: an idle connection keeps its head.
_HEAD_BYTES = 2048
# Larger bodies stop the reading while they arrive.
_PIECE_BYTES = 64 * 1024
_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,5})(?=\r\n)", re.IGNORECASE)
_NOT_KEPT = re.compile(rb"\r\n(?:expect|transfer-encoding|upgrade|http2-settings):", re.IGNORECASE)


class Head:
    """What was found out from the head of a request alone. Its lists must not be changed.

    `identified` has the caller that was identified by it, without cookies, and the keys that verified the credential.
    Whether it is still valid is asked for each request. Once they were asked for: `sends_json`, whether the body is
    JSON without a coding, and `forms`, the forms of answers that the client takes.
    """

    __slots__ = ("fields", "forms", "identified", "raw", "sends_json")

    def __init__(self, raw: list[tuple[bytes, bytes]], fields: dict[str, list[str]]) -> None:
        self.raw = raw
        self.fields = fields
        self.identified: tuple[Caller, Keys | None] | None = None
        self.sends_json: bool | None = None
        self.forms: Forms | None = None

    @staticmethod
    def read(raw: list[tuple[bytes, bytes]]) -> Head:
        fields: dict[str, list[str]] = {}
        for name, value in raw:
            fields.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        return Head(raw, fields)

    @staticmethod
    def of(scope: Scope) -> Head:
        """That of a request. Of another scope made from it, whose header fields may be others, a new one."""
        head: Head | None = scope.get("state", {}).get(KEY)
        raw = scope["headers"]
        return head if head is not None and head.raw == raw else Head.read(raw)

    def with_length(self, digits: bytes) -> Head:
        """The same but for the Content-Length."""
        raw = self.raw.copy()
        raw[raw.index((b"content-length", self.fields["content-length"][0].encode()))] = (b"content-length", digits)
        head = Head(raw, {**self.fields, "content-length": [digits.decode()]})
        head.identified, head.sends_json, head.forms = self.identified, self.sends_json, self.forms
        return head


class Kept:
    """The head of the last request of a connection, which was accepted. `scope` is that of a request with it, without a
    state.
    """

    __slots__ = ("_after", "_before", "_size", "_text", "head", "scope")

    def __init__(self, text: bytes, length: re.Match[bytes], body_bytes: int, head: Head, scope: Scope) -> None:
        self._text, self._size = text, len(text) + body_bytes
        self._before, self._after = text[: length.start(1)], text[length.end(1) :]
        self.head = head
        self.scope = scope

    @staticmethod
    def of(piece: bytes, body_bytes: int, scope: Mapping[str, object]) -> Kept | None:
        """None if the piece is more or less than one request, with a body of so many bytes, or if its head is not kept.

        The scope is that of the last request in it, whose connection goes on.
        """
        end = len(piece) - body_bytes
        # The first empty line is the end of the head. Before a head, the parser skips line ends.
        if not piece.startswith(b"POST ") or end > _HEAD_BYTES or len(piece) > _PIECE_BYTES:
            return None
        if piece.find(_END) + len(_END) != end:
            return None
        text = piece[:end]
        length = _LENGTH.search(text)
        if length is None or int(length[1]) != body_bytes or _NOT_KEPT.search(text):
            return None
        without_state: dict[str, Any] = {**scope}
        head: Head = without_state.pop("state")[KEY]
        if head.fields["content-length"] != [length[1].decode()]:
            return None
        return Kept(text, length, body_bytes, head, without_state)

    def body_in(self, piece: bytes) -> bytes | None:
        """The body, if the piece is this head, with the length of the body, and all of the body. Else None."""
        if len(piece) == self._size and piece.startswith(self._text):
            return piece[len(self._text) :]
        before, after = self._before, self._after
        if len(piece) > _PIECE_BYTES or not piece.startswith(before):
            return None
        end = piece.find(b"\r", len(before))
        digits = piece[len(before) : end]
        if not digits.isdigit() or not piece.startswith(after, end):
            return None
        start = end + len(after)
        if len(digits) > 5 or int(digits) != len(piece) - start:
            return None
        self.head = self.head.with_length(digits)
        self.scope["headers"] = self.head.raw
        self._text, self._size = piece[:start], len(piece)
        return piece[start:]
