"""The mail catcher's process: `python -m local.mail_catcher PORT FOLDER`, with the password on standard input.

It runs in the service's environment, unlike the rest of this room, and is imported by nothing.
"""

import asyncio
import hmac
import logging
import os
import signal
import sys
import warnings
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

_LARGEST = 32 * 1024**2


class Folder:
    """Keeps what is handed in. `handle_DATA` is aiosmtpd's name for it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._numbers = count()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        # As a mail server does that delivers: the envelope is seen nowhere else.
        head = f"Return-Path: <{envelope.mail_from}>\r\n"
        head += "".join(f"Delivered-To: {to}\r\n" for to in envelope.rcpt_tos)
        self._write(head.encode() + content)
        return "250 OK"

    def _write(self, mail: bytes) -> None:
        """A file under its final name is always whole, for every reader and even if this process is killed."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{os.getpid()}-{next(self._numbers):06}"
        draft = self._path / f".{name}"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(mail)
        draft.replace(self._path / f"{name}.eml")


class Guard:
    def __init__(self, password: str) -> None:
        self._password = password.encode()

    def __call__(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        # `handled=False`: aiosmtpd itself then answers 535.
        ok = isinstance(given, LoginPassword) and hmac.compare_digest(given.password, self._password)
        return AuthResult(success=ok, handled=False)


async def catch(port: int, folder: Path, password: str) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    make = partial(
        SMTP,
        Folder(folder),
        data_size_limit=_LARGEST,
        enable_SMTPUTF8=True,
        hostname="localhost",
        auth_required=True,
        # It listens at the loopback only, where no other machine can listen in.
        auth_require_tls=False,
        authenticator=Guard(password),
        loop=loop,
    )
    server = await loop.create_server(make, "127.0.0.1", port)
    print("Catching emails", flush=True)
    await stopping.wait()
    server.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
    asyncio.run(catch(int(sys.argv[1]), Path(sys.argv[2]), sys.stdin.read()))
