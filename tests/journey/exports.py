"""What the tests of exports share: a month of usage in the tables, and its file."""

import csv
import io
from datetime import date
from typing import Any
from uuid import UUID

import httpx2

from tests.journey.client import AccountClient
from tests.journey.installation import Installation, Person
from tests.service import TLS

EXPORT = "query ($month: String!, $all: Boolean! = false) { exportUsage(month: $month, ofEverybody: $all) { url } }"
MONTH = "2024-02"

_ROW = """
INSERT INTO usage_days (user_id, token_id, model, day, calls, failed, units, inference_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_MANY = """
INSERT INTO usage_days (user_id, token_id, model, day, calls, failed, units, inference_ms)
SELECT $1, gen_random_uuid(), 'model-' || n, '2024-02-03', 1, 0, 2, 0.5 FROM generate_series(1, $2::int) n
"""
_FACTOR = "INSERT INTO second_factors (user_id, sealed_secret, created_at, confirmed_at) VALUES ($1, '-', now(), now())"


async def spend(
    installation: Installation, user_id: UUID, *, token: UUID | None = None, model: str = "a", day: int = 1, units: int
) -> None:
    async with installation.database() as database:
        await database.execute(_ROW, user_id, token, model, date(2024, 2, day), 2, 1, units, 1.5)


async def spend_much(installation: Installation, person: Person, rows: int) -> None:
    async with installation.database() as database:
        await database.execute(_MANY, person.id, rows)


async def appoint(installation: Installation, person: Person, *, second_factor: bool = True) -> None:
    async with installation.database() as database:
        await database.execute("UPDATE users SET role = 'ADMIN' WHERE id = $1", person.id)
        if second_factor:
            await database.execute(_FACTOR, person.id)


async def address(client: AccountClient, month: str = MONTH, *, all: bool = False) -> str:
    return str((await client.run(EXPORT, month=month, all=all))["exportUsage"]["url"])


async def fetch(url: str) -> httpx2.Response:
    """With no credential."""
    async with httpx2.AsyncClient(timeout=300, verify=TLS) as http:
        return await http.get(url)


def rows(response: httpx2.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text, newline="")))
