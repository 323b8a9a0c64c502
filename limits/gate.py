"""The gate of a process: everything that counts calls, units and attempts goes through it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence, Set
from datetime import datetime
from typing import Any
from uuid import UUID

import errors
from access.credentials import Credential
from db.postgres import PostgresDown
from limits import partitions, revocation, rollup, slots
from limits.addresses import Addresses
from limits.admission import Admitter
from limits.attempts import Attempts
from limits.charges import Admission, Charge, Lease, VisitorLimits
from limits.credential_cache import CredentialCache
from limits.entries import Outcome
from limits.last_uses import LastUses
from limits.refusals import Refusals
from limits.revocation import Event
from limits.running_calls import RunningCall, RunningCalls
from limits.settlement import Settler, nothing
from limits.upkeep import Upkeep
from settings import Settings, SettingsError
from store.connections import CLUSTER, NO_CLUSTER
from store.redis import Store, StoreDown

logger = logging.getLogger(__name__)


class Gate:
    """One per process, between `start` and `aclose`, with `watch` running. No code above `limits/` uses Redis directly.

    `upkeep` is for the worker. `addresses` are those that answer once.
    """

    def __init__(self, settings: Settings) -> None:
        self._store = Store(settings)
        self.addresses = Addresses(self._store)
        self.upkeep = Upkeep(self._store, max(settings.inference_timeout, settings.stream_longest))
        self._settler = Settler(self._store)
        cache = CredentialCache(self._store, settings.session_idle)
        self._admitter = Admitter(self._store, cache, self._settler.abandon)
        self._last_uses = LastUses(self._store.epoch)
        self.refusals = Refusals(lambda: self.is_postgres_up)
        self._running = self._store.epoch.running = RunningCalls()

    async def start(self) -> None:
        """Looks for Postgres and Redis once. If one is missing, `watch` goes on looking.

        Raises SettingsError for a Redis Cluster if the URL names one server, and for one server if it names a cluster.
        """
        for look in (self._store.epoch.read, self._store.probe):
            try:
                await look()
            except Exception:
                # A database without its tables, for example. `watch` tries again, and until then no call is admitted.
                logger.exception("The first look at Postgres or Redis failed. It is tried again.")

        if self._store.is_unexpected_cluster:
            raise SettingsError(f"GATEHOUSE_REDIS_URL names one server. Redis cluster {CLUSTER}")
        if self._store.is_missing_cluster:
            raise SettingsError(f"GATEHOUSE_REDIS_URL names a cluster. Redis cluster {NO_CLUSTER}")

    async def watch(self) -> None:
        async with asyncio.TaskGroup() as watchers:
            watchers.create_task(self._store.epoch.watch())
            watchers.create_task(self._store.watch())
            watchers.create_task(self._last_uses.watch())
            watchers.create_task(self.refusals.watch())

    async def drain(self) -> None:
        """Waits a second at most for settlements, last uses and refusals. Call it while `watch` runs.

        A settlement that Redis did not answer is repeated only once `watch` has found that Redis answers again.
        """
        await asyncio.gather(self._settler.aclose(), self._last_uses.aclose(), self.refusals.aclose())

    async def aclose(self) -> None:
        """Call it when `watch` has ended, because `watch` would open connections anew."""
        await self.drain()
        await self._store.aclose()

    @property
    def is_redis_up(self) -> bool:
        """Whether Redis answered the last command or probe of this process."""
        return self._store.up

    @property
    def is_postgres_up(self) -> bool:
        """Whether the last reading of the epoch from Postgres succeeded."""
        return self._store.epoch.postgres_answers

    async def redis_answers(self) -> bool:
        """Whether Redis answers a new connection within the deadline."""
        return await self._store.answers()

    @property
    def retired_keys(self) -> Set[str]:
        """Ids of the signing keys that are retired. The set grows while `watch` runs."""
        return self._store.epoch.retired_keys

    def attempts(self, key: bytes | Callable[[], bytes]) -> Attempts:
        """The counter of attempts. `key` is the key of its HMACs, as in `Attempts`."""
        return Attempts(self._store, key)

    async def admit(self, credential: Credential, charge: Charge, *, address: str | None = None) -> Admission:
        """`address` is the caller's IP address. None, if it is not known: no network contains it.

        Raises Unauthenticated, NetworkNotAllowed, RateLimited, QueryTooComplex, ServiceUnavailable.
        """
        try:
            admission = await self._admitter.admit(credential, charge, address)
        except StoreDown as error:
            # Without Redis nothing that spends the plan's units is admitted, because they could not be counted.
            if charge.kind == "plan":
                raise errors.ServiceUnavailable() from error
            admission = await self._admit_by_postgres(credential, address)
        except PostgresDown as error:
            raise errors.ServiceUnavailable() from error
        self._last_uses.note(credential, address, at=admission.at)
        return admission

    async def admit_visitor(self, network: str, charge: Charge, limits: VisitorLimits) -> Admission:
        """Raises RateLimited, QueryTooComplex, ServiceUnavailable."""
        try:
            return await self._admitter.admit_visitor(network, charge, limits)
        except StoreDown as error:
            raise errors.ServiceUnavailable() from error

    def running(self, credential: Credential, admitted_at: datetime) -> RunningCall:
        """`with` it, an operation runs. `admitted_at` is by Redis' clock. Raises Unauthenticated if the credential has
        ended meanwhile.

        The task of the operation is cancelled within a second after the end of the credential.
        """
        return RunningCall(self._running, credential, admitted_at)

    async def admit_job(self, credential: Credential, charge: Charge, call_id: bytes, *, address: str) -> Admission:
        """As `admit`, for a job whose row names the call. A repetition spends nothing more. It is no use of the
        credential that its owner would want to see.

        Raises Unauthenticated, NetworkNotAllowed, RateLimited and QueryTooComplex. Raises ServiceUnavailable, too: then
        Redis may have admitted the call.
        """
        try:
            return await self._admitter.admit(credential, charge, address, call_id=call_id)
        except (StoreDown, PostgresDown) as error:
            raise errors.ServiceUnavailable() from error

    async def settle_job(self, lease: Lease, outcomes: Sequence[Outcome] = ()) -> None:
        """Ends the call of a job in Redis, where it keeps the units of `outcomes`: none of them, if it did not start.
        The command that admitted it must be answered, or too old to run.

        Raises ServiceUnavailable: then repeat it.
        """
        try:
            await self._settler.settle_job(lease, outcomes)
        except StoreDown as error:
            raise errors.ServiceUnavailable() from error

    async def ended(self, credential_ids: Sequence[str]) -> Sequence[str]:
        """Those of these credentials that have ended, in whichever way. Raises PostgresDown."""
        return await revocation.ended(credential_ids)

    def settle(
        self, admission: Admission | None, outcomes: Sequence[Outcome], meanwhile: Callable[[], Any] = nothing
    ) -> Coroutine[Any, Any, Any]:
        """Ends the call, and returns what `meanwhile` returns: it is called while Redis works, for a few milliseconds
        at most.

        Raises what it raises, and DeadlineExceeded if the call's lease was over; what it spent is then given back.
        """
        if admission is None or admission.lease is None:
            return _only(meanwhile)
        return self._settler.settle(admission.lease, outcomes, meanwhile)

    async def renew_slot(self, admission: Admission) -> bool:
        """Keeps the slot of a running operation whose charge `renews_slot`, for `slots.HELD` more.

        False if it was not renewed in time, and other operations have all slots of the user. Raises ServiceUnavailable:
        then try it again.
        """
        try:
            return await slots.renew(self._store, admission)
        except StoreDown as error:
            raise errors.ServiceUnavailable() from error

    async def confirm(self, *events: Event) -> None:
        """Waits until no process admits what these events of one user revoked.

        Raises ServiceUnavailable if a process may still admit it.
        """
        await revocation.confirm(self._store, *events)

    async def confirm_all(self, user_id: UUID, events: Sequence[Event] = ()) -> None:
        """Confirms these events of the user, and all earlier ones that are not confirmed yet.

        For changes that a caller may repeat: a repetition writes nothing, and returns only when the first change is in
        force.
        """
        await self.confirm(*events)
        await self.confirm(*await revocation.unconfirmed(user_id))

    async def confirm_for_all(self) -> None:
        """Waits until every process has read what `revocation.note_for_all` wrote in a transaction that has ended."""
        await revocation.wait_for_all()

    async def roll_up(self, user_id: UUID) -> None:
        """Adds all calls of this user that have ended to `usage`. Raises ServiceUnavailable."""
        try:
            await rollup.roll_up_partition(self._store, partitions.of(user_id))
        except (StoreDown, PostgresDown) as error:
            raise errors.ServiceUnavailable() from error

    async def _admit_by_postgres(self, credential: Credential, address: str | None) -> Admission:
        try:
            return await self._admitter.admit_by_postgres(credential, address)
        except PostgresDown as error:
            raise errors.ServiceUnavailable() from error


async def _only(meanwhile: Callable[[], Any]) -> Any:
    """There is nothing to settle."""
    return meanwhile()
