"""The steady load, and what each of its answers must have added to `usage`."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from operator import add
from typing import Any
from uuid import UUID, uuid4

import httpx2

from access.passwords import Hasher
from tests.events import TICKS, Events, chunks, subscribed, ticks
from tests.jobs.documents import CREATE, JOB
from tests.journey.accounts import LOGIN, PASSWORD
from tests.journey.client import TEXT, AccountClient, code, create_token
from tests.journey.installation import Installation, Person

_ME = '{ me { id usage(from: "2026-01-01", to: "2026-01-02") { units } } currentApiToken { name } }'
_WRONG = TEXT.replace("[1]", "[2]")
_FAILING = '{ infer(model: "failing", inputs: [{name: "HOW", shape: [1], data: {values: ["exception"]}}]) { version } }'
_LOGOUT = "mutation { logout { at } }"
_CREATE = """mutation { createApiToken(input: {name: "visit", expiresIn: "P1D"}) {
  ... on ApiTokenCreated { token apiToken { id } } } }"""
_REVOKE = "mutation ($id: ID!) { revokeApiToken(id: $id) { ... on ApiTokenRevoked { apiToken { status } } } }"
_JOB = {"model": "costly", "inputs": [{"name": "IN", "shape": [1], "data": {"values": [1]}}]}
_DIGEST = "UPDATE users SET password_digest = $2 WHERE id = $1"
_COST_OF_JOB, _COST_OF_STREAM, _CHUNKS = 7, 3, 5
# A user may make 60 API tokens in an hour.
_BETWEEN_VISITS = 65.0
# Calls, failed and units by the code of the answer to one `infer` of one unit.
_COUNTED = {
    "OK": (1, 0, 1),
    "INVALID_TENSOR": (1, 1, 1),
    "INTERNAL": (1, 1, 0),
    "RATE_LIMITED": (0, 0, 0),
    "UNAUTHENTICATED": (0, 0, 0),
}
_TRIES = 5

# Calls, failed and units, by user and model.
Usage = dict[tuple[UUID, str], tuple[int, int, int]]


@dataclass
class Load:
    """`answers` are by kind of operation and code."""

    installation: Installation
    people: list[Person] = field(default_factory=list)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    _counted: defaultdict[tuple[UUID, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _clients: list[AccountClient] = field(default_factory=list)

    @property
    def usage(self) -> Usage:
        return {of: (calls, failed, units) for of, (calls, failed, units) in self._counted.items() if calls}

    def end(self) -> None:
        """Each caller ends with what it has begun."""
        self._over.set()

    async def begin(self, group: asyncio.TaskGroup) -> None:
        """Starts all callers. One that gets a wrong answer ends the group."""
        for number in range(8):
            await self._start(group, number, 0.25, self._infer)
        for number in range(2):
            await self._start(group, number, 0.5, self._ask)
            await self._start(group, number, 1.0, self._stream)
            await self._start(group, number, 3.0, self._leave)
            await self._start(group, number, 1.5, self._job)
            await self._start(group, number, 1.0, self._fail)
        await self._start(group, 0, 2.0, self._exceed, per_minute=5)
        hasher = Hasher(1)
        digest = await hasher.hash(PASSWORD)
        hasher.close()
        for number in range(4):
            person = await self._person()
            async with self.installation.database() as database:
                await database.execute(_DIGEST, person.id, digest)
            visit = partial(self._visit, person, self._client(self.installation.urls[number % 2]))
            group.create_task(self._repeat(_BETWEEN_VISITS, visit, first=number * _BETWEEN_VISITS / 4))

    async def close(self) -> None:
        for client in self._clients:
            await client.__aexit__(None, None, None)

    async def _start(
        self,
        group: asyncio.TaskGroup,
        number: int,
        every: float,
        once: Callable[[Person, AccountClient], Awaitable[None]],
        **plan: int,
    ) -> None:
        """A user with an API token, since the sessions of `Installation` end after an hour."""
        person = await self._person(**plan)
        async with AccountClient(self.installation.urls[0], person.session) as session:
            token = (await create_token(session, name="steady"))["token"]
        client = self._client(self.installation.urls[number % len(self.installation.urls)], token)
        group.create_task(self._repeat(every, partial(once, person, client)))

    async def _person(self, *, per_minute: int = 10**6) -> Person:
        self.people.append(await self.installation.person(per_minute=per_minute, per_day=10**8))
        return self.people[-1]

    def _client(self, url: str, credential: str | None = None) -> AccountClient:
        self._clients.append(AccountClient(url, credential))
        return self._clients[-1]

    async def _repeat(self, every: float, once: Callable[[], Awaitable[None]], first: float = 0) -> None:
        await self._wait(first)
        while not self._over.is_set():
            began = time.monotonic()
            await once()
            await self._wait(every - (time.monotonic() - began))

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), max(seconds, 0))

    async def _infer(self, person: Person, client: AccountClient) -> None:
        await self._call("`infer`", person, "text", client, TEXT, "OK")

    async def _fail(self, person: Person, client: AccountClient) -> None:
        await self._call("`infer` with a wrong shape", person, "text", client, _WRONG, "INVALID_TENSOR")
        await self._call("`infer` of a model that fails", person, "failing", client, _FAILING, "INTERNAL")

    async def _exceed(self, person: Person, client: AccountClient) -> None:
        await self._call("`infer` above the plan", person, "text", client, TEXT, "OK", "RATE_LIMITED")

    async def _ask(self, _: Person, client: AccountClient) -> None:
        await self._answer("`me`", client, _ME)

    async def _stream(self, person: Person, client: AccountClient) -> None:
        async with subscribed(client.http, TICKS, inputs=ticks(_CHUNKS, milliseconds=100)) as events:
            if not await self._has_begun("stream", events):
                return
            found = await events.rest()
        assert chunks(found[:-2]) == list(range(_CHUNKS)), found
        self._add("stream", "OK", person, "ticking", (1, 0, _COST_OF_STREAM))

    async def _leave(self, person: Person, client: AccountClient) -> None:
        async with subscribed(client.http, TICKS, inputs=ticks(100_000, milliseconds=100)) as events:
            if not await self._has_begun("stream that its client leaves", events):
                return
            assert chunks([await events.next()]) == [0]
        self._add("stream that its client leaves", "left", person, "ticking", (1, 1, _COST_OF_STREAM))

    async def _has_begun(self, kind: str, events: Events) -> bool:
        if events.response.status_code == 200:
            return True
        await events.response.aread()
        assert _is_not_admitted(events.response), events.response.text
        self.answers[kind, "SERVICE_UNAVAILABLE"] += 1
        return False

    async def _job(self, person: Person, client: AccountClient) -> None:
        # With a key, what is tried again makes one job.
        wanted = _JOB | {"idempotencyKey": str(uuid4())}
        accepted = (await self._answer("job created", client, CREATE, input=wanted))["createJob"]
        assert accepted["__typename"] == "JobAccepted", accepted
        job = accepted["job"]
        while job["state"] in ("QUEUED", "RUNNING"):
            await asyncio.sleep(0.5)
            job = (await self._answer("job looked at", client, JOB, id=job["id"]))["job"]
        assert job["state"] == "SUCCEEDED", job
        self._add("job ended", "OK", person, "costly", (1, 0, _COST_OF_JOB))

    async def _visit(self, person: Person, client: AccountClient) -> None:
        """A login, an API token that is used in each process and revoked, and a logout."""
        login = await self._answer("login", client, LOGIN, email=person.email, password=PASSWORD)
        urls = self.installation.urls
        async with AccountClient(urls[0], login["login"]["token"]) as home:
            created = (await self._answer("API token created", home, _CREATE))["createApiToken"]
            async with AccountClient(urls[0], created["token"]) as one, AccountClient(urls[1], created["token"]) as two:
                for each in (one, two):
                    await self._call("`infer` with a new token", person, "text", each, TEXT, "OK")
                await self._answer("API token revoked", home, _REVOKE, id=created["apiToken"]["id"])
                for each in (one, two):
                    await self._call("`infer` with a revoked token", person, "text", each, TEXT, "UNAUTHENTICATED")
            await self._answer("logout", home, _LOGOUT)

    async def _call(self, kind: str, person: Person, model: str, client: AccountClient, query: str, *may: str) -> None:
        answer = await self._tried(kind, client, query, is_busy=_is_not_admitted)
        assert code(answer) in may, answer.text
        self._add(kind, code(answer), person, model, _COUNTED[code(answer)])

    async def _answer(self, kind: str, client: AccountClient, query: str, /, **variables: Any) -> Any:
        """The data of an operation that `usage` does not show."""
        answer = await self._tried(kind, client, query, is_busy=_is_unavailable, **variables)
        assert code(answer) == "OK", answer.text
        self.answers[kind, "OK"] += 1
        return answer.json()["data"]

    async def _tried(
        self,
        kind: str,
        client: AccountClient,
        query: str,
        /,
        *,
        is_busy: Callable[[httpx2.Response], bool],
        **variables: Any,
    ) -> httpx2.Response:
        """Again, if the machine was too busy for it: that counts nothing."""
        for _ in range(_TRIES - 1):
            answer = await client.post(query, **variables)
            if not is_busy(answer):
                return answer
            self.answers[kind, "SERVICE_UNAVAILABLE"] += 1
            await asyncio.sleep(int(answer.headers.get("Retry-After", "1")))
        return await client.post(query, **variables)

    def _add(self, kind: str, code: str, person: Person, model: str, counts: tuple[int, int, int]) -> None:
        self.answers[kind, code] += 1
        counted = self._counted[person.id, model]
        counted[:] = map(add, counted, counts)


def _is_unavailable(answer: httpx2.Response) -> bool:
    """As a whole, or some of its fields."""
    return {error["extensions"]["code"] for error in answer.json().get("errors", [])} == {"SERVICE_UNAVAILABLE"}


def _is_not_admitted(answer: httpx2.Response) -> bool:
    return answer.status_code == 503 and _is_unavailable(answer)
