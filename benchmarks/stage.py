"""What the measurements run on: the embedded servers and one service, for as long as a block of code."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import servers
from tests.service import Service

ROOT = Path(__file__).parent.parent
MODELS = [ROOT / "inference" / "models", ROOT / "tests" / "models"]


@contextmanager
def service(**settings: str) -> Iterator[Service]:
    """One worker, visitors may infer; `settings` are others by name, without `GATEHOUSE_`."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        started = servers.running(servers.Postgres(data), servers.Redis(data), servers.Triton(data, MODELS))
        with started as (postgres, redis, triton):
            environ = {
                "GATEHOUSE_DATABASE_URL": postgres.url,
                "GATEHOUSE_REDIS_URL": redis.url,
                "GATEHOUSE_TRITON_URL": triton.url,
                "GATEHOUSE_VISITOR_INFERENCE": "true",
            } | {f"GATEHOUSE_{name}": value for name, value in settings.items()}
            with Service(environ, data / "service.log") as serving:
                yield serving
