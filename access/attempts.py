"""One attempt to be admitted: what the script is told, and what its answer means."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import errors
from access import entries, index, partitions
from access.charges import Admission, Charge, Concurrency, Lease, Rights, Scope, VisitorLimits, Window
from access.credentials import Credential, Kind
from access.partitions import Places
from access.store import Answer, Call, Moment

# Operations on an account in a minute, whatever its plan: for the user's sessions together, and for each API token.
ACCOUNT_LIMIT = 300
# A place is free again so long after its call should have ended: whoever held it is dead.
LEASE_MARGIN = timedelta(seconds=5)

_VISITOR = Rights(role=None, plan_models=frozenset(), token_models=None, scopes=frozenset({"INFER", "READ"}))
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_MILLISECOND = timedelta(milliseconds=1)
# A place may be free in a moment; nobody knows when.
_PLACE_WAIT = timedelta(seconds=1)
_NAMES = {b"minute": "minute", b"day": "day", b"token": "token-minute", b"account": "account-minute"}
# Headers show a window's name and not its scope.
_TOKENS_ACCOUNT = "token-account-minute"
_CONCURRENCY = "concurrency"


class Attempt:
    """With a credential, or with a visitor's limits."""

    def __init__(
        self,
        places: Places,
        charge: Charge,
        *,
        credential: Credential | None = None,
        limits: VisitorLimits | None = None,
    ) -> None:
        self.charge = charge
        self.call_id = uuid4()
        # Whether Redis, having admitted it, holds a place for it.
        self.may_hold = charge.kind == "plan" and charge.cost > 0
        self._places = places
        self._credential = credential
        self._limits = limits

    def prepare(self, now: Moment) -> Call:
        at = self._places
        limits = self._limits or VisitorLimits(0, 0, 0)
        keys = [
            *(at.credential_entry, at.subject_entry, *at.minute, *at.token_minute),
            *at.account_minute(of_token=self._is_token),
            *(at.day, at.held, partitions.running(at.partition), partitions.nothing(at.partition)),
        ]
        return keys, [
            *(now.epoch, now.generation, self.call_id.bytes, "visitor" if self._limits else self.charge.kind),
            *(self.charge.cost, (self.charge.longest + LEASE_MARGIN) // _MILLISECOND, now.not_after, uuid4().bytes),
            *(self._line(now), ACCOUNT_LIMIT),
            *(limits.units_per_minute, limits.units_per_day, limits.concurrent_requests),
        ]

    def admitted(self, answer: Answer) -> Admission:
        """What OK answers. Raises for LIMITED and ABOVE."""
        match answer.values:
            case [b"ABOVE", _, limit]:
                raise errors.QueryTooComplex(
                    f"This operation costs {self.charge.cost} units; the limit allows {limit} at most."
                )
            case [b"LIMITED", _, windows, _, refusing]:
                raise self._refusal(windows, refusing)
        _, now, windows, places, ends, of_credential, of_user = answer.values
        rights = index.rights(self._credential, of_credential, of_user) if self._credential else _VISITOR
        return Admission(
            call_id=self.call_id,
            at=moment(now),
            windows=self._windows(windows),
            concurrency=Concurrency(limit=places[0], used=places[1]),
            rights=rights,
            lease=self.lease(ends=ends, now=moment(now), generation=answer.generation) if ends else None,
        )

    def lease(self, *, ends: int = 0, now: datetime | None = None, generation: int = 0) -> Lease:
        """Without arguments it is that of a call of which nobody knows whether it was admitted."""
        user_id, token_id = self._who()
        return Lease(
            call_id=self.call_id,
            places=self._places,
            cost=self.charge.cost,
            ends=ends,
            hour=entries.hour_of(now or datetime.now(UTC)),
            user_id=user_id,
            token_id=token_id,
            generation=generation,
        )

    def _line(self, now: Moment) -> bytes:
        """What `open` holds, so that the reaper can end the call: its keys, and its entry as a failure."""
        user_id, token_id = self._who()
        failure = b""
        if user_id is not None:
            failure = entries.pack(user_id, token_id, entries.hour_of(moment(now.now)), self.charge.failures())
        return f"{self._places.subject}|{self._places.credential}|".encode() + failure

    def _who(self) -> tuple[Any, Any]:
        if self._credential is None:
            return None, None
        return self._credential.user_id, self._credential.id if self._is_token else None

    @property
    def _is_token(self) -> bool:
        return self._credential is not None and self._credential.kind is Kind.API_TOKEN

    def _refusal(self, windows: list[list[Any]], refusing: list[bytes]) -> errors.RateLimited:
        waits = {self._name(name): fits * _MILLISECOND for name, _, _, fits, *_ in windows if name in refusing}
        if b"places" in refusing:
            waits[_CONCURRENCY] = _PLACE_WAIT
        last = max(waits, key=lambda name: waits[name])
        return errors.RateLimited(last, waits[last], self._windows(windows))

    def _windows(self, windows: list[list[Any]]) -> tuple[Window, ...]:
        return tuple(sorted(map(self._window, windows), key=lambda window: window.remaining))

    def _window(self, values: list[Any]) -> Window:
        name, limit, used, _, next_in, reset_in = values
        return Window(
            name=self._name(name),
            scope=self._scope(name),
            length=_DAY if name == b"day" else _MINUTE,
            limit=limit,
            used=used,
            next_in=next_in * _MILLISECOND if next_in else None,
            reset_in=reset_in * _MILLISECOND,
        )

    def _name(self, name: bytes) -> str:
        return _TOKENS_ACCOUNT if name == b"account" and self._is_token else _NAMES[name]

    def _scope(self, name: bytes) -> Scope:
        if self._limits:
            return Scope.NETWORK
        is_tokens_own = name == b"token" or (name == b"account" and self._is_token)
        return Scope.TOKEN if is_tokens_own else Scope.USER


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
