"""`gatehouse mail`."""

import argparse
import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from commands.stopped import Commands, Stopped, in_words
from settings import Settings

if TYPE_CHECKING:
    from email_templates.inspection import Waiting

T = TypeVar("T")


def add(commands: Commands) -> None:
    mail = commands.add_parser("mail", help="look at the emails").add_subparsers(required=True, metavar="COMMAND")
    listing = mail.add_parser(
        "list",
        help="print the emails that were not sent",
        description="Print the emails that wait or were given up, the oldest first, with what went wrong last.",
    )
    listing.set_defaults(run=_list)
    again = mail.add_parser(
        "send-again",
        help="queue what was given up",
        description="Queue every email that was given up; a worker sends them.",
    )
    again.set_defaults(run=_send_again)
    preview = mail.add_parser(
        "preview",
        help="write every email into a folder",
        description="Write every email in every language, with sample values, and an index.html. Sends nothing.",
    )
    preview.add_argument("folder", type=Path, metavar="FOLDER")
    preview.add_argument("--language", metavar="LANG", help="one language only, such as zh-Hant")
    preview.set_defaults(run=_preview)


def _list(options: argparse.Namespace) -> int:
    from email_templates import inspection

    print("\n".join(_line(mail) for mail in _asked(inspection.listed)) or "every email was sent")
    return 0


def _line(mail: "Waiting") -> str:
    state = "given up" if mail.is_given_up else "waits"
    tries = f"{mail.tries} {'try' if mail.tries == 1 else 'tries'}"
    queued_at = f"{mail.queued_at:%Y-%m-%d %H:%M:%S%z}"
    return f"{mail.id}  {state} since {queued_at}, {tries}  " + _printable(
        f"{mail.template} to {mail.to}" + (f": {mail.answer}" if mail.answer else "")
    )


def _printable(text: str) -> str:
    """On one line, without what a terminal takes for a command: anonymous callers and mail servers wrote it."""
    return "".join(character if character.isprintable() else " " for character in text)


def _send_again(options: argparse.Namespace) -> int:
    from email_templates import inspection

    print(f"{_asked(inspection.send_again)} emails are queued again")
    return 0


def _asked(what: Callable[[Settings], Coroutine[Any, Any, T]]) -> T:
    import asyncpg

    from db import connection

    settings = Settings.from_environ()
    connection.address(settings)
    try:
        return asyncio.run(what(settings))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Stopped(f"The database at GATEHOUSE_DATABASE_URL does not answer: {in_words(error)}.") from error


def _preview(options: argparse.Namespace) -> int:
    from email_templates import preview, texts

    there = sorted(texts.languages())
    wanted = there if options.language is None else [options.language]
    if not set(wanted) <= set(there):
        raise Stopped(f"There are no emails in {options.language!r}; --language takes one of {', '.join(there)}.")
    try:
        written = preview.write(options.folder, wanted)
    except FileExistsError as error:
        raise Stopped(f"{error.filename} is a file; the emails go into a folder.") from error
    except OSError as error:
        raise Stopped(f"{error.filename} cannot be written: {error.strerror}.") from error
    print(f"{written} emails are in {options.folder}; open {options.folder / 'index.html'} to look at them.")
    return 0
