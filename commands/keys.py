"""`gatehouse keys`."""

import argparse
from pathlib import Path

from commands.stopped import Commands, Stopped


def add(commands: Commands) -> None:
    keys = commands.add_parser("keys", help="make the keys that sign credentials").add_subparsers(
        required=True, metavar="COMMAND"
    )
    new = keys.add_parser(
        "new",
        help="make a file with a new key",
        description="Write a new file with a new key, for GATEHOUSE_SIGNING_KEYS_FILE; one that is there stays.",
    )
    new.add_argument("file", type=Path, metavar="FILE")
    new.set_defaults(run=_new)


def _new(options: argparse.Namespace) -> int:
    from access import signing_keys

    try:
        print(f"{options.file} has the new key {signing_keys.create(options.file)}")
    except FileExistsError as error:
        raise Stopped(f"{options.file} is there already; credentials signed with its keys would be lost.") from error
    except OSError as error:
        raise Stopped(f"{options.file} cannot be written: {error.strerror}.") from error
    return 0
