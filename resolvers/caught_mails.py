"""The emails that `make run` has caught instead of sending them: the console shows new users theirs."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from settings import Settings

# Older ones are not looked at, so that a full folder costs no more than this.
_NEWEST = 50
_LARGEST = 64 * 1024
# Of no other email: with a code to reset a password, any user of the machine could take an account.
_CODE = re.compile(r"/verify-email#code=([A-Z2-7-]+)")


@dataclass(frozen=True, slots=True)
class CaughtMail:
    subject: str
    text: str
    code: str


async def newest(settings: Settings, email: str) -> CaughtMail | None:
    """The newest email to this address that verifies it. None also where emails are sent."""
    if not settings.caught_mails:
        return None
    return await asyncio.to_thread(_newest, Path(settings.caught_mails), email)


def _newest(folder: Path, email: str) -> CaughtMail | None:
    # Only where emails are caught.
    from email import message_from_bytes, policy

    for content in _contents(folder):
        mail = message_from_bytes(content, policy=policy.default)
        # What the mail catcher writes first, as a mail server does that delivers.
        if str(mail["Delivered-To"]).casefold() != email.casefold():
            continue
        body = mail.get_body(("plain",))
        text = str(body.get_content()) if body else ""
        if code := _CODE.search(text):
            return CaughtMail(subject=str(mail["Subject"]), text=text, code=code[1])
    return None


def _contents(folder: Path) -> Iterator[bytes]:
    """The newest first; the names sort by time. Before the first email there may be no folder."""
    files = sorted(folder.glob("*.eml"), reverse=True)[:_NEWEST] if folder.is_dir() else []
    for file in files:
        try:
            with file.open("rb") as opened:
                yield opened.read(_LARGEST)
        except FileNotFoundError:
            # Somebody tidies the folder meanwhile.
            continue
