"""One request to the script `admit.lua`: its keys and arguments, and what its answer means."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any
from uuid import UUID

import errors
import named_tuples
from access import networks
from access.credentials import Credential, Kind
from limits import credential_cache, entries, model_limits, partitions, scripts, slots
from limits.charges import Admission, Charge, Concurrency, Lease, Rights, Scope, VisitorLimits, Window
from limits.partitions import SubjectKeys
from store.clock import datetime_from_ms
from store.redis import Answer, Packed, ScriptCall, Stamp

# Operations on an account in a minute, whatever its plan: for the user's sessions together, and for each API token.
ACCOUNT_LIMIT = 300
# A lease ends this long after the call should have ended. If the call is not settled by then, its process is dead.
LEASE_MARGIN = timedelta(seconds=5)
_CALL_ID_BYTES = 16
# So many that no two processes begin with the same number.
_NUMBER_BYTES = 16

_VISITOR = Rights(role=None, plan_models=frozenset(), token_models=None, scopes=frozenset({"INFER", "READ"}))
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_MILLISECOND = timedelta(milliseconds=1)
_HOUR_MILLISECONDS = timedelta(hours=1) // _MILLISECOND
# It is not known when a slot becomes free; it may be soon.
_SLOT_WAIT = timedelta(seconds=1)
_WINDOW_NAMES = {b"minute": "minute", b"day": "day", b"token": "token-minute", b"account": "account-minute"}
# Separate names, because headers show a window's name and not its scope.
_TOKENS_ACCOUNT = "token-account-minute"
_CONCURRENCY = "concurrency"
# Of each window in an answer of `admit.lua`.
_VALUES = 5


class AdmissionRequest:
    """For a credential that is used from the IP `address`, or for an anonymous caller with the `limits` of its network.

    It may be sent several times. With the `call_id` of a job, a worker ends the call (`limits/job_calls.py`).
    """

    # Set when Redis did not answer a command that may have admitted it.
    may_be_open = False
    _is_job = False

    def __init__(
        self,
        keys: SubjectKeys,
        charge: Charge,
        credential: Credential | None = None,
        address: str | None = None,
        *,
        limits: VisitorLimits | None = None,
        call_id: bytes | None = None,
    ) -> None:
        self.charge = charge
        # The number of the next command. A job's begins at random, as other processes may have sent some for it.
        if call_id is None:
            self.call_id, self._commands = os.urandom(_CALL_ID_BYTES), 0
        else:
            self._is_job = True
            self.call_id, self._commands = call_id, int.from_bytes(os.urandom(_NUMBER_BYTES))
        self._keys = keys
        self.partition = keys.partition
        self.credential = credential
        self.address = address
        self._limits = limits
        # A session may be used from anywhere.
        self._is_token, self._origin = False, b""
        if credential is not None and credential.kind is Kind.API_TOKEN:
            self._is_token = True
            if address:
                self._origin = networks.pack_address(address)

    @property
    def is_abandoned_unclaimed(self) -> bool:
        """Whether this process must end the call if Redis admits it and no caller goes on with it.

        A job's row names its call, so a worker ends it.
        """
        return self.charge.kind == "plan" and self.charge.cost > 0 and not self._is_job

    def prepare(self, stamp: Stamp) -> ScriptCall:
        """The script's keys and arguments, in the order that `admit.lua` reads. Most are the same in the next call."""
        epoch, generation, now, not_after = stamp
        hour = now // _HOUR_MILLISECONDS
        alike = _alike(self._keys, self.charge, self._is_token, self._origin, self._limits, epoch, generation, hour)
        # No two commands have the same number: the script makes its nonce of call and number.
        number = self._commands
        self._commands = number + 1
        return alike, (self.call_id, not_after, number)

    def admitted(self, answer: Answer) -> Admission:
        """The admission, if the answer is OK. Raises RateLimited for LIMITED, QueryTooComplex for ABOVE.

        Other answers are for `Admitter`.
        """
        values, generation = answer
        if values[0] != b"OK":
            raise self._refusal(*values)
        _, now, most, used, ends, of_credential, of_user, *windows = values
        credential = self.credential
        return Admission(
            self.call_id,
            datetime_from_ms(now),
            self._windows(windows),
            _new_concurrency((most, used)),
            _VISITOR if credential is None else credential_cache.rights(credential.scopes, of_credential, of_user),
            self._lease(ends, entries.hour_of_ms(now), generation) if ends else None,
        )

    def lease(self) -> Lease:
        """For a call of which this process does not know whether Redis admitted it."""
        return self._lease(0, entries.hour_of(datetime.now(UTC)), 0)

    def _lease(self, ends: int, hour: datetime, generation: int) -> Lease:
        credential = self.credential
        user_id = None if credential is None else credential.user_id
        token_id = credential.id if credential is not None and self._is_token else None
        # By position, because to pass names takes three times as long.
        return Lease(self.call_id, self._keys, self.charge.cost, ends, hour, user_id, token_id, generation)

    def _refusal(self, state: bytes, now: int, *rest: Any) -> errors.GatehouseError:
        if state == b"ABOVE":
            return errors.QueryTooComplex(
                f"This operation costs {self.charge.cost} units; the limit allows {rest[0]} at most."
            )
        _, _, refusing, _, _, *windows = rest
        waits = {
            _described(name, self._is_token, self._limits is not None)[0]: fits * _MILLISECOND
            for name, fits in zip(refusing[::2], refusing[1::2], strict=True)
            if name != b"places"
        }
        if b"places" in refusing:
            waits[_CONCURRENCY] = _SLOT_WAIT
        last = max(waits, key=lambda name: waits[name])
        return errors.RateLimited(last, waits[last], self._windows(windows))

    def _windows(self, values: list[Any]) -> Sequence[Window]:
        of_token, of_network, found = self._is_token, self._limits is not None, []
        for called, limit, used, next_in, reset_in in zip(*[iter(values)] * _VALUES, strict=True):
            name, scope, length = _described(called, of_token, of_network)
            # A limit that was lowered may be below the units used.
            left = limit - used if used < limit else 0
            found.append(_new_window((name, scope, length, limit, used, left, next_in, reset_in)))
        found.sort(key=_remaining)
        return found


