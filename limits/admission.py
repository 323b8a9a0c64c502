"""Admission: one round trip to Redis that checks the credential, measures all limits and spends, or does nothing.

The way of a credential: `Gate.admit`, `Admitter.admit`, `Admitter._admit`, `Store.run`, `Pipeline.run`
(docs/limits.md describes what each step does).
"""

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any

import errors
from access import networks
from access.credentials import Credential
from db.postgres import PostgresDown
from limits import credential_cache, partitions, scripts
from limits.admission_request import AdmissionRequest
from limits.charges import Admission, Charge, Lease, VisitorLimits
from limits.credential_cache import CacheMiss, CredentialCache
from store.clock import datetime_from_ms
from store.connections import StoreRefused, Unanswered
from store.pipeline import DEADLINE
from store.redis import Answer, Outcome, ScriptCall, Stamp, Store, StoreDown

logger = logging.getLogger(__name__)

_TRIES = 3
# Answers that admit the call or refuse it. The others are for `Admitter`.
_DECIDED = frozenset({b"OK", b"LIMITED", b"ABOVE"})


class Admitter:
    """One per process. It calls `abandon` for calls that Redis may have admitted, but whose answer no caller gets."""

    def __init__(self, store: Store, cache: CredentialCache, abandon: Callable[[Lease, Charge], None]) -> None:
        self._store = store
        self._cache = cache
        self._abandon = abandon

    def admit(
        self, credential: Credential, charge: Charge, address: str | None = None, *, call_id: bytes | None = None
    ) -> Coroutine[Any, Any, Admission]:
        """`address` is the caller's IP address. None, if it is not known: no network contains it.

        With the `call_id` of a job, a repetition spends nothing more, and a worker ends the call.

        Raises Unauthenticated, NetworkNotAllowed, RateLimited, QueryTooComplex, ServiceUnavailable, StoreDown,
        PostgresDown.
        """
        keys = partitions.of_subject(credential.subject, credential.name, credential.first)
        return self._admit(AdmissionRequest(keys, charge, credential, address, call_id=call_id))

    def admit_visitor(self, network: str, charge: Charge, limits: VisitorLimits) -> Coroutine[Any, Any, Admission]:
        """Raises RateLimited, QueryTooComplex, ServiceUnavailable, StoreDown."""
        return self._admit(AdmissionRequest(partitions.of_network(network), charge, limits=limits))

    async def admit_by_postgres(self, credential: Credential, address: str | None) -> Admission:
        """While Redis is down: for reading one's account, logging out and revoking. No window is counted.

        Raises Unauthenticated, NetworkNotAllowed, PostgresDown.
        """
        stored = await self._cache.read(credential)
        self._refuse_retired(credential)
        now = datetime.now(UTC)
        if not stored.admits(now):
            raise errors.Unauthenticated()
        if stored.networks and not (address and networks.contain(stored.networks, address)):
            raise errors.NetworkNotAllowed(address)
        rights = credential_cache.rights(credential.scopes, stored.credential_rights, stored.user_rights)
        return Admission(os.urandom(16), now, (), None, rights)

    async def _admit(self, request: AdmissionRequest) -> Admission:
        epoch = self._store.epoch
        try:
            for _ in range(_TRIES):
                try:
                    if not epoch.is_fresh:
                        await epoch.fresh()
                    answer = await self._run(request)
                except StoreDown as error:
                    if not self._may_ask_again(request, error):
                        raise
                    answer = await self._ask_again(request, error)
                state = answer.values[0]
                if state in _DECIDED:
                    return request.admitted(answer)
                # An anonymous caller has no credential, and gets none of these.
                if request.credential is not None:
                    if state == b"MISS":
                        _, now, own, subject = answer.values
                        await self._load(request.credential, CacheMiss(datetime_from_ms(now), own, subject))
                    elif state == b"DEAD":
                        raise errors.Unauthenticated()
                    elif state == b"ELSEWHERE":
                        raise errors.NetworkNotAllowed(request.address)
                # With LATE, Redis did nothing: try again.
            raise errors.ServiceUnavailable()
        except BaseException:
            self._abandon_refused(request)
            raise

    def _run(self, request: AdmissionRequest) -> Coroutine[Any, Any, Answer]:
        prepare, unclaimed = partial(self._prepare, request), partial(self._abandon_unclaimed, request)
        return self._store.run(scripts.ADMIT, prepare, key=request.partition, unclaimed=unclaimed)

    def _may_ask_again(self, request: AdmissionRequest, error: StoreDown) -> bool:
        """Notes that Redis may have admitted the call. True where perhaps it was not late, but this process was."""
        if isinstance(error, _EpochOld):
            return True
        _note_failure(request, error)
        # Redis has admitted the call with the first command, or that command will be too old to run. A call that is
        # open is not charged again. Of an operation on an account, Redis keeps no such line.
        return request.may_be_open and self._store.may_answer(request.partition)

    async def _ask_again(self, request: AdmissionRequest, error: StoreDown) -> Answer:
        if not isinstance(error, _EpochOld | Unanswered):
            # Its connection broke, and it may still be on its way. After the second one it would admit the call
            # again, as that may be settled by then.
            await asyncio.sleep(DEADLINE.total_seconds())
        logger.info("An admission is asked for again.")
        try:
            if not self._store.epoch.is_fresh:
                await self._store.epoch.fresh()
            return await self._run(request)
        except StoreDown as second:
            _note_failure(request, second)
            raise

    def _abandon_refused(self, request: AdmissionRequest) -> None:
        # With a command that it did not answer, Redis may have admitted a call that now gets a refusal.
        if request.may_be_open:
            self._abandon(request.lease(), request.charge)

    def _prepare(self, request: AdmissionRequest, stamp: Stamp) -> ScriptCall:
        epoch = self._store.epoch
        # This process may have been stopped since it read the epoch, and may have missed a new one.
        if not epoch.is_fresh:
            raise _EpochOld("the epoch may be old")
        # The signature may have been verified before this process learned that its key was retired.
        if epoch.retired_keys:
            self._refuse_retired(request.credential)
        return request.prepare(stamp)

    def _abandon_unclaimed(self, request: AdmissionRequest, outcome: Outcome) -> None:
        # Redis may have admitted a call that no caller goes on with, and which then has a slot.
        if _is_to_be_abandoned(request, outcome):
            self._abandon(request.lease(), request.charge)

    async def _load(self, credential: Credential, miss: CacheMiss) -> None:
        if not self._store.epoch.postgres_answers:
            raise PostgresDown("the epoch could not be read from it")
        await self._cache.load(credential, miss)

    def _refuse_retired(self, credential: Credential | None) -> None:
        """Raises Unauthenticated for a retired signing key. Call it only while the reading of the epoch is fresh."""
        if credential is not None and credential.signed_by in self._store.epoch.retired_keys:
            raise errors.Unauthenticated()


class _EpochOld(StoreRefused):
    """The process stood still after it had looked at the epoch."""


def _note_failure(request: AdmissionRequest, error: StoreDown) -> None:
    request.may_be_open = request.may_be_open or _is_to_be_abandoned(request, error)


def _is_to_be_abandoned(request: AdmissionRequest, outcome: Outcome) -> bool:
    if isinstance(outcome, Answer):
        may_be_admitted = outcome.values[0] == b"OK"
    else:
        may_be_admitted = isinstance(outcome, StoreDown) and not isinstance(outcome, StoreRefused)
    return request.is_abandoned_unclaimed and may_be_admitted
