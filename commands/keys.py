"""`gatehouse keys`: docs/keys.md says when to use each of them."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from commands.stopped import Commands, Stopped
from settings import Settings

if TYPE_CHECKING:
    from access.key_retirement import Retired
    from access.signing_keys import Keys

T = TypeVar("T")

# As long as others keep the public keys, and long enough to copy the file to other machines.
_SIGNS_AFTER = timedelta(minutes=5)
_LONGEST_AFTER = timedelta(days=365)


def add(commands: Commands) -> None:
    keys = commands.add_parser("keys", help="make, list and retire the keys that sign credentials").add_subparsers(
        required=True, metavar="COMMAND"
    )
    _add_new(keys)
    listed = keys.add_parser(
        "list", help="list the keys", description="List the keys of the file, and those that were retired."
    )
    listed.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="default: that of GATEHOUSE_SIGNING_KEYS_FILE"
    )
    listed.set_defaults(run=_list)
    retire = keys.add_parser(
        "retire",
        help="retire a key: end all that it has signed",
        description="Retire a key of GATEHOUSE_SIGNING_KEYS_FILE: when the command returns, no process accepts what it "
        "has signed.",
    )
    retire.add_argument("kid", metavar="KEY", help="its name, as `gatehouse keys list` shows it")
    retire.set_defaults(run=_retire)


def _add_new(keys: Commands) -> None:
    new = keys.add_parser(
        "new",
        help="make a file with new keys, or add a key to it",
        description="Write a new file for GATEHOUSE_SIGNING_KEYS_FILE, or add a key that signs to an existing one.",
    )
    new.add_argument("file", type=Path, metavar="FILE")
    new.add_argument("--secret", action="store_true", help="add a key that encrypts instead")
    new.add_argument(
        "--signs-after",
        type=_seconds,
        default=_SIGNS_AFTER,
        metavar="SECONDS",
        help=f"when an added key is used first (default: {_SIGNS_AFTER.seconds})",
    )
    new.set_defaults(run=_new)


def _seconds(text: str) -> timedelta:
    if not text.isdecimal() or int(text) > _LONGEST_AFTER.total_seconds():
        raise argparse.ArgumentTypeError("it must be a whole number of seconds, at most one year")
    return timedelta(seconds=int(text))


def _new(options: argparse.Namespace) -> int:
    from access import key_changes, signing_keys

    file, now = options.file, datetime.now(UTC)
    try:
        try:
            print(f"{file} has the new key {signing_keys.create(file)}")
        except FileExistsError:
            begins_at = int((now + options.signs_after).timestamp())
            kid = key_changes.add(file, secret=options.secret, begins_at=begins_at)
            print(f"{file} has the new key {kid}, which {_use(signing_keys.read(file), kid, now)}")
    except OSError as error:
        raise Stopped(f"{file} cannot be written: {error.strerror}.") from error
    return 0


def _list(options: argparse.Namespace) -> int:
    from tortoise.exceptions import OperationalError

    from access import key_retirement, signing_keys
    from db.postgres import PostgresDown

    settings = Settings.from_environ()
    keys = signing_keys.read(options.file or settings.signing_keys_file)
    try:
        retired = asyncio.run(_connected(settings, key_retirement.retired))
    except (PostgresDown, OperationalError) as error:
        _print(_rows(keys, {}))
        raise Stopped(f"Postgres cannot be asked which keys were retired: {error}.") from error
    _print(_rows(keys, retired))
    return 0


def _retire(options: argparse.Namespace) -> int:
    from tortoise.exceptions import OperationalError

    from access import key_retirement
    from db.postgres import PostgresDown

    settings = Settings.from_environ()
    ending = partial(key_retirement.retire, settings.signing_keys_file, options.kid)
    try:
        done = asyncio.run(_connected(settings, ending))
    except (key_retirement.CannotRetire, key_retirement.NotSealedAgain) as error:
        raise Stopped(str(error)) from error
    except (PostgresDown, OperationalError) as error:
        raise Stopped(f"{options.kid} may still be accepted. Postgres does not answer: {error}. Try again.") from error
    print("\n".join(_told(done, options.kid, settings.signing_keys_file)))
    return 0


def _told(done: "Retired", kid: str, file: Path) -> Sequence[str]:
    now = datetime.now(UTC)
    lines = [f"{kid} is retired: no process accepts what it has signed, or uses it."]
    if kid in {key.kid for key in done.keys.secret}:
        lines = [
            f"{kid} is retired: no process uses it. Secrets that were encrypted again: {done.sealed_again}.",
            f"{done.keys.encrypting_at(now).kid} encrypts now.",
        ]
    elif signs := done.keys.signing_at(now):
        lines.append(f"{signs.kid} signs now.")
    if done.still_in_file is not None:
        lines.append(f"Remove it from {file} by hand: this command cannot write the file ({done.still_in_file}).")
    return lines


def _rows(keys: "Keys", retired: Mapping[str, datetime]) -> Sequence[tuple[str, str, str]]:
    known, now = replace(keys, retired=frozenset(retired)), datetime.now(UTC)
    kinds = {str(key.kid): "signing" for key in keys.signing} | {str(key.kid): "secret" for key in keys.secret}
    gone = {kid: f"retired {_written(at)}" for kid, at in retired.items()}
    rows = [(kid, kind, gone.get(kid) or _use(known, kid, now)) for kid, kind in kinds.items()]
    # Of those that have left the file the kind is not known any more.
    return [*rows, *((kid, "-", use) for kid, use in gone.items() if kid not in kinds)]


def _use(keys: "Keys", kid: str, now: datetime) -> str:
    is_secret = kid in {key.kid for key in keys.secret}
    used = keys.encrypting_at(now) if is_secret else keys.signing_at(now)
    new, old = ("encrypts", "decrypts") if is_secret else ("signs", "verifies")
    if used is not None and used.kid == kid:
        return new
    begins_at = datetime.fromtimestamp(keys.begins_at.get(kid, 0), UTC)
    return f"{new} from {_written(begins_at)} on" if begins_at > now else old


def _print(rows: Sequence[tuple[str, str, str]]) -> None:
    width = max(len(kid) for kid, _, _ in rows)
    for kid, kind, use in [("KEY", "KIND", "USE"), *rows]:
        print(f"{kid:{width}}  {kind:7}  {use}")


def _written(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


async def _connected(settings: Settings, work: Callable[[], Awaitable[T]]) -> T:
    from db import connection

    await connection.connect(settings)
    try:
        return await work()
    finally:
        await connection.close()
