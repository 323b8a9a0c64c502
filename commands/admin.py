"""`gatehouse admin`."""

import argparse
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from commands import gate
from commands.stopped import Commands, Stopped
from settings import Settings

if TYPE_CHECKING:
    from limits.gate import Gate


def add(commands: Commands) -> None:
    admin = commands.add_parser("admin", help="appoint administrators").add_subparsers(required=True, metavar="COMMAND")
    appoint = admin.add_parser(
        "appoint",
        help="make a user an administrator",
        description="Make a registered user with a verified address an administrator.",
    )
    appoint.add_argument("address", metavar="ADDRESS")
    appoint.set_defaults(run=_appoint)
    dismiss = admin.add_parser(
        "dismiss",
        help="make an administrator a user again",
        description="When the command returns, every process treats them as an ordinary user. Their account stays.",
    )
    dismiss.add_argument("address", metavar="ADDRESS")
    dismiss.set_defaults(run=_dismiss)
    listing = admin.add_parser("list", help="print the administrators' addresses", description="One on each line.")
    listing.set_defaults(run=_list)


def _appoint(options: argparse.Namespace) -> int:
    from resolvers import administrators

    is_new = _change(lambda gate: administrators.appoint(gate, options.address, at=datetime.now(UTC)))
    print(f"{options.address} is {'now' if is_new else 'already'} an administrator")
    return 0


def _dismiss(options: argparse.Namespace) -> int:
    from resolvers import administrators

    was_one = _change(lambda gate: administrators.dismiss(gate, options.address, at=datetime.now(UTC)))
    print(f"{options.address} is {'no longer' if was_one else 'not'} an administrator")
    return 0


def _list(options: argparse.Namespace) -> int:
    from resolvers import administrators

    print(
        "\n".join(gate.act(Settings.from_environ(), lambda _: administrators.listed())) or "there is no administrator"
    )
    return 0


def _change(change: Callable[["Gate"], Awaitable[bool]]) -> bool:
    import errors

    try:
        return gate.act(Settings.from_environ(), change)
    except errors.NotFound as error:
        raise Stopped("No user has this address.") from error
    except errors.InvalidInput as error:
        raise Stopped(f"{error} Its owner must first open the link in the email.") from error
    except errors.LastAdministrator as error:
        raise Stopped(str(error)) from error
