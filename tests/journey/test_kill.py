"""An API process killed with -9 under load: all that was acknowledged is counted, and nothing twice."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import httpx2

from tests.journey.client import TEXT, AccountClient
from tests.mails import until


@dataclass
class Load:
    """Sixteen clients who send one call after the other until they are told to stop, or lose their server."""

    url: str
    credential: str
    sent: int = 0
    acknowledged: int = 0
    stopping: bool = False

    async def run(self) -> None:
        async with AccountClient(self.url, self.credential) as client:
            await asyncio.gather(*(self._one(client) for _ in range(16)))

    async def _one(self, client: AccountClient) -> None:
        with suppress(httpx2.TransportError):
            while not self.stopping:
                self.sent += 1
                response = await client.post(TEXT)
                assert response.json()["data"] == {"infer": {"version": "1"}}
                self.acknowledged += 1


async def test_what_a_killed_process_had_acknowledged_is_counted_and_nothing_twice(installation):
    ada = await installation.person(per_minute=1_000_000, per_day=1_000_000)
    loads = [Load(url, ada.session) for url in installation.urls]
    running = [asyncio.create_task(load.run()) for load in loads]
    await until(lambda: all(load.acknowledged > 50 for load in loads))

    installation.services[0].kill()
    await running[0]
    meanwhile = loads[1].acknowledged
    await until(lambda: loads[1].acknowledged > meanwhile + 50)
    loads[1].stopping = True
    await running[1]
    lost = await installation.running(ada)
    await asyncio.to_thread(installation.services[0].start)

    assert loads[1].acknowledged == loads[1].sent
    # Of those that were running in it; a settlement may have been on its way.
    assert lost <= 16
    acknowledged, sent = (sum(getattr(load, name) for load in loads) for name in ("acknowledged", "sent"))
    await until(lambda: installation.is_rolled_up(ada))
    ((calls, failed, units),) = (await installation.counted(ada)).values()
    assert acknowledged <= calls <= sent - lost
    assert (failed, units) == (0, calls)

    await installation.end_leases(ada)
    await until(lambda: _is_counted(installation, ada, calls + lost))
    await asyncio.sleep(2.5)  # more rounds of the worker, which find nothing more

    assert await installation.counted(ada) == {"text": (calls + lost, lost, units)}
    assert await installation.running(ada) == 0


async def _is_counted(installation, person, calls):
    counted = await installation.counted(person)
    return "text" in counted and counted["text"][0] >= calls
