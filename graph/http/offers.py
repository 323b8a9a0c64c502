"""Requests that offer to change the protocol, as `curl --http2` and Java's clients send by default.

A server may ignore the offer (RFC 9110, section 7.8). httptools instead ends such a request after its head, and does
not read its body as one. The offer of a WebSocket is not ignored: what follows the request is not HTTP.
"""

from typing import Protocol

import httptools

# Fields that belong to the offer, and mean nothing without it.
_OFFER = frozenset({b"upgrade", b"http2-settings"})
# A request with one of these has a body, and so none that a WebSocket could follow.
_BODY = frozenset({b"content-length", b"transfer-encoding"})


class Receiver(Protocol):
    """What the parser calls, besides httptools' own callbacks."""

    headers: list[tuple[bytes, bytes]]
    url: bytes

    def begin_head(self) -> None:
        """Called before the same head is parsed again, without the offer."""

    def offer_websocket(self, rest: bytes) -> None:
        """Called before it is parsed again if the request offers a WebSocket. `rest` came after it, and may be cut off
        in the middle of a frame. Nothing more is parsed here.
        """


class Parser:
    """httptools' parser, which parses a request again without its offer."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._renew()

    def feed_data(self, data: bytes) -> None:
        """Raises HttpParserError."""
        left: bytes | memoryview = data
        while left:
            try:
                self._parser.feed_data(left)
                return
            except httptools.HttpParserUpgrade as offer:
                left = memoryview(left)[offer.args[0] :]
            head = self._head_without_offer()
            is_websocket = self._is_websocket()
            self._renew()
            self._receiver.begin_head()
            if is_websocket:
                self._receiver.offer_websocket(bytes(left))
            self._parser.feed_data(head)
            if is_websocket:
                return

    def _head_without_offer(self) -> bytes:
        version = self.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.get_method(), self._receiver.url, version)]
        lines += [b"%b: %b" % field for field in self._receiver.headers if field[0] not in _OFFER]
        return b"\r\n".join([*lines, b"", b""])

    def _is_websocket(self) -> bool:
        fields = dict(self._receiver.headers)
        return (
            self.get_method() == b"GET"
            and self.get_http_version() != "1.0"
            and fields.get(b"upgrade", b"").lower() == b"websocket"
            and b"sec-websocket-key" in fields
            and _BODY.isdisjoint(fields)
        )

    def _renew(self) -> None:
        self._parser = parser = httptools.HttpRequestParser(self._receiver)
        # As uvicorn sets it: bytes after a request that ends the connection do not prevent its answer.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        # Asked for each request.
        self.has_offer, self.should_keep_alive = parser.should_upgrade, parser.should_keep_alive
        self.get_method, self.get_http_version = parser.get_method, parser.get_http_version
