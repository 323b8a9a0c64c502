"""Attempts at passwords and codes, counted before they are checked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hmac import digest

import errors
from access import lua, partitions
from access.store import Call, Moment, Store, StoreDown

_NETWORK_LIMIT = 30
_ACCOUNT_LIMIT = 10
_BUCKET = timedelta(seconds=1)
# A bucket leaves when its youngest attempt is 15 minutes old.
_BUCKETS = int(timedelta(minutes=15) / _BUCKET) + 1
_MILLISECOND = timedelta(milliseconds=1)
_TRIES = 3

_Window = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Reservation:
    """One attempt of a network at an account, which is spent unless it is given back."""

    _guesses: "Guesses"
    _taken: tuple[tuple[_Window, int], ...]

    async def give_back(self) -> None:
        """After a right guess. Clears nothing else. Where Redis is down the attempt stays spent."""
        await self._guesses.give_back(self._taken)


class Guesses:
    """One per process. Addresses are known to Redis only as HMACs, under a key that all processes share."""

    def __init__(self, store: Store, key: bytes) -> None:
        self._store = store
        self._key = key

    async def reserve(self, *, network: str, account: str | None = None) -> Reservation:
        """`account` is a normalised address, known or not. Raises TooManyAttempts, ServiceUnavailable.

        Two steps, as networks and accounts lie in different partitions. What a network has spent on an account that
        refuses stays spent.
        """
        windows = [(partitions.guesses_of_network(network), _NETWORK_LIMIT)]
        if account is not None:
            hidden = digest(self._key, account.encode(), "sha256").hex()
            windows.append((partitions.guesses_at_account(hidden), _ACCOUNT_LIMIT))
        try:
            return Reservation(self, tuple([(window, await self._take(window, limit)) for window, limit in windows]))
        except StoreDown as error:
            raise errors.ServiceUnavailable() from error

    async def give_back(self, taken: tuple[tuple[_Window, int], ...]) -> None:
        for (units, _), bucket in taken:
            try:
                await self._store.run(lua.GIVE_BACK, _returning(units, bucket))
            except StoreDown:
                # An attempt too many is counted: the safe side, and it comes back by itself.
                return

    async def _take(self, window: _Window, limit: int) -> int:
        def prepare(now: Moment) -> Call:
            return window, [now.not_after, limit, _BUCKET // _MILLISECOND, _BUCKETS]

        for _ in range(_TRIES):
            match (await self._store.run(lua.RESERVE, prepare)).values:
                case [b"OK", _, bucket]:
                    return int(bucket)
                case [b"LIMITED", _, wait]:
                    raise errors.TooManyAttempts(wait * _MILLISECOND)
        raise errors.ServiceUnavailable()


def _returning(units: str, bucket: int) -> Callable[[Moment], Call]:
    return lambda now: ([units], [bucket])
