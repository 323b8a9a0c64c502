"""The peers' services, each one process unless it says otherwise."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from joserfc import jwt
from joserfc.jwk import OctKey

from benchmarks.peers import install, programs
from benchmarks.peers.backends import Backends
from benchmarks.peers.programs import Program
from local import paths
from tests import ports

_SECRET = "of this benchmark, and of nothing else"  # noqa: S105 - protects nothing


def token() -> str:
    """A credential that all of them take."""
    ends = datetime.now(UTC) + timedelta(hours=12)
    claims = {"sub": "ada", "jti": "ada-1", "exp": int(ends.timestamp())}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(_SECRET))


@contextmanager
def fastapi(backends: Backends, *, processes: int = 1) -> Iterator[Program]:
    with _uvicorn("rest", backends, "--workers", str(processes)) as program:
        yield program


@contextmanager
def strawberry(backends: Backends) -> Iterator[Program]:
    with _uvicorn("lists", backends) as program:
        yield program


@contextmanager
def mercurius(backends: Backends) -> Iterator[Program]:
    port = ports.free()
    node, folder = install.node_service()
    with programs.running(
        [str(node), "server.js"],
        url=f"http://127.0.0.1:{port}",
        ready="/ready",
        environ={**_environ(backends), "PORT": str(port), "NODE_ENV": "production"},
        folder=folder,
        log=backends.folder / "mercurius.log",
    ) as program:
        yield program


@contextmanager
def _uvicorn(module: str, backends: Backends, *options: str) -> Iterator[Program]:
    port = ports.free()
    server = f"-m uvicorn benchmarks.peers.python.{module}:app --port {port} --no-access-log"
    command = [str(install.python()), *server.split(), *options]
    with programs.running(
        command,
        url=f"http://127.0.0.1:{port}",
        ready="/ready",
        environ=_environ(backends),
        folder=paths.ROOT,
        log=backends.folder / f"{module}.log",
    ) as program:
        yield program


def _environ(backends: Backends) -> Mapping[str, str]:
    return {
        "REDIS_URL": backends.redis.url,
        "TRITON_URL": backends.triton_grpc,
        "TRITON_HTTP_URL": backends.triton_http,
        "JWT_SECRET": _SECRET,
    }
