"""In place of `limits.gate.Gate` in a simulation: the product's admission and settlement over a simulated store."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import errors
from access.credentials import Credential
from db.postgres import PostgresDown
from limits import revocation, slots
from limits.admission import Admitter
from limits.charges import Admission, Charge, Lease
from limits.credential_cache import CredentialCache
from limits.entries import Outcome
from limits.settlement import Settler
from store.redis import StoreDown
from tests.histories.simulated_process import SimulatedProcess

_IDLE = timedelta(days=1)


class SimulatedGate:
    def __init__(self, process: SimulatedProcess) -> None:
        self._process = process
        store: Any = process.store
        self._store = store
        self._settler = Settler(store)
        self._admitter = Admitter(store, CredentialCache(store, _IDLE), self._settler.abandon)

    @property
    def is_redis_up(self) -> bool:
        return self._process.store.up

    async def admit(self, credential: Credential, charge: Charge, call_id: bytes | None = None) -> Admission:
        await self._process.step(0, 0.2)
        try:
            admission = await self._admitter.admit(credential, charge, None, call_id=call_id)
        except (StoreDown, PostgresDown) as error:
            await self._process.step(0, 0.2)
            raise errors.ServiceUnavailable() from error
        await self._process.step(0, 0.2)
        return admission

    async def admit_job(self, credential: Credential, charge: Charge, call_id: bytes, *, address: str) -> Admission:
        return await self.admit(credential, charge, call_id)

    async def settle(self, admission: Admission, outcomes: Sequence[Outcome]) -> None:
        assert admission.lease is not None
        await self._process.step(0, 0.2)
        await self._settler.settle(admission.lease, outcomes)
        await self._process.step(0, 0.2)

    async def settle_job(self, lease: Lease, outcomes: Sequence[Outcome] = ()) -> None:
        await self._process.step(0, 0.2)
        try:
            await self._settler.settle_job(lease, outcomes)
        except StoreDown as error:
            raise errors.ServiceUnavailable() from error
        await self._process.step(0, 0.2)

    async def renew_slot(self, admission: Admission) -> bool:
        await self._process.step(0, 0.2)
        try:
            return await slots.renew(self._store, admission)
        except StoreDown as error:
            raise errors.ServiceUnavailable() from error

    @staticmethod
    async def ended(credential_ids: Sequence[str]) -> Sequence[str]:
        return await revocation.ended(credential_ids)

    @contextmanager
    def running(self, credential: Credential, admitted_at: datetime) -> Iterator[None]:
        """No history ends calls that run."""
        yield
