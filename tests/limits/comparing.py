"""What the tests of the comparison share."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from access.credentials import Credential
from db.models.usage import UsageDifference
from db.postgres import PostgresDown
from limits import partitions
from limits.comparison import results
from limits.comparison.results import Total
from limits.comparison.turns import Comparison
from store.redis import StoreDown
from tests.limits.people import Limiter

# After Redis has lost data, the calls that it lost are over at once.
NONE_RUN = timedelta(0)


@pytest.fixture
async def comparison(limiter: Limiter) -> Comparison:
    """Whose first turns have seen this Redis, so that from now on each difference is drift."""
    made = Comparison(limiter.store, NONE_RUN)
    await settled(made)
    return made


async def settled(comparison: Comparison) -> None:
    for _ in range(2):
        await compared(comparison)


async def compared(comparison: Comparison) -> Total:
    """The total after a turn over everything. A busy machine may miss a deadline, and the worker tries again, too."""
    comparison.has_begun = False
    while not comparison.has_begun:
        with suppress(StoreDown, PostgresDown):
            await comparison.compare()
    return await results.total()


def figures(total: Total) -> tuple[int, int, int, int]:
    return total.agreeing, total.differing, total.unreadable, total.units_apart


async def differences() -> list[tuple[Any, ...]]:
    return sorted(await UsageDifference.all().values_list("user_id", "day", "spent", "counted", "reason"))


def today() -> date:
    return datetime.now(UTC).date()


def day_key(credential: Credential) -> str:
    return partitions.of_user(credential.user_id).day


async def of_one_partition(limiter: Limiter, **limits: int) -> tuple[Credential, Credential, Credential]:
    """Two users of one partition, and one of another."""
    found: dict[str, Credential] = {}
    while True:
        credential = await limiter.session(**limits)
        partition = partitions.of(credential.user_id)
        if partition in found:
            break
        found[partition] = credential
    other = next(one for name, one in found.items() if name != partition)
    for one in (found[partition], credential, other):
        await limiter.call(one, units=3)
    return found[partition], credential, other
