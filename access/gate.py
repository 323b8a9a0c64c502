"""The gate of a process: everything that asks Redis goes through it."""

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from access import revocation
from access.admission import Admitter
from access.charges import Admission, Charge, VisitorLimits
from access.credentials import Credential
from access.entries import Outcome
from access.index import Index
from access.last_uses import LastUses
from access.revocation import Event
from access.settlement import Settler
from access.store import Store
from settings import Settings

logger = logging.getLogger(__name__)


class Gate:
    """One per process, between `start` and `aclose`, with `watch` running."""

    def __init__(self, settings: Settings) -> None:
        self.store = Store(settings)
        self._settler = Settler(self.store)
        index = Index(self.store, settings.session_idle_lifetime)
        self._admitter = Admitter(self.store, index, self._settler.abandon)
        self._last_uses = LastUses(self.store.epoch)

    async def start(self) -> None:
        """Looks for Postgres and Redis once. Where one is missing, `watch` goes on looking."""
        for look in (self.store.epoch.read, self.store.probe):
            try:
                await look()
            except Exception:
                # A database without its tables, say. The loops try it again, and nobody is admitted before.
                logger.exception("The first look at what this process stands on failed.")

    async def watch(self) -> None:
        async with asyncio.TaskGroup() as watchers:
            watchers.create_task(self.store.epoch.watch())
            watchers.create_task(self.store.watch())
            watchers.create_task(self._last_uses.watch())

    async def aclose(self) -> None:
        await asyncio.gather(self._settler.aclose(), self._last_uses.aclose())
        await self.store.aclose()

    async def admit(self, credential: Credential, charge: Charge, *, address: str | None = None) -> Admission:
        """For a caller at this IP address. Raises Unauthenticated, RateLimited, QueryTooComplex, ServiceUnavailable."""
        admission = await self._admitter.admit(credential, charge)
        self._last_uses.note(credential, address, at=admission.at)
        return admission

    async def admit_visitor(self, network: str, charge: Charge, limits: VisitorLimits) -> Admission:
        """Raises RateLimited, QueryTooComplex, ServiceUnavailable."""
        return await self._admitter.admit_visitor(network, charge, limits)

    async def settle(self, admission: Admission, outcomes: Sequence[Outcome]) -> None:
        """Raises DeadlineExceeded where the call's lease was over; what it spent is then given back."""
        if admission.lease is not None:
            await self._settler.settle(admission.lease, outcomes)

    async def confirm(self, *events: Event) -> None:
        """Of one user. Raises ServiceUnavailable where it cannot promise that what was revoked is dead everywhere."""
        await revocation.confirm(self.store, *events)

    async def confirm_all(self, user_id: UUID, events: Sequence[Event] = ()) -> None:
        """The same for these events of the user, and for all earlier ones that nobody has confirmed yet.

        For what may be repeated: the repetition changes nothing, and answers only when the first attempt holds.
        """
        await self.confirm(*events)
        await self.confirm(*await revocation.unconfirmed(user_id))
