"""`gatehouse credentials`."""

import argparse
import sys
from datetime import UTC, datetime

from commands import gate
from commands.stopped import Commands, Stopped
from settings import Settings


def add(commands: Commands) -> None:
    credentials = commands.add_parser("credentials", help="end a session or an API token").add_subparsers(
        required=True, metavar="COMMAND"
    )
    revoke = credentials.add_parser(
        "revoke",
        help="revoke one that has leaked",
        # An argument would be in the shell's history and in every list of processes.
        description="Read an API token or a session from standard input, and revoke it: when the command returns, no "
        "process accepts it.",
    )
    revoke.set_defaults(run=_revoke)


def _revoke(options: argparse.Namespace) -> int:
    import errors
    from access.credentials import Signer
    from resolvers import leaks

    settings = Settings.from_environ()
    # Verified, so that a made-up token cannot end the credential of another user.
    try:
        credential = Signer.from_settings(settings).verify(sys.stdin.read().strip())
        was_live = gate.act(settings, lambda gate: leaks.revoke(gate, credential, at=datetime.now(UTC)))
    except (errors.Unauthenticated, errors.NotFound) as error:
        raise Stopped("This is not an API token or a session of this service, or it has expired.") from error
    print(
        f"{credential.kind} {credential.id} of user {credential.user_id} {'is' if was_live else 'was already'} revoked"
    )
    return 0
