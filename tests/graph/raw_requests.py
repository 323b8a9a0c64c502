"""Requests written byte by byte, with and without an offer of another protocol."""

from tests.abuse.wire import Line
from tests.service import Service

H2C = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"

ANSWER = {"data": {"a": "Query"}}


def line(service: Service) -> Line:
    return Line(service.port, "127.0.0.1")


JSON = "Content-Type: application/json\r\n"


def question(padding: int = 0) -> bytes:
    """JSON with what would be a request by itself at its end."""
    return b'{"query": "{ a: __typename }"}' + b" " * padding + b"\r\n\r\n\r\n"


def raw_post(offer: str, *, body: bytes = question(), pieces: int = 0, fields: str = JSON) -> bytes:
    """A request with this body, in so many chunks if any."""
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\n{offer}{fields}"
    if not pieces:
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    size = -(-len(body) // pieces)
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    sent = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + sent + b"0\r\n\r\n"
