"""Admission: one round trip to Redis that checks the credential, measures all limits and spends, or does nothing."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import errors
from access import attempts, index, lua, partitions, store
from access.attempts import Attempt
from access.charges import Admission, Call, Charge, Lease, Rights, VisitorLimits
from access.credentials import Credential
from access.index import Index, Miss
from access.links import StoreRefused
from access.records import PostgresDown
from access.store import Answer, Moment, Store, StoreDown

__all__ = ["Admission", "Admitter", "Call", "Charge", "Rights", "VisitorLimits"]

_TRIES = 3


class Admitter:
    """One per process. `abandon` is told of calls of which nobody knows whether Redis has admitted them."""

    def __init__(self, store: Store, known: Index, abandon: Callable[[Lease, Charge], None]) -> None:
        self._store = store
        self._index = known
        self._abandon = abandon

    async def admit(self, credential: Credential, charge: Charge) -> Admission:
        """Raises Unauthenticated, RateLimited, QueryTooComplex, ServiceUnavailable."""
        try:
            return await self._admit(credential, charge)
        except StoreDown as error:
            if charge.kind == "plan":
                # No admission without the store that counts.
                raise errors.ServiceUnavailable() from error
        except PostgresDown as error:
            raise errors.ServiceUnavailable() from error
        return await self._admit_by_postgres(credential)

    async def admit_visitor(self, network: str, charge: Charge, limits: VisitorLimits) -> Admission:
        """Raises RateLimited, QueryTooComplex, ServiceUnavailable."""
        attempt = Attempt(partitions.of_network(network), charge, limits=limits)
        try:
            for _ in range(_TRIES):
                answer = await self._ask(attempt)
                if answer.values[0] != b"LATE":
                    return attempt.admitted(answer)
        except StoreDown as error:
            raise errors.ServiceUnavailable() from error
        raise errors.ServiceUnavailable()

    async def _admit(self, credential: Credential, charge: Charge) -> Admission:
        await self._store.epoch.fresh()
        places = partitions.of_user(credential.user_id, credential.id)
        attempt = Attempt(places, charge, credential=credential)
        for _ in range(_TRIES):
            answer = await self._ask(attempt, credential)
            match answer.values:
                case [b"MISS", now, own, subject]:
                    await self._fill(credential, Miss(attempts.moment(now), own, subject))
                case [b"DEAD", _]:
                    raise errors.Unauthenticated()
                case [b"LATE", _]:
                    pass
                case _:
                    return attempt.admitted(answer)
        raise errors.ServiceUnavailable()

    async def _ask(self, attempt: Attempt, credential: Credential | None = None) -> Answer:
        def prepare(now: Moment) -> store.Call:
            # This process may have been stopped since it looked: a new epoch would be unknown to it.
            if not self._store.epoch.is_fresh:
                raise StoreRefused("the epoch may be old")
            # Its signature may have been verified before this process heard that the key was retired.
            self._refuse_retired(credential)
            return attempt.prepare(now)

        asking = self._store.begin(lua.ADMIT, prepare)
        try:
            return await asyncio.shield(asking)
        except (StoreDown, asyncio.CancelledError):
            # Redis may have admitted it, and holds a place for it.
            if attempt.may_hold:
                self._abandon_after(asking, attempt)
            raise

    def _abandon_after(self, asking: "asyncio.Future[Answer]", attempt: Attempt) -> None:
        def abandon(done: "asyncio.Future[Answer]") -> None:
            if _may_have_admitted(done):
                self._abandon(attempt.lease(), attempt.charge)

        asking.add_done_callback(abandon)

    async def _fill(self, credential: Credential, miss: Miss) -> None:
        if not self._store.epoch.postgres_answers:
            raise PostgresDown("it did not tell the epoch")
        await self._index.fill(credential, miss)

    def _refuse_retired(self, credential: Credential | None) -> None:
        """Raises Unauthenticated. Of use only after a reading that is young enough."""
        if credential is not None and credential.signed_by in self._store.epoch.retired_keys:
            raise errors.Unauthenticated()

    async def _admit_by_postgres(self, credential: Credential) -> Admission:
        """While Redis is down: for reading one's account, logging out and revoking."""
        try:
            known = await self._index.read(credential)
        except PostgresDown as error:
            raise errors.ServiceUnavailable() from error
        self._refuse_retired(credential)
        now = datetime.now(UTC)
        if not known.admits(now):
            raise errors.Unauthenticated()
        rights = index.rights(credential, known.credential_rights, known.user_rights)
        return Admission(uuid4(), now, (), None, rights)


def _may_have_admitted(asked: "asyncio.Future[Answer]") -> bool:
    if asked.cancelled():
        return True
    error = asked.exception()
    return not isinstance(error, StoreRefused) if error else asked.result().values[0] == b"OK"
