"""What the measurements run on: the embedded servers and one service, for as long as a block of code."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from access import signing_keys
from local import servers
from tests.environ import environ
from tests.service import Service

ROOT = Path(__file__).parent.parent
MODELS = [ROOT / "inference" / "models", ROOT / "tests" / "models"]

# Counted as everybody's, and never refused.
_VISITORS = {
    "VISITOR_INFERENCE": "true",
    "VISITOR_UNITS_PER_MINUTE": "1000000000",
    "VISITOR_UNITS_PER_DAY": "1000000000",
    "VISITOR_CONCURRENT_REQUESTS": "10000",
}


@contextmanager
def service(**settings: str) -> Iterator[Service]:
    """One worker, visitors may infer; `settings` are others by name, without `GATEHOUSE_`."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        postgres, redis, triton = servers.Postgres(data), servers.Redis(data), servers.Triton(data, MODELS)
        with servers.running(postgres, redis, triton), serving(data, postgres, redis, triton, **settings) as started:
            yield started


@contextmanager
def serving(
    data: Path, postgres: servers.Postgres, redis: servers.Redis, triton: servers.Triton, **settings: str
) -> Iterator[Service]:
    """The service alone, over servers that run."""
    needed = variables(data, postgres, redis, triton.url, **{**_VISITORS, **settings})
    started = Service(needed, data / "service.log")
    started.migrate()
    with started:
        yield started


@contextmanager
def databases(*, durable: bool = True) -> Iterator[tuple[dict[str, str], Path]]:
    """Postgres and Redis alone: the variables of a service over them, without Triton, and a folder for its files."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        postgres, redis = servers.Postgres(data, durable=durable), servers.Redis(data)
        with servers.running(postgres, redis):
            yield variables(data, postgres, redis, "127.0.0.1:1"), data


def variables(
    data: Path, postgres: servers.Postgres, redis: servers.Redis, triton_url: str, **settings: str
) -> dict[str, str]:
    """Of a service over these servers. Its signing keys are made, and nothing sends emails."""
    keys = data / "signing-keys.json"
    signing_keys.create(keys)
    needed = {
        "DATABASE_URL": postgres.url,
        "REDIS_URL": redis.url,
        "TRITON_URL": triton_url,
        "SMTP_URL": "smtp://127.0.0.1:1",
        "SIGNING_KEYS_FILE": str(keys),
        "FRONTEND_URL": "https://front.example.org",
        "MAIL_FROM": "Gatehouse <noreply@example.org>",
    }
    return environ(**needed, **settings)
