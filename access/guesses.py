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
from telemetry import metrics

_BUCKET = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)
_TRIES = 3


class Limit(NamedTuple):
    """`counter` is its name among the metrics."""

    counter: str
    most: int
    within: timedelta


_QUARTER = timedelta(minutes=15)
_OF_NETWORK = Limit("passwords_of_network", 30, _QUARTER)
_OF_ACCOUNT = Limit("passwords_at_account", 10, _QUARTER)
_OF_DEVICE = Limit("passwords_of_device", 10, _QUARTER)
# Of 160 bits each: nobody finds one by trying. It bounds what trying costs us.
_CODES_OF_NETWORK = Limit("codes_of_network", 100, _QUARTER)
# Answers that were not kept: each takes up to half a second of a processor.
_INTROSPECTIONS = Limit("introspections", 20, timedelta(minutes=1))
_HOUR = timedelta(hours=1)

_Window = tuple[str, str]


class _Taken(NamedTuple):
    window: _Window
    bucket: int
    counter: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """One attempt. Around what is tried it is given back where that was right, or could not be looked at."""

    _guesses: "Guesses"
    _taken: tuple[_Taken, ...]

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

    def __init__(self, store: Store, key: bytes | Callable[[], bytes]) -> None:
        """`key` may be what tells it, where it changes."""
        self._store = store
        self._key = key if callable(key) else lambda: key

    async def reserve(self, *, network: str, account: str, device: str | None = None) -> Reservation:
        """One attempt at a password or a second factor. Raises TooManyAttempts, ServiceUnavailable.

        `account` is a normalised address, known or not, or a session that is asked for its user's password. A `device`
        that is known to the account guesses on an allowance of its own instead.
        """
        own = (self._account("attempts", account), _OF_ACCOUNT)
        if device is not None:
            own = (self._account("device", device), _OF_DEVICE)
        return await self._reserve((partitions.guesses_of_network(network), _OF_NETWORK), own)

    async def reserve_code(self, *, network: str) -> Reservation:
        """One attempt at a code from a mail. Raises TooManyAttempts, ServiceUnavailable."""
        return await self._reserve((partitions.guesses_of_network(f"codes {network}"), _CODES_OF_NETWORK))

    async def reserve_introspection(self, *, caller: str) -> Reservation:
        """One answer about the schema; `caller` is a user or a network. Raises TooManyAttempts, ServiceUnavailable."""
        return await self._reserve((partitions.guesses_of_network(f"introspections {caller}"), _INTROSPECTIONS))

    async def reserve_registration(self, *, network: str, per_network: int) -> Reservation:
        """One password that a stranger has digested for an account. Raises TooManyAttempts, ServiceUnavailable."""
        limit = Limit("registrations_of_network", per_network, _HOUR)
        return await self._reserve((partitions.guesses_of_network(f"registrations {network}"), limit))

    async def reserve_mail(self, *, network: str, per_network: int, address: str, per_address: int) -> Reservation:
        """One mail that somebody asks for. Raises TooManyAttempts, ServiceUnavailable."""
        return await self._reserve(
            (partitions.guesses_of_network(f"mails {network}"), Limit("mails_of_network", per_network, _HOUR)),
            (self._account("mails", address), Limit("mails_to_address", per_address, _HOUR)),
        )

    async def give_back(self, taken: tuple[_Taken, ...]) -> None:
        for (units, _), bucket, counter in taken:
            try:
                await self._store.run(lua.GIVE_BACK, _returning(units, bucket))
            except StoreDown:
                # An attempt too many is counted: the safe side, and it comes back by itself.
                return
            metrics.GUESSES.labels(counter, "given_back").inc()

    async def _reserve(self, *windows: tuple[_Window, Limit]) -> Reservation:
        """In order, as networks and accounts lie in different partitions. What a network has spent on an account that
        refuses stays spent."""
        try:
            return Reservation(self, tuple([await self._take(window, limit) for window, limit in windows]))
        except StoreDown as error:
            raise errors.ServiceUnavailable() from error

    def _account(self, what: str, name: str) -> _Window:
        # A stranger chooses the name at a login: it must not be able to read like something else that is counted.
        return partitions.guesses_at_account(digest(self._key(), f"{what} {name}".encode(), "sha256").hex())

    async def _take(self, window: _Window, limit: Limit) -> _Taken:
        # A bucket leaves when its youngest attempt is as old as the window is long.
        buckets = limit.within // _BUCKET + 1

        def prepare(now: Moment) -> Call:
            return window, [now.not_after, limit.most, _BUCKET // _MILLISECOND, buckets]

        for _ in range(_TRIES):
            match (await self._store.run(lua.RESERVE, prepare)).values:
                case [b"OK", _, bucket]:
                    metrics.GUESSES.labels(limit.counter, "counted").inc()
                    return _Taken(window, int(bucket), limit.counter)
                case [b"LIMITED", _, wait]:
                    metrics.GUESSES.labels(limit.counter, "refused").inc()
                    raise errors.TooManyAttempts(wait * _MILLISECOND)
        raise errors.ServiceUnavailable()


def _returning(units: str, bucket: int) -> Callable[[Moment], Call]:
    return lambda now: ([units], [bucket])
