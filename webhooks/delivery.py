"""The worker's side: sends due webhooks, several at once, and stores the outcomes."""

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
# How long one turn goes on while more webhooks are due.
_BUSY_FOR = timedelta(seconds=20)
_TURN_WITHIN = timedelta(minutes=1)
_AT_ONCE = 40
# So many of these are reserved for users with no webhook in progress: slow receivers do not hold up other users.
_FOR_OTHERS = 20
# A worker may be killed for other reasons, so a few lost tries say nothing about the webhook.
_MOST_LOST = 3
_AGAIN_AFTER = timedelta(seconds=1)
_BROKEN_OFF_WITHIN = timedelta(seconds=1)
# A process that stood still must not send what another worker has claimed meanwhile.
_SENT_WITHIN = tries.CLAIMED_FOR - sending.WITHIN - timedelta(seconds=10)

_COUNT = "SELECT count(*) AS waiting FROM webhooks WHERE next_at IS NOT NULL"


class WebhookDelivery:
    """One per worker; any number of workers may run side by side."""

    def __init__(self, settings: Settings, sealer: Sealer) -> None:
        self._sender = Sender(settings)
        self._sealer = sealer
        self._running: dict[UUID, asyncio.Task[None]] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        """Runs until `stopping` is set and all running tries have ended."""
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
        """For when `run` takes too long to return: cancels the running tries, so that another worker makes them."""
        running = dict(self._running)
        for task in running.values():
            task.cancel()
        try:
            async with asyncio.timeout(_BROKEN_OFF_WITHIN.total_seconds()):
                await tries.break_off([*running])
        except (TimeoutError, errors.ServiceUnavailable) as error:
            logger.warning(
                "The claims of cancelled webhooks could not be ended, so they are sent again in a minute: %s",
                type(error).__name__,
            )

    async def _turn(self) -> None:
        end = time.monotonic() + _BUSY_FOR.total_seconds()
        while time.monotonic() < end:
            free = _AT_ONCE - len(self._running)
            began = time.monotonic()
            claimed = await tries.claim(free, repeated=max(0, free - _FOR_OTHERS)) if free else []
            for one in claimed:
                task = asyncio.create_task(self.attempt(one, began))
                self._running[one.id] = task
                task.add_done_callback(lambda _, id=one.id: self._running.pop(id))  # type: ignore[misc]
            if free and not claimed:
                return
            await asyncio.wait(self._running.values(), timeout=1, return_when=asyncio.FIRST_COMPLETED)

    async def attempt(self, one: Try, claimed: float) -> None:
        try:
            outcome = await self._send(one, claimed)
            if outcome is not None:
                await self._end(one, outcome, claimed)
        except Exception:
            # Its claim will end, and it is tried again.
            logger.exception("The webhook of job %s could not be sent", one.job_id)

    async def _send(self, one: Try, claimed: float) -> Outcome | None:
        """None if this worker must not send it."""
        if one.lost > _MOST_LOST:
            return Outcome(None, f"The worker died during more than {_MOST_LOST} tries.", 0)
        try:
            message = await messages.compose(self._sealer, one.job_id, one.user_id, at=one.at)
        except PostgresDown as error:
            logger.warning("The webhook of job %s waits for Postgres: %s", one.job_id, error)
            return None
        except Unsealable:
            logger.error("The webhook secret of user %s cannot be opened", one.user_id)
            return Outcome(None, "The signing secret cannot be read. Call `rotateWebhookSecret` for a new one.", 0)
        if isinstance(message, str):
            return Outcome(None, message, 0, is_final=True)
        if time.monotonic() - claimed > _SENT_WITHIN.total_seconds():
            logger.warning("The webhook of job %s is left to other workers, since this process stood still", one.job_id)
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
                    logger.warning(
                        "The webhook of job %s may be sent again, since its outcome could not be stored", one.job_id
                    )
                    return
                logger.info("The outcome of the webhook of job %s waits for Postgres", one.job_id)
                await asyncio.sleep(_AGAIN_AFTER.total_seconds())
        not_delivered = "given_up" if state is WebhookState.FAILED else "deferred"
        metrics.WEBHOOKS.labels(not_delivered if outcome.error else "delivered").inc()
        logger.info("Webhook of job %s: %s", one.job_id, outcome.error or "delivered")


async def count() -> None:
    """Sets the metric of webhooks that are due now or later."""
    (row,) = await Tortoise.get_connection("default").execute_query_dict(_COUNT)
    metrics.WEBHOOKS_WAITING.set(row["waiting"])
