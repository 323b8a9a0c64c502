"""`gatehouse mail`."""

import argparse
from pathlib import Path

from commands.stopped import Commands, Stopped


def add(commands: Commands) -> None:
    mail = commands.add_parser("mail", help="look at the mails").add_subparsers(required=True, metavar="COMMAND")
    preview = mail.add_parser(
        "preview",
        help="write every mail into a folder",
        description="Write every mail in every language, with sample values, and an index.html. Sends nothing.",
    )
    preview.add_argument("folder", type=Path, metavar="FOLDER")
    preview.add_argument("--language", metavar="LANG", help="one language only, such as zh-Hant")
    preview.set_defaults(run=_preview)


def _preview(options: argparse.Namespace) -> int:
    from email_templates import preview, texts

    there = sorted(texts.languages())
    wanted = there if options.language is None else [options.language]
    if not set(wanted) <= set(there):
        raise Stopped(f"There are no mails in {options.language!r}; --language takes one of {', '.join(there)}.")
    try:
        written = preview.write(options.folder, wanted)
    except FileExistsError as error:
        raise Stopped(f"{error.filename} is a file; the mails go into a folder.") from error
    except OSError as error:
        raise Stopped(f"{error.filename} cannot be written: {error.strerror}.") from error
    print(f"{written} mails are in {options.folder}; open {options.folder / 'index.html'} to look at them.")
    return 0
