"""A line on the terminal for each caught email: in its file a link may be broken over lines or be in base64."""

import os
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

_LINK = re.compile(r"https?://\S+#code=\S+")


class MailLines:
    """Of the emails that come to `folder` after this was made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last = max(self._names(), default="")

    def new(self) -> list[str]:
        # The names sort by time.
        found = sorted(name for name in self._names() if name > self._last)
        self._last = found[-1] if found else self._last
        return [_line(self._folder / name) for name in found]

    def _names(self) -> list[str]:
        # Before the first start there is no folder.
        names = os.listdir(self._folder) if self._folder.is_dir() else []
        return [name for name in names if name.endswith(".eml")]


def _line(file: Path) -> str:
    try:
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        said = f"Email to {mail['To']}: {_link(mail) or mail['Subject']}"
    except (OSError, LookupError, ValueError) as error:
        # An email in an unknown encoding, or removed meanwhile, must not end the run.
        return f"Email in {file}, which cannot be shown here ({type(error).__name__})."
    # Text from an email must not control the terminal.
    return "".join(sign if sign.isprintable() else "?" for sign in said)


def _link(mail: EmailMessage) -> str | None:
    text = mail.get_body(("plain",))
    found = _LINK.search(text.get_content()) if text else None
    return found and found[0]
