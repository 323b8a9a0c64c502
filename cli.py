"""The command line, `gatehouse`: the commands themselves are in `commands/`."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from commands import admin, credentials, doctor, keys, mail, migrate, plans, schema, serve, users, work
from commands.stopped import Stopped
from settings import SettingsError


def run() -> NoReturn:
    """The installed command: a process of its own, which ends here."""
    status = main()
    if "obstore" in sys.modules:
        # After a failure its threads still want to free objects of Python. An interpreter that is ending takes no
        # thread any more, and then the process is aborted.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = make_parser()
    options = parser.parse_args(arguments)
    if "run" not in options:
        parser.print_help(sys.stderr)
        return 2
    try:
        return int(options.run(options))
    except (SettingsError, Stopped) as error:
        print(f"gatehouse: {error}", file=sys.stderr)
        return 2 if isinstance(error, SettingsError) else 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gatehouse",
        description="A public front door for NVIDIA Triton. docs/settings.md lists the GATEHOUSE_* variables it reads.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND")
    for module in (serve, work, migrate, doctor, keys, credentials, admin, users, plans, schema, mail):
        module.add(commands)
    return parser


class _Version(argparse.Action):
    """Not argparse's own, which is told the version at each start: to read it imports Python's parser of emails."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"{parser.prog} {version('gatehouse')}")
        parser.exit()


if __name__ == "__main__":
    run()
