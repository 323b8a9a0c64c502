"""Limits for what a caller may try without a credential: passwords, codes, registrations, and emails to an address."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hmac import digest
from types import TracebackType
from typing import NamedTuple

import errors
from limits import partitions, scripts
from store.redis import ScriptCall, Stamp, Store, StoreDown
from telemetry import metrics

_BUCKET = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)
_TRIES = 3


class Limit(NamedTuple):
    """`counter` is its name in the metrics."""

    counter: str
    most: int
    within: timedelta


_QUARTER = timedelta(minutes=15)
_OF_NETWORK = Limit("passwords_of_network", 30, _QUARTER)
_OF_ACCOUNT = Limit("passwords_at_account", 10, _QUARTER)
_OF_DEVICE = Limit("passwords_of_device", 10, _QUARTER)
# A code has 160 bits, so it cannot be found by trying. The limit bounds the work that attempts cause.
_CODES_OF_NETWORK = Limit("codes_of_network", 100, _QUARTER)
# A report holds up to a hundred tokens, and their signatures take 20 ms of processor time.
_LEAK_REPORTS = Limit("leak_reports_of_network", 60, timedelta(hours=1))
# Answers that are not cached: each takes up to half a second of processor time.
_INTROSPECTIONS = Limit("introspections", 20, timedelta(minutes=1))
_HOUR = timedelta(hours=1)
# So that nobody makes the service send more than a few requests to a receiver.
_RESENDS = Limit("webhook_resends", 60, _HOUR)

_Window = tuple[str, str]


class _Taken(NamedTuple):
    window: _Window
    bucket: int
    counter: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """One counted attempt. As a context manager it gives the attempt back if it succeeds or could not be checked."""

    _attempts: "Attempts"
    _taken: tuple[_Taken, ...]

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, errors.ServiceUnavailable):
            await self.give_back()

    async def give_back(self) -> None:
        """After a correct attempt. Other attempts stay counted. If Redis is down, this one stays counted too."""
        await self._attempts.give_back(self._taken)


class Attempts:
    """One per process. Redis sees addresses only as HMACs, under a key that all processes share."""

    def __init__(self, store: Store, key: bytes | Callable[[], bytes]) -> None:
        """`key` is the key, or a callable that returns the current key."""
        self._store = store
        self._key = key if callable(key) else lambda: key

    async def reserve(self, *, network: str, account: str, device: str | None = None) -> Reservation:
        """One attempt at a password or a second factor. Raises TooManyAttempts, ServiceUnavailable.

        `account` is a normalised address, known or not, or a session that must confirm its user's password. A `device`
        that is known to the account has a separate allowance instead.
        """
        own = (self._account("attempts", account), _OF_ACCOUNT)
        if device is not None:
            own = (self._account("device", device), _OF_DEVICE)
        return await self._reserve((partitions.attempts_of_network(network), _OF_NETWORK), own)

    async def reserve_code(self, *, network: str) -> Reservation:
        """One attempt at a code from an email. Raises TooManyAttempts, ServiceUnavailable."""
        return await self._reserve((partitions.attempts_of_network(f"codes {network}"), _CODES_OF_NETWORK))

    async def reserve_leak_report(self, *, network: str) -> Reservation:
        """One report of leaked tokens. Raises TooManyAttempts, ServiceUnavailable."""
        return await self._reserve((partitions.attempts_of_network(f"leaks {network}"), _LEAK_REPORTS))

    async def reserve_introspection(self, *, caller: str) -> Reservation:
        """One introspection answer; `caller` is a user or a network. Raises TooManyAttempts, ServiceUnavailable."""
        return await self._reserve((partitions.attempts_of_network(f"introspections {caller}"), _INTROSPECTIONS))

    async def reserve_webhook(self, *, user: str) -> Reservation:
        """One try of a webhook that a user asks for. Raises TooManyAttempts, ServiceUnavailable."""
        return await self._reserve((partitions.attempts_of_network(f"webhooks {user}"), _RESENDS))

    async def reserve_registration(self, *, network: str, per_network: int) -> Reservation:
        """One registration, which makes us hash a password. Raises TooManyAttempts, ServiceUnavailable."""
        limit = Limit("registrations_of_network", per_network, _HOUR)
        return await self._reserve((partitions.attempts_of_network(f"registrations {network}"), limit))

    async def reserve_mail(self, *, network: str, per_network: int, address: str, per_address: int) -> Reservation:
        """One email to an address. Raises TooManyAttempts, ServiceUnavailable."""
        return await self._reserve(
            (partitions.attempts_of_network(f"mails {network}"), Limit("mails_of_network", per_network, _HOUR)),
            (self._account("mails", address), Limit("mails_to_address", per_address, _HOUR)),
        )

    async def give_back(self, taken: tuple[_Taken, ...]) -> None:
        for (units, _), bucket, counter in taken:
            try:
                await self._store.run(scripts.GIVE_BACK, _give_back(units, bucket), key=units)
            except StoreDown:
                # One attempt too many stays counted. That is safe, and it expires by itself.
                return
            metrics.ATTEMPTS.labels(counter, "given_back").inc()

    async def _reserve(self, *windows: tuple[_Window, Limit]) -> Reservation:
        """One after another, because networks and accounts are in different partitions. If the account's window
        refuses, the attempt stays counted for the network."""
        try:
            return Reservation(self, tuple([await self._take(window, limit) for window, limit in windows]))
        except StoreDown as error:
            raise errors.ServiceUnavailable() from error

    def _account(self, what: str, name: str) -> _Window:
        # An attacker chooses the name at a login: it must not look like another thing that is counted.
        return partitions.attempts_at_account(digest(self._key(), f"{what} {name}".encode(), "sha256").hex())

    async def _take(self, window: _Window, limit: Limit) -> _Taken:
        # A bucket is dropped when its youngest attempt is as old as the window is long.
        buckets = limit.within // _BUCKET + 1

        def prepare(stamp: Stamp) -> ScriptCall:
            return window, [stamp.not_after, limit.most, _BUCKET // _MILLISECOND, buckets]

        for _ in range(_TRIES):
            match (await self._store.run(scripts.RESERVE, prepare, key=window[0])).values:
                case [b"OK", _, bucket]:
                    metrics.ATTEMPTS.labels(limit.counter, "counted").inc()
                    return _Taken(window, int(bucket), limit.counter)
                case [b"LIMITED", _, wait]:
                    metrics.ATTEMPTS.labels(limit.counter, "refused").inc()
                    raise errors.TooManyAttempts(wait * _MILLISECOND)
        raise errors.ServiceUnavailable()


def _give_back(units: str, bucket: int) -> Callable[[Stamp], ScriptCall]:
    return lambda _: ([units], [bucket])
