"""Addresses that answer once, and for a minute: Redis holds what each is for, under a digest of its code."""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

import orjson

import errors
from limits import partitions
from store.redis import Store, StoreDown

LIFETIME = timedelta(minutes=1)
_CODE_BYTES = 32
_MILLISECOND = timedelta(milliseconds=1)


class Addresses:
    """One per process. All processes know the codes of each other."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def make(self, purpose: Mapping[str, Any]) -> str:
        """A code for this purpose, which is kept as JSON. Raises ServiceUnavailable."""
        code = token_urlsafe(_CODE_BYTES)
        await self._ask("SET", _key(code), orjson.dumps(purpose), "PX", LIFETIME // _MILLISECOND)
        return code

    async def look(self, code: str) -> Any:
        """The purpose of the code; None if it is unknown, used or expired. Raises ServiceUnavailable."""
        return _read(await self._ask("GET", _key(code)))

    async def use(self, code: str) -> Any:
        """As `look`, and from then on the code is used. Of several at the same time, one gets the purpose."""
        return _read(await self._ask("GETDEL", _key(code)))

    async def _ask(self, *command: str | bytes | int) -> Any:
        try:
            (answer,) = await self._store.batch([command])
        except StoreDown as error:
            raise errors.ServiceUnavailable() from error
        return answer


def _key(code: str) -> str:
    return partitions.address(sha256(code.encode()).hexdigest())


def _read(stored: bytes | None) -> Any:
    return None if stored is None else orjson.loads(stored)
