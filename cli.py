"""The command line: `gatehouse serve`, `worker`, `migrate`, `keys`, `schema`, `mail`."""

import argparse
import asyncio
import logging.config
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from settings import Settings, SettingsError

_SHIPPED = Path(__file__).parent / "inference" / "models"


class _Stopped(Exception):
    """A command cannot do its work; the message says why, and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (SettingsError, _Stopped) as error:
        print(f"gatehouse: {error}", file=sys.stderr)
        return 2 if isinstance(error, SettingsError) else 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


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

    worker = commands.add_parser(
        "worker",
        help="send mails and do what has to be done again and again",
        description="Work until SIGTERM; any number of workers may run side by side.",
    )
    worker.set_defaults(run=_worker)

    migrate = commands.add_parser(
        "migrate",
        help="bring the database up to date",
        description="Apply the migrations that the database lacks; several at once are safe.",
    )
    migrate.set_defaults(run=_migrate)

    keys = commands.add_parser("keys", help="make the keys that sign credentials").add_subparsers(
        required=True, metavar="COMMAND"
    )
    new = keys.add_parser(
        "new",
        help="make a file with a new key",
        description="Write a new file with a new key, for GATEHOUSE_SIGNING_KEYS_FILE; one that is there stays.",
    )
    new.add_argument("file", type=Path, metavar="FILE")
    new.set_defaults(run=_new_keys)

    schema = commands.add_parser(
        "schema", help="print the GraphQL schema", description="Print the GraphQL schema for a model repository."
    )
    schema.add_argument(
        "--models", type=Path, default=_SHIPPED, metavar="FOLDER", help="the repository (default: the shipped one)"
    )
    schema.set_defaults(run=_schema)
    _add_mail(commands)
    return parser


def _add_mail(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    mail = commands.add_parser("mail", help="look at the mails").add_subparsers(required=True, metavar="COMMAND")
    preview = mail.add_parser(
        "preview",
        help="write every mail into a folder",
        description="Write every mail in every language, with sample values, and an index.html. Sends nothing.",
    )
    preview.add_argument("folder", type=Path, metavar="FOLDER")
    preview.add_argument("--language", metavar="LANG", help="one language only, such as zh-Hant")
    preview.set_defaults(run=_preview_mails)


def _serve(options: argparse.Namespace) -> int:
    import uvloop

    logging.config.dictConfig(_LOGGING)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve_until_signalled(options, Settings.from_environ()))
    return 0


async def _serve_until_signalled(options: argparse.Namespace, settings: Settings) -> None:
    import uvicorn

    from graph import app
    from graph.typed import NameClash

    async with AsyncExitStack() as running:
        listener = running.enter_context(_bound(options.host, options.port))
        try:
            application = await running.enter_async_context(app.running(settings))
        except NameClash as clash:
            raise _Stopped(f"{clash} Rename one of them, or make one not public.") from clash
        config = uvicorn.Config(
            application,
            http="httptools",
            ws="none",
            # The application runs already: what stops its start is said in a sentence, before the port is open.
            lifespan="off",
            # The application reads what trusted proxies say of the client's address; nobody is believed about the rest.
            proxy_headers=False,
            server_header=False,
            access_log=False,
            timeout_graceful_shutdown=10,
            log_config=None,
        )
        # uvicorn answers these while it serves, and then sends itself the signal again, before we have closed.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        await uvicorn.Server(config).serve(sockets=[listener])


def _bound(host: str, port: int) -> socket.socket:
    """Not listening yet: until the application runs, connections are refused rather than left waiting."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise _Stopped(f"Cannot listen at {host}, port {port}: {_in_words(error)}.") from error
    return listener


def _worker(options: argparse.Namespace) -> int:
    import logging.config

    import worker

    logging.config.dictConfig(_LOGGING)
    asyncio.run(worker.run(Settings.from_environ()))
    return 0


def _migrate(options: argparse.Namespace) -> int:
    settings = Settings.from_environ()

    import asyncpg

    from db import migrate

    try:
        applied = asyncio.run(migrate.migrate(settings))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _Stopped(f"The database at GATEHOUSE_DATABASE_URL could not be migrated: {_in_words(error)}.") from error
    print("\n".join(f"applied {name}" for name in applied) or "nothing to apply")
    return 0


def _new_keys(options: argparse.Namespace) -> int:
    from access import signing_keys

    try:
        print(f"{options.file} has the new key {signing_keys.create(options.file)}")
    except FileExistsError as error:
        raise _Stopped(f"{options.file} is there already; credentials signed with its keys would be lost.") from error
    except OSError as error:
        raise _Stopped(f"{options.file} cannot be written: {error.strerror}.") from error
    return 0


def _schema(options: argparse.Namespace) -> int:
    from graph import schema
    from graph.typed import NameClash
    from inference import declarations

    if not options.models.is_dir():
        raise _Stopped(f"There is no folder {options.models}: --models names a Triton model repository.")
    try:
        print(schema.build(declarations.read_repository(options.models)).as_str())
    except (declarations.DeclarationError, NameClash) as error:
        raise _Stopped(str(error)) from error
    return 0


def _preview_mails(options: argparse.Namespace) -> int:
    from email_templates import preview, texts

    there = sorted(texts.languages())
    wanted = there if options.language is None else [options.language]
    if not set(wanted) <= set(there):
        raise _Stopped(f"There are no mails in {options.language!r}; --language takes one of {', '.join(there)}.")
    try:
        written = preview.write(options.folder, wanted)
    except FileExistsError as error:
        raise _Stopped(f"{error.filename} is a file; the mails go into a folder.") from error
    except OSError as error:
        raise _Stopped(f"{error.filename} cannot be written: {error.strerror}.") from error
    print(f"{written} mails are in {options.folder}; open {options.folder / 'index.html'} to look at them.")
    return 0


def _in_words(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__


def _is_not_malformed(record: logging.LogRecord) -> bool:
    return record.msg != "Invalid HTTP request received."


_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # Strangers would fill the log with a line for each malformed request or form.
    "filters": {"not_malformed": {"()": lambda: _is_not_malformed}},
    "loggers": {"python_multipart": {"level": "ERROR"}, "uvicorn.error": {"filters": ["not_malformed"]}},
}


if __name__ == "__main__":
    sys.exit(main())
