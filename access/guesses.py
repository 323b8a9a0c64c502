"""What strangers may do so often and no oftener: attempts at passwords and codes, and mails that they have sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hmac import digest
from types import TracebackType
from typing import NamedTuple

import errors
from access import lua, partitions
from access.store import Call, Moment, Store, StoreDown

_BUCKET = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)
_TRIES = 3


class Limit(NamedTuple):
    most: int
    within: timedelta


_QUARTER = timedelta(minutes=15)
_OF_NETWORK = Limit(30, _QUARTER)
_OF_ACCOUNT = Limit(10, _QUARTER)
# Of 160 bits each: nobody finds one by trying. It bounds what trying costs us.
_CODES_OF_NETWORK = Limit(100, _QUARTER)
_HOUR = timedelta(hours=1)

_Window = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Reservation:
    """One attempt. Around what is tried it is given back where that was right, or could not be looked at."""

    _guesses: "Guesses"
    _taken: tuple[tuple[_Window, int], ...]

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, errors.ServiceUnavailable):
            await self.give_back()

    async def give_back(self) -> None:
        """After a right guess. Clears nothing else. Where Redis is down the attempt stays spent."""
        await self._guesses.give_back(self._taken)


class Guesses:
    """One per process. Addresses are known to Redis only as HMACs, under a key that all processes share."""

    def __init__(self, store: Store, key: bytes) -> None:
        self._store = store
        self._key = key

    async def reserve(self, *, network: str, account: str, device: str | None = None) -> Reservation:
        """One attempt at a password or a second factor. Raises TooManyAttempts, ServiceUnavailable.

        `account` is a normalised address, known or not, or a session that is asked for its user's password. A `device`
        that is known to the account guesses on an allowance of its own instead.
        """
        at = self._account("attempts", account) if device is None else self._account("device", device)
        return await self._reserve((partitions.guesses_of_network(network), _OF_NETWORK), (at, _OF_ACCOUNT))

    async def reserve_code(self, *, network: str) -> Reservation:
        """One attempt at a code from a mail. Raises TooManyAttempts, ServiceUnavailable."""
        return await self._reserve((partitions.guesses_of_network(f"codes {network}"), _CODES_OF_NETWORK))

    async def reserve_registration(self, *, network: str, per_network: int) -> Reservation:
        """One password that a stranger has digested for an account. Raises TooManyAttempts, ServiceUnavailable."""
        return await self._reserve(
            (partitions.guesses_of_network(f"registrations {network}"), Limit(per_network, _HOUR))
        )

    async def reserve_mail(self, *, network: str, per_network: int, address: str, per_address: int) -> Reservation:
        """One mail that somebody asks for. Raises TooManyAttempts, ServiceUnavailable."""
        return await self._reserve(
            (partitions.guesses_of_network(f"mails {network}"), Limit(per_network, _HOUR)),
            (self._account("mails", address), Limit(per_address, _HOUR)),
        )

    async def give_back(self, taken: tuple[tuple[_Window, int], ...]) -> None:
        for (units, _), bucket in taken:
            try:
                await self._store.run(lua.GIVE_BACK, _returning(units, bucket))
            except StoreDown:
                # An attempt too many is counted: the safe side, and it comes back by itself.
                return

    async def _reserve(self, *windows: tuple[_Window, Limit]) -> Reservation:
        """In order, as networks and accounts lie in different partitions. What a network has spent on an account that
        refuses stays spent."""
        try:
            return Reservation(self, tuple([(window, await self._take(window, limit)) for window, limit in windows]))
        except StoreDown as error:
            raise errors.ServiceUnavailable() from error

    def _account(self, what: str, name: str) -> _Window:
        # A stranger chooses the name at a login: it must not be able to read like something else that is counted.
        return partitions.guesses_at_account(digest(self._key, f"{what} {name}".encode(), "sha256").hex())

    async def _take(self, window: _Window, limit: Limit) -> int:
        # A bucket leaves when its youngest attempt is as old as the window is long.
        buckets = limit.within // _BUCKET + 1

        def prepare(now: Moment) -> Call:
            return window, [now.not_after, limit.most, _BUCKET // _MILLISECOND, buckets]

        for _ in range(_TRIES):
            match (await self._store.run(lua.RESERVE, prepare)).values:
                case [b"OK", _, bucket]:
                    return int(bucket)
                case [b"LIMITED", _, wait]:
                    raise errors.TooManyAttempts(wait * _MILLISECOND)
        raise errors.ServiceUnavailable()


def _returning(units: str, bucket: int) -> Callable[[Moment], Call]:
    return lambda now: ([units], [bucket])
