"""`gatehouse worker`."""

import argparse
import asyncio

from commands.imports import uncollected
from commands.stopped import Commands
from settings import Settings
from telemetry import logs


def add(commands: Commands) -> None:
    worker = commands.add_parser(
        "worker",
        help="run jobs, send emails and webhooks, and run the repeated tasks",
        description="Work until SIGTERM; any number of workers may run side by side.",
    )
    worker.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    import uvloop

    with uncollected():
        # First, so that Tortoise is imported as `db` does it.
        import db  # noqa: F401
        import worker

    settings = Settings.from_environ()
    logs.configure(settings)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(worker.run(settings))
    return 0
