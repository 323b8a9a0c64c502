"""`gatehouse migrate`."""

import argparse
import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

from commands.stopped import Commands, Stopped, in_words
from settings import Settings

T = TypeVar("T")


def add(commands: Commands) -> None:
    migrate = commands.add_parser(
        "migrate",
        help="bring the database up to date",
        description="Apply the migrations that the database lacks; several at once are safe, and the service may run.",
    )
    migrate.add_argument(
        "--check", action="store_true", help="change nothing: name what is missing, and exit with 1 if anything is"
    )
    migrate.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    settings = Settings.from_environ()
    return _check(settings) if options.check else _migrate(settings)


def _migrate(settings: Settings) -> int:
    from db import migrate

    try:
        applied = _done(settings, migrate.migrate(settings), "migrated")
    except migrate.NotMigrated as error:
        raise Stopped(str(error)) from error
    print("\n".join(f"applied {name}" for name in applied) or "nothing to apply")
    return 0


def _check(settings: Settings) -> int:
    from db import migrate

    found = _done(settings, migrate.difference(settings), "asked")
    if found.unknown:
        names = ", ".join(found.unknown)
        print(f"The database is newer than this version, which works with it: it has {names}.", file=sys.stderr)
    print("\n".join(found.pending) or "up to date")
    return 1 if found.pending else 0


def _done(settings: Settings, work: Coroutine[Any, Any, T], what: str) -> T:
    import asyncpg

    from db import connection

    try:
        return asyncio.run(work)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        variable = connection.direct_variable(settings)
        raise Stopped(f"The database at {variable} could not be {what}: {in_words(error)}.") from error
