"""The servers behind all services: one Postgres, one Redis and one Triton."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import servers
from tests import ports

MODELS = Path(__file__).parent / "models"


@dataclass(frozen=True, slots=True)
class Backends:
    """`folder` is for what the services keep and log."""

    folder: Path
    postgres: servers.Postgres
    redis: servers.Redis
    triton: servers.Triton
    triton_http_port: int

    @property
    def triton_grpc(self) -> str:
        """As tritonclient takes it."""
        return self.triton.url

    @property
    def triton_http(self) -> str:
        return f"http://127.0.0.1:{self.triton_http_port}"


@contextmanager
def running(models: Sequence[Path] = (MODELS,)) -> Iterator[Backends]:
    with tempfile.TemporaryDirectory(prefix="gatehouse-peers-") as name:
        folder, port = Path(name), ports.free()
        http = ("--allow-http=true", "--http-address=127.0.0.1", f"--http-port={port}")
        found = Backends(
            folder, servers.Postgres(folder), servers.Redis(folder), servers.Triton(folder, models, flags=http), port
        )
        with servers.running(found.postgres, found.redis, found.triton):
            yield found
