"""Free ports on the loopback."""

import hashlib
import random
import socket
from pathlib import Path

# By the server's name. Below those that Linux gives to outgoing connections, so that none of them takes ours while a
# server is being restarted; and apart, so that two servers that start together never choose the same one.
BY_SERVER = {
    "redis": range(20_000, 26_000),
    "postgres": range(26_000, 31_000),
    "mail-catcher": range(31_000, 32_000),
}


def choose(folder: Path, among: range) -> int:
    """The same port for the same folder whenever it is free."""
    number = int.from_bytes(hashlib.sha256(str(folder.resolve()).encode()).digest()[:4], "big")
    port = among[number % len(among)]
    while not is_free(port):
        port = random.choice(among)  # noqa: S311 - spread, not secrecy
    return port


def is_free(port: int) -> bool:
    try:
        probe(port)
    except OSError:
        return False
    return True


def probe(port: int) -> None:
    """Raises the OSError that a server would meet on this port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: connections of an earlier run that are still winding up do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
