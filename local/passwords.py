"""Passwords of the embedded servers: random, made once, readable by this user only."""

import os
import secrets
from pathlib import Path


def keep(file: Path) -> str:
    """The password in `file`, made when there is none. It needs no quoting in a URL, a shell or a config file."""
    if not file.exists():
        draft = file.with_name(f"{file.name}.new")
        draft.unlink(missing_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_hex(24))
        draft.replace(file)
    return file.read_text()
