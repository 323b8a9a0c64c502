"""Requests that offer to change the protocol, as `curl --http2` and Java's clients send by default.

A server may ignore the offer (RFC 9110, section 7.8). httptools instead ends such a request after its head, and does
not read its body as one.
"""

from typing import Protocol

import httptools

# Fields that belong to the offer, and mean nothing without it.
_OFFER = frozenset({b"upgrade", b"http2-settings"})


class Receiver(Protocol):
    """What the parser calls, besides httptools' own callbacks."""

    headers: list[tuple[bytes, bytes]]
    url: bytes

    def begin_head(self) -> None:
        """Called before the same head is parsed again, without the offer."""


class Parser:
    """httptools' parser, which parses a request again without its offer."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._renew()

    def feed_data(self, data: bytes) -> None:
        """Raises HttpParserError."""
        left = memoryview(data)
        while left:
            try:
                self._parser.feed_data(left)
                return
            except httptools.HttpParserUpgrade as offer:
                left = left[offer.args[0] :]
            head = self._head_without_offer()
            self._renew()
            self._receiver.begin_head()
            self._parser.feed_data(head)

    def _head_without_offer(self) -> bytes:
        version = self.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.get_method(), self._receiver.url, version)]
        lines += [b"%b: %b" % field for field in self._receiver.headers if field[0] not in _OFFER]
        return b"\r\n".join([*lines, b"", b""])

    def _renew(self) -> None:
        self._parser = parser = httptools.HttpRequestParser(self._receiver)
        # As uvicorn sets it: bytes after a request that ends the connection do not prevent its answer.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        # Asked for each request.
        self.has_offer, self.should_keep_alive = parser.should_upgrade, parser.should_keep_alive
        self.get_method, self.get_http_version = parser.get_method, parser.get_http_version