@lru_cache(4096)
def _described(name: bytes, of_token: bool, of_network: bool) -> tuple[str, Scope, timedelta]:
    """The name of a window as callers see it, who shares it, and its length."""
    is_tokens_account = name == b"account" and of_token
    scope = Scope.TOKEN if name == b"token" or is_tokens_account else Scope.USER
    return (
        _TOKENS_ACCOUNT if is_tokens_account else _name(name),
        Scope.NETWORK if of_network else scope,
        _DAY if name == b"day" or name.startswith(model_limits.DAY) else _MINUTE,
    )


def _name(name: bytes) -> str:
    # A window of a model is called as in the script.
    return _WINDOW_NAMES.get(name) or name.decode()


_remaining = attrgetter("remaining")
_new_window, _new_concurrency = named_tuples.maker(Window), named_tuples.maker(Concurrency)


@lru_cache(partitions.KEPT)
def _alike(
    keys: SubjectKeys,
    charge: Charge,
    is_token: bool,
    origin: bytes,
    limits: VisitorLimits | None,
    epoch: int,
    generation: int,
    hour: int,
) -> Packed:
    """The keys, and the arguments that do not differ between the calls of a caller that cost the same in one hour."""
    lease = (charge.longest + LEASE_MARGIN) // _MILLISECOND
    arguments = (
        *(epoch, generation, "visitor" if limits else charge.kind, charge.cost, lease),
        *(_line_for_reaper(keys, charge, hour, is_token=is_token, is_network=limits is not None), ACCOUNT_LIMIT),
        *(",".join(map(str, limits or ())), origin, model_limits.costs(charge.calls)),
        min(lease, slots.HELD // _MILLISECOND) if charge.renews_slot else lease,
    )
    return Packed(scripts.ADMIT, _keys(keys, is_token, charge.kind == "plan"), arguments)


def _line_for_reaper(keys: SubjectKeys, charge: Charge, hour: int, *, is_token: bool, is_network: bool) -> bytes:
    """What the reaper needs to end the call if no process settles it: its keys, and its log entry as a failure."""
    if is_network:
        return keys.names
    user_id, token_id = UUID(keys.subject), UUID(keys.credential) if is_token else None
    return keys.names + entries.pack(user_id, token_id, entries.hour_of_ms(hour * _HOUR_MILLISECONDS), charge.failures)


@lru_cache(partitions.KEPT)
def _keys(subject: SubjectKeys, of_token: bool, of_plan: bool) -> tuple[str, ...]:
    """Without those at the end that the script does not read for such a call."""
    return (
        *(subject.credential_entry, subject.subject_entry, *subject.minute, subject.day, subject.slots),
        *(partitions.running(subject.partition), partitions.nothing(subject.partition)),
        *(*subject.models_minute, subject.models_day),
        *(() if of_plan and not of_token else subject.token_minute),
        *(() if of_plan else subject.account_minute(of_token=of_token)),
    )
