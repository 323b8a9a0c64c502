"""Who calls, and whether they may: a JWT, and two Redis scripts around each call."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import jwt
from redis.asyncio import Redis

_SECRET = os.environ["JWT_SECRET"]
_CALLS_PER_MINUTE = 1_000_000_000
_SLOTS = 1_000
_LONGEST_MS = 30_000
_SCRIPTS = Path(__file__).parent.parent / "scripts"


class Refused(Exception):
    """The call is not admitted. The message says why."""


class Limited(Refused):
    """The caller makes too many calls."""


@dataclass(frozen=True)
class Caller:
    user_id: str
    token_id: str


def authenticate(token: str) -> Caller:
    """Raises Refused."""
    try:
        claims = jwt.decode(token, _SECRET, algorithms=["HS256"], options={"require": ["sub", "jti", "exp"]})
    except jwt.InvalidTokenError as error:
        raise Refused("the token is not valid") from error
    return Caller(claims["sub"], claims["jti"])


class Gate:
    def __init__(self) -> None:
        self._redis: Redis = Redis.from_url(os.environ["REDIS_URL"])
        self._admit = self._redis.register_script((_SCRIPTS / "admit.lua").read_text())
        self._settle = self._redis.register_script((_SCRIPTS / "settle.lua").read_text())

    @asynccontextmanager
    async def admitted(self, caller: Caller, model: str) -> AsyncIterator[None]:
        """One round trip before the call and one after it. Raises Refused."""
        call, slots = uuid4().hex, f"peer:slots:{caller.user_id}"
        keys = [f"peer:revoked:{caller.token_id}", f"peer:minute:{caller.user_id}", slots]
        answer = await self._admit(keys=keys, args=[call, _CALLS_PER_MINUTE, _SLOTS, _LONGEST_MS])
        if answer != b"OK":
            raise (Limited if answer == b"LIMITED" else Refused)(answer.decode())
        try:
            yield
        finally:
            await self._settle(keys=[slots, f"peer:usage:{caller.user_id}"], args=[call, model])

    async def aclose(self) -> None:
        await self._redis.aclose()
