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

    def takes_offer(self) -> bool:
        """Whether the connection itself changes to what the request offers."""

    def begin_again(self) -> None:
        """Called before the same head is parsed again, without the offer."""


class Parser:
    """httptools' parser, which parses a request again without its offer where the receiver does not take that."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._parser = _new(receiver)

    def feed_data(self, data: bytes) -> None:
        """Raises HttpParserError, and HttpParserUpgrade for an offer that is taken."""
        left = memoryview(data)
        while left:
            try:
                self._parser.feed_data(left)
                return
            except httptools.HttpParserUpgrade as offer:
                if not self.has_unwanted_offer():
                    raise
                left = left[offer.args[0] :]
            head = self._head_without_offer()
            self._parser = _new(self._receiver)
            self._receiver.begin_again()
            self._parser.feed_data(head)

    def has_unwanted_offer(self) -> bool:
        # CONNECT is an offer, too, but without it there is no request left.
        return self.should_upgrade() and self._parser.get_method() != b"CONNECT" and not self._receiver.takes_offer()

    def should_upgrade(self) -> bool:
        return self._parser.should_upgrade()

    def should_keep_alive(self) -> bool:
        return self._parser.should_keep_alive()

    def get_method(self) -> bytes:
        return self._parser.get_method()

    def get_http_version(self) -> str:
        return self._parser.get_http_version()

    def _head_without_offer(self) -> bytes:
        version = self.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.get_method(), self._receiver.url, version)]
        lines += [b"%b: %b" % field for field in self._receiver.headers if field[0] not in _OFFER]
        return b"\r\n".join([*lines, b"", b""])


def _new(receiver: Receiver) -> httptools.HttpRequestParser:
    parser = httptools.HttpRequestParser(receiver)
    # As uvicorn sets it: bytes after a request that ends the connection do not prevent its answer.
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser
