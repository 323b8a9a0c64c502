"""How long administrators wait for a search among 100,000 users: `python -m benchmarks user_search`.

One after another, with one process of the API and an embedded PostgreSQL. Half of the users have a display name. A page
and `totalCount` are measured as the resolvers read them from Postgres, and a page also as a whole request.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from uuid import UUID

import asyncpg
import uvloop

from access.credentials import Credential, Kind, Signer
from benchmarks import stage
from db import connection
from resolvers import user_search
from resolvers.user_search import State, Wanted
from settings import Settings
from tests.journey.client import AccountClient
from tests.service import Service

_USERS, _ROUNDS, _WARM = 100_000, 40, 10
_ADMINISTRATOR, _SESSION = UUID(int=1), UUID(int=2)

_PEOPLE = """
INSERT INTO plans
    (id, name, units_per_minute, units_per_day, concurrent_requests, max_api_tokens, max_token_lifetime, models)
VALUES ('00000000-0000-0000-0000-000000000001', 'all', 1000000, 1000000000, 1000, 10, 31536000000000, '[]');
INSERT INTO users (
    id, email, password_digest, email_verified_at, suspended_at, display_name, locale, role, plan_id, created_at
)
SELECT CASE n WHEN 0 THEN '%s'::uuid ELSE gen_random_uuid() END, 'person' || n || '@mail' || n %% 97 || '.example.org',
    repeat('x', 97), CASE WHEN n %% 10 < 9 THEN now() END, CASE WHEN n %% 1000 = 999 THEN now() END,
    CASE WHEN n %% 2 = 1 THEN 'Zoë ' || md5(n::text) END, 'en', CASE n WHEN 0 THEN 'ADMIN' ELSE 'USER' END,
    '00000000-0000-0000-0000-000000000001', now() - n * interval '1 minute'
FROM generate_series(0, %d) n;
INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at)
VALUES ('%s', '%s', now(), now(), now() + interval '1 day');
INSERT INTO second_factors (user_id, sealed_secret, created_at, confirmed_at) VALUES ('%s', '-', now(), now());
VACUUM ANALYZE;
"""
# The account window of a session would end the measurement.
_EVERY = timedelta(seconds=0.25)
_FIND = """query ($search: String, $state: UserState) { users(search: $search, state: $state) {
  nodes { id email displayName suspendedAt plan { name } } } }"""
_ASKED = {
    "no text: the first page": Wanted(),
    "a whole address": Wanted(search="person51234@mail18.example.org"),
    "a part that one user has": Wanted(search="son51234"),
    "a part of a display name": Wanted(search="zoë 1a2"),
    "a part that 11 % have": Wanted(search="person5"),
    "a part that all have": Wanted(search="example"),
    "two letters": Wanted(search="xa"),
    "a part that no user has": Wanted(search="nobody here"),
    "suspended users": Wanted(state=State.SUSPENDED),
}


def main() -> None:
    with stage.databases() as (needed, data):
        service = Service(needed, data / "service.log")
        service.migrate()
        asyncio.run(_fill(needed["GATEHOUSE_DATABASE_URL"]))
        service.start(until="/healthz")
        try:
            uvloop.run(_measure(service, Settings.from_environ(needed)))
        finally:
            service.stop()


async def _fill(url: str) -> None:
    database = await asyncpg.connect(url)
    try:
        filled = _PEOPLE % (_ADMINISTRATOR, _USERS - 1, _SESSION, _ADMINISTRATOR, _ADMINISTRATOR)
        # VACUUM does not run in a transaction, which several statements at once are.
        for statement in filled.split(";\n"):
            if statement.strip():
                await database.execute(statement)
    finally:
        await database.close()


async def _measure(service: Service, settings: Settings) -> None:
    at = datetime.now(UTC).replace(microsecond=0)
    credential = Credential(Kind.SESSION, _SESSION, _ADMINISTRATOR, frozenset(), at + timedelta(days=1))
    session = Signer.from_settings(settings).sign(credential, at)
    await connection.connect(settings)
    try:
        async with AccountClient(service.url, session) as client:
            print(f"Milliseconds, {_ROUNDS} of each, {_USERS:,} users.\n")
            print("| search | page: least | p50 | `totalCount`: least | p50 | page by HTTP: least | p50 |")
            print("|---|---|---|---|---|---|---|")
            for title, wanted in _ASKED.items():
                page = await _times(partial(user_search.page, None, wanted, first=50, after=None))
                count = await _times(partial(user_search.count, None, wanted))
                variables = {"search": wanted.search, "state": wanted.state}
                whole = await _times(partial(client.run, _FIND, **variables), every=_EVERY)
                cells = [f"{figure:.1f}" for found in (page, count, whole) for figure in (min(found), median(found))]
                print(f"| {title} | {' | '.join(cells)} |", flush=True)
    finally:
        await connection.close()


async def _times(ask: Callable[[], Awaitable[object]], *, every: timedelta = timedelta(0)) -> list[float]:
    found = []
    for number in range(_WARM + _ROUNDS):
        await asyncio.sleep(every.total_seconds())
        started = time.perf_counter()
        await ask()
        if number >= _WARM:
            found.append((time.perf_counter() - started) * 1000)
    return found


if __name__ == "__main__":
    main()
