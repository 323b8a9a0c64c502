"""How often a worker died while it tried to send an email: one that kills its worker is not tried for ever.

PgQueuer counts the tries that end. A worker that is killed ends none, so its try is counted here: noted before it
begins, and forgotten when it ends.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from pgqueuer.ports.driver import Driver

from email_templates.mailer import Deferred, Refused

# A worker may be killed for reasons of its own, so one lost try says little about an email.
_MOST_LOST = 3

_BEGIN = "INSERT INTO mail_tries (job_id, begun) VALUES ($1, 1) ON CONFLICT (job_id) DO NOTHING RETURNING begun"
_BEGIN_AGAIN = """
UPDATE mail_tries SET begun = CASE WHEN $2 THEN 1 ELSE begun + 1 END WHERE job_id = $1 RETURNING begun
"""
_FORGET = "DELETE FROM mail_tries WHERE job_id = ANY($1::bigint[])"


class Tries:
    """One per worker. The row of an email that was sent goes with its job."""

    def __init__(self) -> None:
        self._running: set[int] = set()
        # Tries that ended here. Postgres may have been away, and count them as lost, but no worker died in them.
        self._ended: deque[int] = deque(maxlen=1000)
        # Of emails whose worker died one is tried at a time: of those that were under way together, only the one that
        # kills goes on losing tries.
        self._suspect = asyncio.Lock()

    @asynccontextmanager
    async def counted(self, driver: Driver, job: int) -> AsyncIterator[None]:
        """Around one try of this job.

        Without a try it raises Refused where the worker died in each of the last three, Deferred where the worker died
        in the last one and another such email is under way, and what Postgres raises.
        """
        async with AsyncExitStack() as stack:
            if not await driver.fetch(_BEGIN, job):
                if self._suspect.locked():
                    # Not waited for here: that would take a slot from other emails.
                    raise Deferred("the worker died during the last try, and another such email goes first")
                await stack.enter_async_context(self._suspect)
                await self._begin_again(driver, job)
            self._running.add(job)
            try:
                yield
            except Exception:
                self._ended.append(job)
                await self._forget(driver, job)
                raise
            else:
                self._ended.append(job)
            finally:
                self._running.discard(job)

    async def forgive(self, driver: Driver) -> None:
        """Removes the tries under way: the worker ends in good order, so they do not count as lost."""
        await self._forget(driver, *self._running)

    async def _begin_again(self, driver: Driver, job: int) -> None:
        rows = await driver.fetch(_BEGIN_AGAIN, job, job in self._ended)
        if rows and int(str(rows[0]["begun"])) > _MOST_LOST:
            # An email that an operator queues again starts with no lost tries.
            await self._forget(driver, job)
            raise Refused(f"the worker died during each of {_MOST_LOST} tries to send it")

    async def _forget(self, driver: Driver, *jobs: int) -> None:
        await driver.execute(_FORGET, [*jobs])
