"""An SMTP server that answers as it is told, and the emails that arrived."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from functools import cache
from inspect import isawaitable
from pathlib import Path
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session
from tortoise.transactions import in_transaction

from email_templates import outbox
from email_templates.templates import Template
from tests.service import free_port

_HEADERS = BytesHeaderParser(policy=policy.default)


class Post:
    """Answers the end of DATA with what `answer` says, and keeps what it accepted."""

    def __init__(self, answer: Callable[[int], Awaitable[str]]) -> None:
        self.tries = 0
        self.accepted: list[EmailMessage] = []
        self.port = free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"
        self._answer = answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.tries += 1
        answer = await self._answer(self.tries)
        if answer.startswith("250"):
            self.accepted.append(parsed(envelope.original_content or b""))
        return answer

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Self]:
        loop = asyncio.get_running_loop()
        sessions: list[SMTP] = []

        def begin() -> SMTP:
            sessions.append(SMTP(self, loop=loop, hostname="localhost"))
            return sessions[-1]

        server = await loop.create_server(begin, "127.0.0.1", self.port)
        try:
            yield self
        finally:
            server.close()
            for session in sessions:
                if session.transport is not None:
                    session.transport.close()


def answers(*given: str) -> Callable[[int], Awaitable[str]]:
    """One after the other; the last one for ever."""

    async def answer(number: int) -> str:
        return given[min(number, len(given)) - 1]

    return answer


def parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def caught(folder: Path) -> list[EmailMessage]:
    return [parsed(file.read_bytes()) for file in sorted(folder.glob("*.eml"))]


def caught_by(folder: Path, address: str) -> list[EmailMessage]:
    """The mails to this address. No others are parsed: a folder has the mails of many tests, and tests look often."""
    return [parsed(file.read_bytes()) for file in sorted(folder.glob("*.eml")) if _recipient(file) == address]


def recipients(folder: Path) -> set[str]:
    """Of all mails in it."""
    return {_recipient(file) for file in folder.glob("*.eml")}


@cache
def _recipient(file: Path) -> str:
    """Read once: a mail never changes, and no other gets its name."""
    return str(_HEADERS.parsebytes(file.read_bytes())["to"])


async def queue_one(to: str = "ada@example.org", code: str = "c0de") -> None:
    async with in_transaction() as tx:
        await outbox.enqueue(tx, Template.VERIFY_EMAIL, to=to, locale="en", context={"code": code, "hours": "24"})


async def until(holds: Callable[[], object], *, within: float = 30, every: float = 0.02) -> None:
    """`holds` may be a function or a coroutine function. One that costs much is asked less often, `every` so many
    seconds."""
    end = time.monotonic() + within
    while not (await found if isawaitable(found := holds()) else found):
        assert time.monotonic() < end, "it did not come to pass in time"
        await asyncio.sleep(every)
