"""What is seen from outside of an installation after a fault: that every loop of every process works again."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from tests.faults import outlasting
from tests.faults.fault import BOUNDS, Fault
from tests.faults.outlasting import Outlasting
from tests.journey.client import TEXT, AccountClient, code
from tests.journey.installation import Installation, Person
from tests.mails import caught_by, until
from tests.service import TLS, Process

OF_API = frozenset("lag epoch store last_uses triton catalogue health_postgres health_redis".split())
OF_WORKER = frozenset(
    "lag epoch store last_uses rollup reaping revocations job_ends jobs jobs_alive webhooks triton catalogue".split()
)
# Each fifteen seconds; they are waited for, but no figure is made of them.
SELDOM = frozenset(("counting", "counting_jobs", "counting_webhooks", "measuring"))
# Seconds after which a fault counts as one that does not pass by itself.
_GIVEN_UP = 40.0
# Seconds before the end of a fault at which its callers are asked what it does to them.
_ASKED_FOR = 2.5
_CHANGE = """mutation ($name: String!) {
  createApiToken(input: {name: $name, expiresIn: "PT1H"}) { __typename } }"""
_SLEEP = '{ infer(model: "slow", inputs: [{name: "MILLISECONDS", shape: [1], data: {values: [4000]}}]) { version } }'
REGISTER = """mutation ($email: String!) {
  register(input: {email: $email, password: "a long way installation on foot"}) { __typename } }"""
_STALE = """INSERT INTO credential_events (at, user_id, credential_id)
VALUES (now() - interval '11 s', gen_random_uuid(), gen_random_uuid()) RETURNING id"""
_DONE = "SELECT done_at IS NOT NULL FROM credential_events WHERE id = $1"
_USED = "SELECT last_used_at > created_at FROM sessions WHERE user_id = $1"


@dataclass(slots=True)
class Seen:
    """Seconds after the end of a fault. `healthz` is the longest wait for its answer, from before the fault on."""

    fault: Fault
    serves: float = 0.0
    loops: float = 0.0
    works: float = 0.0
    begun: float = 0.0
    healthz: float = 0.0
    # What was answered near the end of the fault: a call of a caller whom Redis knows, one of another, and a change.
    meanwhile: tuple[str, ...] = ()
    missing: list[str] = field(default_factory=list)

    @property
    def is_late(self) -> bool:
        return self.serves > BOUNDS[self.fault.dependency]


class Observer:
    """One for an installation. `rare` waits for the loops that turn each fifteen seconds, too."""

    def __init__(self, installation: Installation, *, rare: bool = True) -> None:
        self._installation = installation
        self._rare = rare
        self._begun = 0.0
        self._wall = 0.0

    async def watch(self, fault: Fault, meanwhile: Callable[[], Awaitable[None]] | None = None) -> Seen:
        """Makes the fault, does `meanwhile`, undoes the fault, and looks; what has not come to pass is `missing`."""
        seen = Seen(fault)
        ada, other = await self._installation.person(), await self._installation.person()
        async with (
            self._polling(seen),
            self._calling(ada) as answered,
            outlasting.begun(self._installation, fault) as begun,
        ):
            async with fault.trouble(self._installation):
                await asyncio.gather(asyncio.sleep(fault.seconds), self._ask_meanwhile(seen, ada, other))
                if meanwhile is not None:
                    await meanwhile()
            self._begun, self._wall = time.monotonic(), time.time()
            await self._wait(seen, "serves", self._serves)
            if not seen.missing:
                await asyncio.gather(self._all_loops(seen), self._all_work(seen), self._all_begun(seen, begun))
        if not fault.loses_calls:
            await self._wait(seen, "all that was answered is counted", partial(self._is_counted, ada, answered))
        seen.missing += [f"{one.log.stem} ended" for one in self._processes if not one.is_running()]
        return seen

    async def _ask_meanwhile(self, seen: Seen, ada: Person, other: Person) -> None:
        if seen.fault.seconds < _ASKED_FOR:
            return
        await asyncio.sleep(seen.fault.seconds - _ASKED_FOR)
        async with (
            AccountClient(self._installation.urls[0], ada.session) as known,
            AccountClient(self._installation.urls[1], other.session) as new,
        ):
            asking = known.post(TEXT), new.post(TEXT), known.post(_CHANGE, name=str(uuid4()))
            seen.meanwhile = tuple(await asyncio.gather(*map(_told, asking)))
        if seen.fault.is_felt and set(seen.meanwhile) == {"OK"}:
            seen.missing.append("nobody felt the fault")

    @property
    def _processes(self) -> list[Process]:
        return [*self._installation.services, self._installation.worker]

    async def _all_loops(self, seen: Seen) -> None:
        often = [(one, OF_API) for one in self._installation.services] + [(self._installation.worker, OF_WORKER)]
        for process, loops in often:
            await self._wait(seen, f"loops of {process.log.stem}", partial(self._turned, process, loops))
        seen.loops = time.monotonic() - self._begun
        if self._rare:
            await self._wait(seen, "rare loops of worker", partial(self._turned, self._installation.worker, SELDOM))

    async def _all_work(self, seen: Seen) -> None:
        await asyncio.gather(
            self._wait(seen, "an email arrives", self._mail),
            self._wait(seen, "a revocation is finished", self._revocation),
            self._wait(seen, "an overdue call is ended", self._overdue),
            self._wait(seen, "a call is counted and its use written", self._used),
        )
        seen.works = time.monotonic() - self._begun

    async def _all_begun(self, seen: Seen, begun: Outlasting) -> None:
        await asyncio.gather(
            self._wait(seen, "a stream of before ends", begun.stream_has_ended, within=outlasting.ENDS_WITHIN),
            self._wait(seen, "a job of before ends once", begun.job_has_ended, within=outlasting.ENDS_WITHIN),
            self._wait(seen, "its webhook arrives", begun.webhook_has_come, within=outlasting.WEBHOOK_WITHIN),
        )
        seen.begun = time.monotonic() - self._begun

    async def _wait(
        self, seen: Seen, what: str, come_true: Callable[[], Awaitable[object]], *, within: float = _GIVEN_UP
    ) -> None:
        try:
            async with asyncio.timeout(within):
                await come_true()
        except (TimeoutError, AssertionError, OSError, httpx2.HTTPError) as error:
            # One cell of the table.
            said = " ".join(str(error).replace("|", "/").split())[:200]
            seen.missing.append(f"{what} ({type(error).__name__} {said})")
        if what == "serves":
            seen.serves = time.monotonic() - self._begun

    async def _serves(self) -> None:
        """Somebody whom no process knows is served by both, and both find all that they stand on."""
        while True:
            with suppress(OSError):
                bob = await self._installation.person()
                break
            await asyncio.sleep(0.05)
        async with httpx2.AsyncClient(verify=TLS) as http:
            for url in self._installation.urls:
                async with AccountClient(url, bob.session) as client:
                    await until(partial(_is_answered, client), within=_GIVEN_UP)
                await until(partial(_is_ready, http, url), within=_GIVEN_UP)

    async def _turned(self, process: Process, loops: frozenset[str]) -> None:
        await until(lambda: self._have_turned(process, loops), within=_GIVEN_UP, every=0.1)

    async def _have_turned(self, process: Process, loops: frozenset[str]) -> bool:
        async with httpx2.AsyncClient(verify=TLS) as http:
            answer = await http.get(f"http://{process.settings['GATEHOUSE_METRICS_ADDRESS']}/metrics")
        families = text_string_to_metric_families(answer.text)
        samples = [one for family in families for one in family.samples]
        at = {one.labels["loop"]: one.value for one in samples if one.name == "gatehouse_loop_done_timestamp_seconds"}
        return all(at.get(loop, 0.0) > self._wall for loop in loops)

    async def _mail(self) -> None:
        email = f"{uuid4()}@example.org"
        async with AccountClient(self._installation.urls[0]) as client:
            await until(lambda: _is_taken(client, email), within=_GIVEN_UP)
        await until(lambda: caught_by(self._installation.mail.mails, email), within=_GIVEN_UP)

    async def _revocation(self) -> None:
        async with self._installation.database() as database:
            event = await database.fetchval(_STALE)
            await until(lambda: database.fetchval(_DONE, event), within=_GIVEN_UP)

    async def _overdue(self) -> None:
        while True:
            person = await self._installation.person()
            async with AccountClient(self._installation.urls[1], person.session) as client:
                calling = asyncio.create_task(client.post(_SLEEP))
                await until(partial(self._runs_or_is_done, person, calling))
                # On a busy machine a call may be refused, or may end by itself before the worker looks: then another
                # caller asks.
                if not calling.done():
                    await self._installation.end_leases(person)
                    await until(partial(self._installation.counted, person), within=_GIVEN_UP)
                    await calling
                    if await self._has_counted(person, {"slow": (1, 1, 0)}):
                        return

    async def _runs_or_is_done(self, person: Person, calling: "asyncio.Task[httpx2.Response]") -> bool:
        return calling.done() or await self._installation.running(person) > 0

    async def _used(self) -> None:
        while True:
            person = await self._installation.person()
            async with (
                AccountClient(self._installation.urls[0], person.session) as client,
                self._installation.database() as database,
            ):
                if await _is_answered(client):
                    await until(partial(self._has_counted, person, {"text": (1, 0, 1)}), within=_GIVEN_UP)
                    await until(partial(database.fetchval, _USED, person.id), within=_GIVEN_UP)
                    return

    async def _has_counted(self, person: Person, sums: dict[str, tuple[int, int, int]]) -> bool:
        return await self._installation.counted(person) == sums

    async def _is_counted(self, person: Person, answered: list[int]) -> None:
        """No call that was answered is missing; one whose answer was lost may be counted too."""

        async def holds() -> bool:
            calls, failed, units = (await self._installation.counted(person)).get("text", (0, 0, 0))
            return calls - failed >= len(answered) and units >= len(answered)

        await until(holds, within=_GIVEN_UP)

    @asynccontextmanager
    async def _calling(self, person: Person) -> AsyncIterator[list[int]]:
        """Five calls a second meanwhile, and how many were answered with a result."""
        answered: list[int] = []

        async def call(client: AccountClient) -> None:
            while True:
                with suppress(httpx2.HTTPError):
                    if await _is_answered(client):
                        answered.append(1)
                await asyncio.sleep(0.4)

        async with (
            AccountClient(self._installation.urls[0], person.session) as one,
            AccountClient(self._installation.urls[1], person.session) as two,
        ):
            # From here on Redis knows this caller.
            for client in (one, two):
                await until(partial(_is_answered, client))
                answered.append(1)
            calling = [asyncio.create_task(call(client)) for client in (one, two)]
            yield answered
            for task in calling:
                task.cancel()
            await asyncio.gather(*calling, return_exceptions=True)

    @asynccontextmanager
    async def _polling(self, seen: Seen) -> AsyncIterator[None]:
        async def poll(url: str) -> None:
            async with httpx2.AsyncClient(timeout=_GIVEN_UP, verify=TLS) as http:
                while True:
                    started = time.monotonic()
                    answer = await http.get(f"{url}/healthz")
                    assert answer.status_code == 200
                    seen.healthz = max(seen.healthz, time.monotonic() - started)
                    await asyncio.sleep(0.1)

        polling = [asyncio.create_task(poll(url)) for url in self._installation.urls]
        try:
            yield
        finally:
            for task in polling:
                task.cancel()
            for ended in await asyncio.gather(*polling, return_exceptions=True):
                if isinstance(ended, Exception):
                    seen.missing.append(f"/healthz ({type(ended).__name__})")


async def _told(asking: Awaitable[httpx2.Response]) -> str:
    try:
        async with asyncio.timeout(_ASKED_FOR):
            return code(await asking)
    except TimeoutError:
        return "waits"


async def _is_answered(client: AccountClient) -> bool:
    return code(await client.post(TEXT)) == "OK"


async def _is_taken(client: AccountClient, email: str) -> bool:
    return code(await client.post(REGISTER, email=email)) == "OK"


async def _is_ready(http: httpx2.AsyncClient, url: str) -> bool:
    return (await http.get(f"{url}/readyz")).status_code == 200
