"""What is under way when a fault begins and may go on after it: a stream, and a job with a webhook."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2

from tests.events import TICKS, Event, subscribed, ticks
from tests.faults.fault import Fault
from tests.jobs.documents import JOB, made, reach
from tests.journey.client import ACCEPT, AccountClient
from tests.journey.installation import Installation, Person
from tests.mails import until
from tests.service import TLS
from tests.webhooks.receivers import Receiver, listening

# Longer than a fault, so that the stream and the job meet its end too.
_LONGER = timedelta(seconds=1)
_EVERY = timedelta(milliseconds=250)
ENDS_WITHIN = 60.0
# A try that had just begun when Postgres went away is made again after a minute.
WEBHOOK_WITHIN = 90.0
_COST_OF_STREAM = 3
_ROTATE = 'mutation { rotateWebhookSecret(keepOldFor: "PT0S") { __typename } }'
_FINAL = ("SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED")


@dataclass(frozen=True, slots=True)
class Outlasting:
    """Each check returns once what was under way has ended as promised, or raises AssertionError or TimeoutError."""

    installation: Installation
    fault: Fault
    streamer: Person
    owner: Person
    job_id: str
    streaming: "asyncio.Task[list[Event]]"
    receiver: Receiver

    async def stream_has_ended(self) -> None:
        """With `complete`, and with the units that its last event says."""
        async with asyncio.timeout(ENDS_WITHIN):
            events = await self.streaming
        assert [event.kind for event in events[-2:]] == ["next", "complete"], events
        last = events[-2]
        done = (last.data.get("data") or {}).get("infer") or {}
        if "units" in done:
            assert done["units"] == _COST_OF_STREAM, done
            await self._is_counted(self.streamer, {"ticking": (1, 0, _COST_OF_STREAM)})
        else:
            code = last.data["errors"][0]["extensions"]["code"]
            assert code in ("MODEL_UNAVAILABLE", "SERVICE_UNAVAILABLE", "DEADLINE_EXCEEDED"), last
            # Spent after the first chunk, given back before it, and not counted where it was never admitted.
            await self._is_counted(self.streamer, {"ticking": (1, 1, _COST_OF_STREAM)}, {"ticking": (1, 1, 0)}, {})

    async def job_has_ended(self) -> None:
        """Once, with one charge or none."""
        job: dict[str, Any] = {}

        async def has_ended() -> bool:
            # Right after a fault an answer may still be a refusal.
            answer = (await client.post(JOB, id=self.job_id)).json()
            job.update((answer.get("data") or {}).get("job") or {})
            return job.get("state") in _FINAL

        async with AccountClient(self.installation.urls[0], self.owner.session) as client:
            await until(has_ended, within=ENDS_WITHIN, every=0.1)
        assert job["state"] == "SUCCEEDED", job
        await self._is_counted(self.owner, {"slow": (1, 0, 1)})

    async def webhook_has_come(self) -> None:
        await until(lambda: bool(self.receiver.requests), within=WEBHOOK_WITHIN, every=0.1)
        assert len({request.headers["webhook-id"] for request in self.receiver.requests}) == 1
        assert {json.loads(request.body)["data"]["id"] for request in self.receiver.requests} == {self.job_id}

    async def _is_counted(self, person: Person, *allowed: dict[str, tuple[int, int, int]]) -> None:
        if self.fault.loses_calls:
            return

        async def holds() -> bool:
            is_over = not await self.installation.running(person)
            return is_over and await self.installation.counted(person) in allowed

        await until(holds, within=ENDS_WITHIN, every=0.1)


@asynccontextmanager
async def begun(installation: Installation, fault: Fault) -> AsyncIterator[Outlasting]:
    """A stream that has sent a chunk, and a job that runs. Both take longer than the fault."""
    streamer, owner = await installation.person(), await installation.person()
    lasts = timedelta(seconds=fault.seconds) + _LONGER
    with listening() as receiver:
        has_begun = asyncio.Event()
        streaming = asyncio.create_task(_stream(installation, streamer, lasts, has_begun))
        try:
            async with AccountClient(installation.urls[1], owner.session) as client:
                await client.run(_ROTATE)
                job_id = await made(client, _job(lasts, receiver))
                await reach(client, job_id, "RUNNING", *_FINAL)
            async with asyncio.timeout(ENDS_WITHIN):
                await has_begun.wait()
            yield Outlasting(installation, fault, streamer, owner, job_id, streaming, receiver)
        finally:
            streaming.cancel()
            await asyncio.gather(streaming, return_exceptions=True)


async def _stream(
    installation: Installation, person: Person, lasts: timedelta, has_begun: asyncio.Event
) -> list[Event]:
    headers = {"Authorization": f"Bearer {person.session}", "Accept": ACCEPT}
    inputs = ticks(lasts // _EVERY, milliseconds=_EVERY // timedelta(milliseconds=1))
    found: list[Event] = []
    async with (
        httpx2.AsyncClient(base_url=installation.urls[0], headers=headers, timeout=ENDS_WITHIN, verify=TLS) as http,
        subscribed(http, TICKS, inputs=inputs) as events,
    ):
        found.append(await events.next())
        has_begun.set()
        found += await events.rest()
    return found


def _job(lasts: timedelta, receiver: Receiver) -> dict[str, Any]:
    milliseconds = lasts // timedelta(milliseconds=1)
    tensor = {"name": "MILLISECONDS", "shape": [1], "data": {"values": [milliseconds]}}
    return {"model": "slow", "inputs": [tensor], "webhook": {"url": receiver.url}}
