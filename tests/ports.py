"""Ports for one test process. Each worker of a parallel run has its own share, so no two of them pick the same port.

All are below the ports that Linux gives to outgoing connections. `make run` takes others, from 20,000 on. A Redis
Cluster listens on a second port, 10,000 above its first: from 12,000 to 14,500.
"""

import os
import random
from itertools import count

from local import ports

SERVERS = {
    "redis": range(2_000, 4_500),
    "postgres": range(4_500, 7_000),
    "mail-catcher": range(7_000, 8_000),
}


def share(among: range) -> range:
    """The part of these ports that belongs to this worker; all of them where the tests do not run in parallel."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % workers
    size = len(among) // workers
    return among[number * size : (number + 1) * size]


def give_servers_their_share() -> None:
    """To the servers that this process starts: one that is down for a moment keeps its port."""
    for server, among in SERVERS.items():
        ports.BY_SERVER[server] = share(among)


_FREE = share(range(8_000, 12_000))
# Another run of the tests may be going on.
_turns = count(random.randrange(len(_FREE)))  # noqa: S311 - spread, not secrecy


def free() -> int:
    """A port that nobody listens on. The same one comes again only after all others of this worker."""
    while True:
        port = _FREE[next(_turns) % len(_FREE)]
        if ports.is_free(port):
            return port
