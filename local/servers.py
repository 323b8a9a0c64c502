"""What tests and benchmarks import from this room: any number of separate servers, each on its own folder.

    with servers.running(servers.Postgres(folder), servers.Redis(folder), servers.Triton(folder, [models])) as started:

Each has `url`, `pid`, `start`, `stop`, `kill`, `pause` and `resume`, and keeps its address and data.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from local.mail import Mail
from local.postgres import Postgres
from local.redis import Redis
from local.server import Server, wait_until_ready
from local.triton import Triton
from local.trouble import CannotRun

__all__ = ["CannotRun", "Mail", "Postgres", "Redis", "Server", "Triton", "running", "stop"]


@contextmanager
def running(*servers: Server, within: timedelta = timedelta(seconds=60)) -> Iterator[tuple[Server, ...]]:
    """Starts them side by side and stops them at the end."""
    try:
        for server in servers:
            server.begin()
        wait_until_ready(*servers, within=within)
        yield servers
    finally:
        stop(*servers)


def stop(*servers: Server) -> None:
    """Side by side, so that the slowest alone sets the time."""
    for server in servers:
        server.ask_to_stop()
    for server in servers:
        server.stop()
