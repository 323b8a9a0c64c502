"""What a process imports at its start. `python -m benchmarks start` measures what that costs."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Packages that the API needs for something that most processes never do, or not before their first call of a model.
NOT_IN_THE_API = {
    "aerich",
    "aiosmtplib",
    "anyio",
    "bcrypt",
    "configparser",
    "cryptography.hazmat.primitives.serialization.ssh",
    "cryptography.x509",
    "csv",
    "dateutil.parser",
    "email.headerregistry",
    "email.parser",
    "email_validator.validate_email",
    "getpass",
    "google.protobuf.internal.python_message",
    "google.protobuf.json_format",
    "google.protobuf.text_format",
    "graphql.utilities.build_client_schema",
    "graphql.utilities.extend_schema",
    "graphql.utilities.find_schema_changes",
    "graphql.utilities.get_introspection_query",
    "graphql.utilities.lexicographic_sort_schema",
    "graphql.utilities.resolve_schema_coordinate",
    "gzip",
    "h11",
    "html",
    "http.client",
    "http.cookies",
    "http.server",
    "httpcore2",
    "idna",
    "importlib.metadata",
    "jinja2",
    "joserfc.jwe",
    "joserfc.jwt",
    "logging.config",
    "ml_dtypes",
    "numpy",
    "opentelemetry.exporter",
    "opentelemetry.metrics",
    "opentelemetry.sdk",
    "opentelemetry.trace.span",
    "pgqueuer",
    "prometheus_client.exposition",
    "psutil",
    "pydantic",
    "pyotp",
    "redis.client",
    "redis.cluster",
    "redis.commands",
    "redis.observability.recorder",
    "strawberry.extensions",
    "strawberry.federation",
    "strawberry.federation.schema",
    "strawberry.printer",
    "telemetry.scrapes",
    "tritonclient.grpc._client",
    "tritonclient.grpc.aio",
    "tritonclient.http",
    "tritonclient.utils",
    "urllib.request",
    "uvicorn.main",
    "uvicorn.middleware.wsgi",
    "websockets.protocol",
}
GRAPHQL = {"graph", "graphql", "starlette.applications", "strawberry", "uvicorn"}
TRITON = {"grpc", "inference", "tritonclient"}
MAILS = {"aiosmtplib", "jinja2", "pgqueuer"}


@pytest.mark.parametrize(
    ("imports", "absent"),
    [
        ("graph.app, graph.serving, graph.typed", NOT_IN_THE_API),
        # The command line imports a command's own code only when the command runs.
        ("cli", {*GRAPHQL, *TRITON, *MAILS, "aerich", "asyncpg", "joserfc", "redis", "tortoise"}),
        ("access.key_changes, access.key_retirement, access.signing_keys", {*GRAPHQL, *TRITON, *MAILS, "aerich"}),
        ("db.migrate", {*GRAPHQL, *TRITON, *MAILS, "aerich", "numpy"}),
        ("email_templates.inspection", {*GRAPHQL, *TRITON, "aerich", "aiosmtplib", "jinja2"}),
        ("worker", {*GRAPHQL, *TRITON, "aerich", "numpy", "opentelemetry.sdk.metrics"}),
    ],
)
def test_a_process_imports_only_what_it_uses(imports, absent):
    imported = _imported_by(f"import {imports}")

    assert {name for name in absent if name in imported} == set()


def test_a_process_that_is_connected_to_postgres_has_not_imported_aerich():
    imported = _imported_by(
        """
import asyncio, graph.app
from db import connection
from settings import Settings
from tests.environ import environ
asyncio.run(connection.connect(Settings.from_environ(environ(DATABASE_URL="postgres://nobody@127.0.0.1:1/none"))))
"""
    )

    assert "tortoise.backends.asyncpg.client" in imported
    assert {name for name in NOT_IN_THE_API if name in imported} == set()


_USES = (
    "from redis.asyncio import Redis",
    "import redis; redis.Redis, redis.asyncio.Redis, redis.exceptions.ConnectionError",
    "import redis.observability; redis.observability.OTelConfig",
    "from tritonclient.grpc import InferenceServerClient, service_pb2",
    "import tritonclient.grpc.aio",
    "import uvicorn; uvicorn.run",
    "import dateutil.parser; dateutil.parser.parse('2026-11-29')",
    "from email_validator import validate_email; validate_email('ada@example.com', check_deliverability=False)",
    "import strawberry; strawberry.federation.Schema",
    "import cryptography.x509; cryptography.x509.Name",
    "from opentelemetry import trace; assert not trace.get_current_span().is_recording()",
    "from opentelemetry.sdk.metrics import MeterProvider; MeterProvider()",
    "import pydantic, numpy; pydantic.BaseModel, numpy.array([1])",
    "from prometheus_client import MetricsHandler, generate_latest; generate_latest()",
    "from importlib.metadata import version; version('gatehouse')",
    "import anyio; anyio.run(anyio.to_thread.run_sync, int)",
    "import logging.config; logging.config.dictConfig({'version': 1})",
    "from http.client import HTTPConnection, responses; assert responses[404] == 'Not Found'",
    "from http import cookies; cookies.SimpleCookie('a=b')",
    "from strawberry.extensions import MaskErrors, SchemaExtension; assert issubclass(MaskErrors, SchemaExtension)",
    "from google.protobuf import json_format, text_format; from tritonclient.grpc.model_config_pb2 import ModelConfig;"
    'assert text_format.Parse(text_format.MessageToString(json_format.Parse(\'{"name": "m"}\', ModelConfig())),'
    " ModelConfig()).name == 'm'",
    "from cryptography.hazmat.primitives import serialization as s; "
    "from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey as K; "
    "made = K.generate().public_key().public_bytes(s.Encoding.OpenSSH, s.PublicFormat.OpenSSH); "
    "assert s.load_ssh_public_key(made)",
    "import graphql; s = graphql.build_schema('type Query { a: Int }'); "
    "assert 'queryType' in graphql.introspection_from_schema(graphql.lexicographic_sort_schema(s))['__schema']; "
    "from graphql.utilities import find_schema_changes, get_introspection_query; "
    "assert find_schema_changes(s, s) == []; assert 'query' in get_introspection_query()",
    "from graph import schema; assert 'type Query' in schema.sdl(schema.build([]))",
)


def test_what_was_left_out_is_there_once_it_is_used():
    """Each use in a process of its own, forked from one that has made the imports of the service."""
    answer = _run(
        f"""
import os, traceback
import db.migrate, graph.app, graph.serving
for use in {_USES!r}:
    if (pid := os.fork()) == 0:
        try:
            exec(use)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if status:
        print(use)
"""
    )

    assert answer == ""


def test_a_server_and_a_schema_import_no_more():
    imported = _imported_by(
        """
from graph import schema
import uvicorn.lifespan.off
schema.build([])
"""
    )

    assert "uvicorn.lifespan.off" in imported
    assert {name for name in NOT_IN_THE_API if name in imported} == set()


def test_the_first_call_of_a_model_imports_numpy():
    imported = _imported_by(
        """
import asyncio, graph.app
from inference import conversions
asyncio.run(conversions.load())
"""
    )

    assert {"inference.elements", "inference.arrays", "numpy"} <= imported


def _imported_by(code: str) -> set[str]:
    """The modules that a new interpreter has imported after this code; a package that was only opened is not there."""
    return set(_run(f"{code}\n{_PRINT}").split())


def _run(code: str) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


_PRINT = """
import sys
print(*(name for name, module in sys.modules.items() if type(module).__name__ != "_Package"))
"""
