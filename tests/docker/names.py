"""A name server, as Docker's own is: what answers to a name may change at any time."""

import socket
import threading
from typing import Self


class Names:
    """Every name has these addresses; the list may be changed."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        # Each resolver asks from a port of its own, and keeps it.
        self.answered: set[tuple[str, int]] = set()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        while True:
            query, peer = self._socket.recvfrom(512)
            if not query:
                return
            self._socket.sendto(_answer(query, self.addresses), peer)
            self.answered.add(peer)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
            ending.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()


def _answer(query: bytes, addresses: list[str]) -> bytes:
    """A records for the one question of the query, good for a second (RFC 1035, section 4)."""
    # After the header of 12 octets the name, which an empty label ends, then type and class with two octets each.
    question = query[12 : query.index(b"\0", 12) + 5]
    record = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4"
    head = query[:2] + b"\x81\x80\0\1" + len(addresses).to_bytes(2, "big") + b"\0\0\0\0"
    return head + question + b"".join(record + socket.inet_aton(address) for address in addresses)
