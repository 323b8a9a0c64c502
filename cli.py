"""The command line: `gatehouse serve`, `migrate`, `schema`."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from settings import Settings, SettingsError

_SHIPPED = Path(__file__).parent / "inference" / "models"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except SettingsError as error:
        print(f"gatehouse: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gatehouse",
        description="A public front door for NVIDIA Triton. docs/settings.md lists the GATEHOUSE_* variables it reads.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve the GraphQL API", description="Serve the API until SIGTERM.")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen at (default: %(default)s)")
    serve.add_argument("--port", type=int, default=8000, help="port to listen at (default: %(default)s)")
    serve.set_defaults(run=_serve)

    migrate = commands.add_parser(
        "migrate",
        help="bring the database up to date",
        description="Apply the migrations that the database lacks; several at once are safe.",
    )
    migrate.set_defaults(run=_migrate)

    schema = commands.add_parser(
        "schema", help="print the GraphQL schema", description="Print the GraphQL schema for a model repository."
    )
    schema.add_argument(
        "--models", type=Path, default=_SHIPPED, metavar="FOLDER", help="the repository (default: the shipped one)"
    )
    schema.set_defaults(run=_schema)
    return parser


def _serve(options: argparse.Namespace) -> int:
    import uvicorn

    from graph import app

    server = uvicorn.Server(
        uvicorn.Config(
            partial(app.build, Settings.from_environ()),
            # Called once the event loop runs: the channel to Triton belongs to a loop.
            factory=True,
            host=options.host,
            port=options.port,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="on",
            # What a proxy says of the client's address is believed only once a trusted one is configured.
            proxy_headers=False,
            server_header=False,
            access_log=False,
            timeout_graceful_shutdown=10,
            log_config=_LOGGING,
        )
    )
    server.run()
    return 0 if server.started else 1


def _migrate(options: argparse.Namespace) -> int:
    from db import migrate

    applied = asyncio.run(migrate.migrate(Settings.from_environ()))
    print("\n".join(f"applied {name}" for name in applied) or "nothing to apply")
    return 0


def _schema(options: argparse.Namespace) -> int:
    from graph import schema
    from inference import declarations

    print(schema.build(declarations.read_repository(options.models)).as_str())
    return 0


_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}


if __name__ == "__main__":
    sys.exit(main())
