"""Reads HTTP/1.1 answers. llhttp, in httptools, parses them; a large body goes past it, into its own buffer.

Answers of one model have the same head, letter by letter. So a head is parsed once, as long as the next is the same.
"""

from typing import NamedTuple

import httptools

import buffers
import named_tuples

_SCRATCH_BYTES = 32 * 1024
_LARGEST_HEADERS = 64 * 1024
_OK = 200
_WITHOUT_BODY = (204, 304)
# A small answer comes in one piece. Larger ones are rare enough to be parsed each time.
_SMALL_BYTES = 4 * 1024
_HEAD_END = b"\r\n\r\n"


class BrokenAnswer(Exception):
    """The bytes are not an HTTP answer that this module reads."""


class TooLarge(Exception):
    """The body is larger than allowed. Little of it was read."""


class Answer(NamedTuple):
    """`head_size` is the header Inference-Header-Content-Length. After an answer that is not `reusable`, the connection
    must be closed."""

    status: int
    head_size: str | None
    body: bytes | bytearray | memoryview
    reusable: bool


_new_answer = named_tuples.maker(Answer)


class _Head(NamedTuple):
    """That of a 200 which was small, came whole, and left the connection open. `total` counts the octets of the whole
    answer.
    """

    octets: bytes
    head_size: str | None
    total: int


class AnswerReader:
    """Reads one answer after the other. Bytes go into `buffer`; `read` is told how many came.

    A body of known length is read into one buffer of this length; `most` limits it, and each chunked body.
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._scratch = memoryview(bytearray(_SCRATCH_BYTES))
        self._parser = httptools.HttpResponseParser(self)
        self._last_head = _Head(b"", None, -1)
        self._begin()

    def _begin(self) -> None:
        self._status = 0
        self._head_size: str | None = None
        self._length: int | None = None
        self._is_chunked = False
        self._keeps_alive = False
        self._headers_read = 0
        self._body = bytearray()
        # The buffer of a body that does not come with its head, and what of it is still empty.
        self._whole: memoryview | None = None
        self._rest: memoryview | None = None
        self._complete = False
        # The server sent bytes after the answer.
        self._has_more = False
        self._fault: BrokenAnswer | TooLarge | None = None

    def buffer(self, _: int = 0) -> memoryview:
        """Where the next bytes belong. It is never empty."""
        return self._scratch if self._rest is None else self._rest

    def read(self, count: int) -> Answer | None:
        """The answer, once it is complete. Raises BrokenAnswer and TooLarge; the connection is of no use then."""
        if self._rest is not None:
            self._rest = self._rest[count:]
            return None if self._rest else self._done(reusable=self._keeps_alive)
        octets = b""
        if count <= _SMALL_BYTES and not self._headers_read:
            octets, (start, head_size, total) = self._scratch[:count].tobytes(), self._last_head
            if count == total and octets.startswith(start):
                return _new_answer((_OK, head_size, octets[len(start) :], True))
        self._parse(self._scratch[:count])
        if self._complete:
            reusable = self._keeps_alive and not self._has_more
            if octets and reusable:
                self._keep_head(octets)
            return self._done(reusable=reusable)
        if self._status and self._length is not None:
            self._whole = buffers.take(self._length)
            self._whole[: len(self._body)] = self._body
            self._rest = self._whole[len(self._body) :]
        return None

    def close(self) -> None:
        """Without the parser, which knows this object, both are freed at once."""
        del self._parser

    def _keep_head(self, octets: bytes) -> None:
        """Of an answer that is complete, and has nothing before or after it."""
        head, _, body = octets.partition(_HEAD_END)
        if self._status == _OK and not self._is_chunked and self._length == len(body):
            self._last_head = _Head(head + _HEAD_END, self._head_size, len(octets))

    def _done(self, *, reusable: bool) -> Answer:
        body = self._body if self._whole is None else self._whole
        answer = Answer(self._status, self._head_size, body, reusable)
        if self._whole is not None or not reusable:
            # The parser has not seen the end of this answer, or has seen more than that.
            self._parser = httptools.HttpResponseParser(self)
        self._begin()
        return answer

    def _parse(self, data: memoryview) -> None:
        if not self._status:
            self._headers_read += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            # A complete answer stands, whatever follows it.
            self._has_more = True
            if not self._complete:
                raise BrokenAnswer(f"not an HTTP answer: {error}") from error
        if not self._status and self._headers_read > _LARGEST_HEADERS:
            raise BrokenAnswer(f"headers of more than {_LARGEST_HEADERS} bytes")
        if self._fault:
            raise self._fault

    # What the parser calls. An exception here would reach the caller as another one.

    def on_message_begin(self) -> None:
        self._has_more = self._complete

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._status:
            return  # a trailer, or an answer that nobody asked for
        match name.lower():
            case b"content-length":
                self._length = int(value)
            case b"transfer-encoding":
                self._is_chunked = True
            case b"inference-header-content-length":
                self._head_size = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self._status or status < 200:
            return
        self._status, self._keeps_alive = status, self._parser.should_keep_alive()
        if status in _WITHOUT_BODY or self._is_chunked:
            self._length = None
        elif self._length is None:
            # Its end would be that of the connection, so a lost connection would look like an answer.
            self._fault = BrokenAnswer("an answer without its length")
        elif self._length > self._most:
            self._fault = TooLarge()

    def on_body(self, part: bytes) -> None:
        if self._complete or self._fault:
            return
        self._body += part
        if len(self._body) > self._most:
            self._fault = TooLarge()

    def on_message_complete(self) -> None:
        if self._status:
            self._complete = True
        else:
            # An interim answer, such as 100 Continue.
            self._length, self._head_size, self._is_chunked = None, None, False
