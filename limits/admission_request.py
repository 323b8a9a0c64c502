"""One request to the script `admit.lua`: its keys and arguments, and what its answer means."""

import os
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import uuid4

import errors
from access.credentials import Credential, Kind
from limits import credential_cache, entries, model_limits, partitions
from limits.charges import Admission, Charge, Concurrency, Lease, Rights, Scope, VisitorLimits, Window
from limits.partitions import SubjectKeys
from store.clock import datetime_from_ms
from store.redis import Answer, ScriptCall, Stamp

# Operations on an account in a minute, whatever its plan: for the user's sessions together, and for each API token.
ACCOUNT_LIMIT = 300
# A lease ends this long after the call should have ended. If the call is not settled by then, its process is dead.
LEASE_MARGIN = timedelta(seconds=5)

_VISITOR = Rights(role=None, plan_models=frozenset(), token_models=None, scopes=frozenset({"INFER", "READ"}))
_NO_LIMITS = VisitorLimits(0, 0, 0)
_NONCE_BYTES = 16
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_MILLISECOND = timedelta(milliseconds=1)
# It is not known when a slot becomes free; it may be soon.
_SLOT_WAIT = timedelta(seconds=1)
_WINDOW_NAMES = {b"minute": "minute", b"day": "day", b"token": "token-minute", b"account": "account-minute"}
# Separate names, because headers show a window's name and not its scope.
_TOKENS_ACCOUNT = "token-account-minute"
_CONCURRENCY = "concurrency"


class AdmissionRequest:
    """For a credential, or for an anonymous caller with the `limits` of its network. It may be sent several times."""

    def __init__(
        self,
        keys: SubjectKeys,
        charge: Charge,
        *,
        credential: Credential | None = None,
        limits: VisitorLimits | None = None,
    ) -> None:
        self.charge = charge
        self.call_id = uuid4()
        self._cost = charge.cost
        # Whether the call takes a slot if Redis admits it.
        self.may_take_slot = charge.kind == "plan" and self._cost > 0
        self._keys = keys
        self.credential = credential
        self._is_token = credential is not None and credential.kind is Kind.API_TOKEN
        self._limits = limits

    def prepare(self, stamp: Stamp) -> ScriptCall:
        """The script's keys and arguments, in the order that `admit.lua` reads."""
        limits = self._limits or _NO_LIMITS
        return _keys(self._keys, self._is_token), [
            *(stamp.epoch, stamp.generation, self.call_id.bytes, "visitor" if self._limits else self.charge.kind),
            *(self._cost, (self.charge.longest + LEASE_MARGIN) // _MILLISECOND, stamp.not_after),
            # A new nonce each time: an earlier one may belong to a cache load that has read an outdated row.
            *(os.urandom(_NONCE_BYTES), self._line_for_reaper(stamp), ACCOUNT_LIMIT),
            *(limits.units_per_minute, limits.units_per_day, limits.concurrent_requests),
            model_limits.costs(self.charge.calls),
        ]

    def admitted(self, answer: Answer) -> Admission:
        """The admission, if the answer is OK. Raises RateLimited for LIMITED, QueryTooComplex for ABOVE.

        Other answers are for `Admitter`.
        """
        match answer.values:
            case [b"ABOVE", _, limit]:
                raise errors.QueryTooComplex(
                    f"This operation costs {self._cost} units; the limit allows {limit} at most."
                )
            case [b"LIMITED", _, windows, _, refusing]:
                raise self._refusal(windows, refusing)
        _, now, windows, slots, ends, of_credential, of_user = answer.values
        rights = (
            credential_cache.rights(self.credential.scopes, of_credential, of_user) if self.credential else _VISITOR
        )
        return Admission(
            call_id=self.call_id,
            at=datetime_from_ms(now),
            windows=self._windows(windows),
            concurrency=Concurrency(limit=slots[0], used=slots[1]),
            rights=rights,
            lease=self.lease(ends=ends, now=datetime_from_ms(now), generation=answer.generation) if ends else None,
        )

    def lease(self, *, ends: int = 0, now: datetime | None = None, generation: int = 0) -> Lease:
        """Without arguments: for a call of which this process does not know whether Redis admitted it."""
        user_id, token_id = self._user_and_token()
        return Lease(
            call_id=self.call_id,
            keys=self._keys,
            cost=self._cost,
            ends=ends,
            hour=entries.hour_of(now or datetime.now(UTC)),
            user_id=user_id,
            token_id=token_id,
            generation=generation,
        )

    def _line_for_reaper(self, stamp: Stamp) -> bytes:
        """What the reaper needs to end the call if no process settles it: its keys, and its log entry as a failure."""
        user_id, token_id = self._user_and_token()
        failure = b""
        if user_id is not None:
            hour = entries.hour_of(datetime_from_ms(stamp.now))
            failure = entries.pack(user_id, token_id, hour, self.charge.failures())
        return f"{self._keys.subject}|{self._keys.credential}|".encode() + failure

    def _user_and_token(self) -> tuple[Any, Any]:
        if self.credential is None:
            return None, None
        return self.credential.user_id, self.credential.id if self._is_token else None

    def _refusal(self, windows: list[list[Any]], refusing: list[bytes]) -> errors.RateLimited:
        waits = {self._name(name): fits * _MILLISECOND for name, _, _, fits, *_ in windows if name in refusing}
        if b"places" in refusing:
            waits[_CONCURRENCY] = _SLOT_WAIT
        last = max(waits, key=lambda name: waits[name])
        return errors.RateLimited(last, waits[last], self._windows(windows))

    def _windows(self, windows: list[list[Any]]) -> tuple[Window, ...]:
        return tuple(sorted(map(self._window, windows), key=lambda window: window.remaining))

    def _window(self, values: list[Any]) -> Window:
        name, limit, used, _, next_in, reset_in = values
        return Window(
            name=self._name(name),
            scope=self._scope(name),
            length=_DAY if name == b"day" or name.startswith(model_limits.DAY) else _MINUTE,
            limit=limit,
            used=used,
            next_in=next_in * _MILLISECOND if next_in else None,
            reset_in=reset_in * _MILLISECOND,
        )

    def _name(self, name: bytes) -> str:
        if name == b"account" and self._is_token:
            return _TOKENS_ACCOUNT
        return _WINDOW_NAMES.get(name) or name.decode()

    def _scope(self, name: bytes) -> Scope:
        if self._limits:
            return Scope.NETWORK
        is_tokens_own = name == b"token" or (name == b"account" and self._is_token)
        return Scope.TOKEN if is_tokens_own else Scope.USER


@lru_cache(partitions.KEPT)
def _keys(subject: SubjectKeys, of_token: bool) -> tuple[str, ...]:
    return (
        *(subject.credential_entry, subject.subject_entry, *subject.minute, *subject.token_minute),
        *subject.account_minute(of_token=of_token),
        *(subject.day, subject.slots, partitions.running(subject.partition), partitions.nothing(subject.partition)),
        *(*subject.models_minute, subject.models_day),
    )
