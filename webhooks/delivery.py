"""The worker's side: sends what is due, some at once, and notes what came of it."""

import asyncio
import logging
import time
from datetime import timedelta
from uuid import UUID

from tortoise import Tortoise

import errors
from access.sealing import Sealer, Unsealable
from db.models.webhooks import WebhookState
from db.postgres import PostgresDown
from settings import Settings
from telemetry import loops, metrics
from webhooks import messages, sending, tries
from webhooks.sending import Outcome, Sender
from webhooks.tries import Try

logger = logging.getLogger(__name__)

_LOOK_EVERY = timedelta(seconds=1)
# Of one turn, while there is always more that is due.
_BUSY_FOR = timedelta(seconds=20)
_TURN_WITHIN = timedelta(minutes=1)
_AT_ONCE = 40
# Of these, so many are only for users of whom no webhook is being sent: slow receivers do not hold up other users.
_FOR_OTHERS = 20
# A worker may be killed for reasons of its own, so some lost tries say nothing about a webhook.
_MOST_LOST = 3
_AGAIN_AFTER = timedelta(seconds=1)
_BROKEN_OFF_WITHIN = timedelta(seconds=1)
# A process that stood still must not send what another one has claimed by now.
_SENT_WITHIN = tries.CLAIMED_FOR - sending.WITHIN - timedelta(seconds=10)

_COUNT = "SELECT count(*) AS waiting FROM webhooks WHERE next_at IS NOT NULL"


class WebhookDelivery:
    """One per worker; any number of workers may run side by side."""

    def __init__(self, settings: Settings, sealer: Sealer) -> None:
        self._sender = Sender(settings)
        self._sealer = sealer
        self._running: dict[UUID, asyncio.Task[None]] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping`, and then until what is being sent has been sent."""
        await loops.forever(
            "webhooks",
            self._turn,
            every=_LOOK_EVERY,
            within=_TURN_WITHIN,
            until=stopping,
            is_outage=lambda error: isinstance(error, errors.ServiceUnavailable),
        )
        if self._running:
            await asyncio.wait(self._running.values())

    async def abandon(self) -> None:
        """For when `run` takes too long to return: another worker sends what is being sent here."""
        running = dict(self._running)
        for task in running.values():
            task.cancel()
        try:
            async with asyncio.timeout(_BROKEN_OFF_WITHIN.total_seconds()):
                await tries.break_off([*running])
        except (TimeoutError, errors.ServiceUnavailable) as error:
            logger.warning("Webhooks that this worker broke off are sent again in a minute: %s", type(error).__name__)

    async def _turn(self) -> None:
        end = time.monotonic() + _BUSY_FOR.total_seconds()
        while time.monotonic() < end:
            free = _AT_ONCE - len(self._running)
            began = time.monotonic()
            claimed = await tries.claim(free, repeated=max(0, free - _FOR_OTHERS)) if free else []
            for one in claimed:
                task = asyncio.create_task(self._try(one, began))
                self._running[one.id] = task
                task.add_done_callback(lambda _, id=one.id: self._running.pop(id))  # type: ignore[misc]
            if free and not claimed:
                return
            await asyncio.wait(self._running.values(), timeout=1, return_when=asyncio.FIRST_COMPLETED)

    async def _try(self, one: Try, claimed: float) -> None:
        try:
            outcome = await self._send(one, claimed)
            if outcome is not None:
                await self._end(one, outcome, claimed)
        except Exception:
            # Its claim ends, and it is tried again.
            logger.exception("The webhook of job %s could not be sent", one.job_id)

    async def _send(self, one: Try, claimed: float) -> Outcome | None:
        """None where it must not be sent any more."""
        if one.lost > _MOST_LOST:
            return Outcome(None, f"The worker died during more than {_MOST_LOST} tries.", 0)
        try:
            message = await messages.compose(self._sealer, one.job_id, one.user_id, at=one.at)
        except PostgresDown as error:
            logger.warning("The webhook of job %s waits for Postgres: %s", one.job_id, error)
            return None
        except Unsealable:
            logger.error("The webhook secret of user %s cannot be opened", one.user_id)
            return Outcome(None, "The signing secret cannot be read. Make a new one.", 0)
        if isinstance(message, str):
            return Outcome(None, message, 0, is_final=True)
        if time.monotonic() - claimed > _SENT_WITHIN.total_seconds():
            logger.warning("The webhook of job %s is left to other workers: this one stood still", one.job_id)
            return None
        with metrics.WEBHOOK_SECONDS.time():
            return await self._sender.send(one.url, message.headers, message.body)

    async def _end(self, one: Try, outcome: Outcome, claimed: float) -> None:
        while True:
            try:
                state = await tries.end(one, outcome)
                break
            except errors.ServiceUnavailable:
                if time.monotonic() - claimed > tries.CLAIMED_FOR.total_seconds():
                    logger.warning("The webhook of job %s may be sent again: its try could not be noted", one.job_id)
                    return
                logger.info("What came of the webhook of job %s waits for Postgres", one.job_id)
                await asyncio.sleep(_AGAIN_AFTER.total_seconds())
        not_delivered = "given_up" if state is WebhookState.FAILED else "deferred"
        metrics.WEBHOOKS.labels(not_delivered if outcome.error else "delivered").inc()
        logger.info("Webhook of job %s: %s", one.job_id, outcome.error or "delivered")


async def count() -> None:
    """For the metrics: the webhooks that are due, or will be."""
    (row,) = await Tortoise.get_connection("default").execute_query_dict(_COUNT)
    metrics.WEBHOOKS_WAITING.set(row["waiting"])
