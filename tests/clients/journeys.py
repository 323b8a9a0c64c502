"""Runs an example as its user does: it asks for the code that the mail holds."""

import asyncio
import os
import re
from asyncio.subprocess import PIPE, STDOUT, create_subprocess_exec
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2

from tests.mails import caught_by, until
from tests.service import TLS

PASSWORD = "correct horse battery staple"  # noqa: S105 - nobody's
LOGIN_REFUSED = (
    "The email address or the password is wrong, the address is not verified yet, or the account cannot log in."
)
EXAMPLES_PRINT = [
    f"LOGIN_REFUSED: {LOGIN_REFUSED}",
    "order: [1, 0]",
    "one.png: Gatehouse Books",
    "two.png: Mill Lane 12",
    "429, try again in N s",
    "chunk 0: scores,order",
    "end of stream: 1 chunk, 1 unit",
    "job: SUCCEEDED, order: [1, 0]",
    "UNAUTHENTICATED",
    "UNAUTHENTICATED",
]
_REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { __typename } }"
_VERIFY = "mutation ($code: String!) { verifyEmail(code: $code) { __typename } }"
# Calls and units by model: what was refused is not among them.
_USED = {"similarity": (3, 3), "text_reader": (2, 10)}
_USAGE = """SELECT model, sum(calls)::int, sum(units)::int FROM usage JOIN users ON users.id = usage.user_id
WHERE email = $1 AND model <> '' GROUP BY model"""
_TOKENS = """SELECT revoked_at IS NOT NULL FROM api_tokens JOIN users ON users.id = api_tokens.user_id
WHERE email = $1"""
_CODE = re.compile(r"#code=([A-Z2-7-]+)")
_SECONDS = re.compile(r"(?<=, try again in )\d+(?= s$)")


@dataclass(frozen=True, slots=True)
class Installation:
    """`url` is the address of GraphQL; `mails` is the folder of all emails."""

    url: str
    mails: Path
    database_url: str

    @property
    def port(self) -> str:
        return str(httpx2.URL(self.url).port)

    async def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        database = await asyncpg.connect(self.database_url)
        try:
            return [tuple(row) for row in await database.fetch(query, *values)]
        finally:
            await database.close()


@dataclass(frozen=True, slots=True)
class Journey:
    """What an example printed, with every wait as `N s`, and the waits."""

    email: str
    lines: list[str]
    waits: list[int]


async def run(
    command: Sequence[str | Path], folder: Path, installation: Installation, *, within: float = 60
) -> Journey:
    """The command must end well, and register within so many seconds."""
    email = f"{uuid4()}@example.org"
    variables = {"GATEHOUSE_URL": installation.url, "GATEHOUSE_EMAIL": email, "GATEHOUSE_PASSWORD": PASSWORD}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEHOUSE_")}
    process = await create_subprocess_exec(
        *command, cwd=folder, env=kept | variables, stdin=PIPE, stdout=PIPE, stderr=STDOUT
    )
    try:
        await until(lambda: process.returncode is not None or caught_by(installation.mails, email), within=within)
        typed = _code(installation, email) if process.returncode is None else ""
        async with asyncio.timeout(100):
            printed, _ = await process.communicate(f"{typed}\n".encode())
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, printed.decode()
    # Installers have printed before.
    lines = printed.decode().partition("Code from the email: ")[2].splitlines()
    waits = [int(found[0]) for line in lines if (found := _SECONDS.search(line))]
    return Journey(email, [_SECONDS.sub("N", line) for line in lines], waits)


def _code(installation: Installation, email: str) -> str:
    (mail,) = caught_by(installation.mails, email)
    body = mail.get_body(("plain",))
    assert body is not None
    found = _CODE.search(body.get_content())
    assert found is not None
    return found[1]


async def signed_up(installation: Installation, email: str = "") -> str:
    """The email address of somebody new, with PASSWORD."""
    email = email or f"{uuid4()}@example.org"
    async with httpx2.AsyncClient(timeout=60, verify=TLS) as http:

        async def ask(query: str, **variables: object) -> None:
            answer = await http.post(installation.url, json={"query": query, "variables": variables})
            assert "errors" not in answer.json(), answer.text

        await ask(_REGISTER, input={"email": email, "password": PASSWORD})
        await until(lambda: caught_by(installation.mails, email))
        await ask(_VERIFY, code=_code(installation, email))
    return email


async def all_done(journey: Journey, installation: Installation) -> None:
    """It printed what all clients print, and the service did it, once."""
    assert journey.lines == EXAMPLES_PRINT, journey.lines
    (wait,) = journey.waits
    assert 1 <= wait <= 60
    assert await installation.rows(_TOKENS, journey.email) == [(True,)]

    async def is_counted() -> bool:
        used = {model: (calls, units) for model, calls, units in await installation.rows(_USAGE, journey.email)}
        return used == _USED

    await until(is_counted)
