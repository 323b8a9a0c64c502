"""`gatehouse migrate`."""

import argparse
import asyncio

from commands.stopped import Commands, Stopped, in_words
from settings import Settings


def add(commands: Commands) -> None:
    migrate = commands.add_parser(
        "migrate",
        help="bring the database up to date",
        description="Apply the migrations that the database lacks; several at once are safe.",
    )
    migrate.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    settings = Settings.from_environ()

    import asyncpg

    from db import migrate

    try:
        applied = asyncio.run(migrate.migrate(settings))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Stopped(f"The database at GATEHOUSE_DATABASE_URL could not be migrated: {in_words(error)}.") from error
    print("\n".join(f"applied {name}" for name in applied) or "nothing to apply")
    return 0
