"""Any sequence of calls, rollups and kills gives the same sums by the hour, the day and the month."""

import asyncio
import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tortoise import Tortoise

from db import cleaning
from db.models.usage import Usage, UsageDay, UsageRejected
from db.postgres import PostgresDown
from limits import entries, partitions, rollup, rollup_transaction
from limits.entries import Outcome
from limits.partitions import Log
from tests.limits.people import inference, running, store_of

STEPS = 60
NOW = entries.hour_of(datetime.now(UTC))
# Hours around midnight, around the end of a month, and one that is about to be cleaned away.
HOURS = [
    NOW,
    NOW - timedelta(hours=1),
    datetime(2026, 10, 31, 22, tzinfo=UTC),
    datetime(2026, 10, 31, 23, tzinfo=UTC),
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2025, 12, 31, 23, tzinfo=UTC),
]
# A deferred trigger runs at the commit.
_DIES = """
CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER dies AFTER UPDATE ON usage_folds DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION dies();
"""
_SUMS = ("calls", "failed", "units", "inference_ms")


class Life:
    """Random steps with the calls of a few users. `truth` has the calls that were acknowledged."""

    def __init__(self, limiter, other, credentials, seed):
        self.limiter, self.other, self.credentials = limiter, other, credentials
        self.chosen = random.Random(seed)  # noqa: S311 - the same in each run
        self.truth: defaultdict[Any, float] = defaultdict(float)
        self.spoiled = self.deaths = 0

    async def step(self):
        await self.chosen.choices(
            [
                self.call,
                self.roll_up,
                self.roll_up_twice,
                self.roll_up_one,
                self.die_before_trim,
                self.die_before_commit,
                self.spoil,
            ],
            [12, 2, 1, 2, 2, 2, 1],
        )[0]()

    async def call(self):
        credential, model = self.chosen.choice(self.credentials), self.chosen.choice(["text", "matrix", None])
        units, failed, hour = self.chosen.randrange(5), self.chosen.randrange(2), self.chosen.choice(HOURS)
        admission = await self.limiter.gate.admit(credential, inference(units or 1, model=model))
        lease = replace(admission.lease, hour=hour)
        await self.limiter.gate.settle(replace(admission, lease=lease), [Outcome(model, 1, failed, units, 0.25)])
        token = lease.token_id
        for name, more in zip(_SUMS, (1, failed, units, 0.25), strict=True):
            self.truth[(credential.user_id, token, model or "", hour), name] += more

    async def roll_up(self):
        await rollup.roll_up_all(self.limiter.store)

    async def roll_up_twice(self):
        """Two rollups at once."""
        await asyncio.gather(rollup.roll_up_all(self.limiter.store), self.other.upkeep.roll_up())

    async def roll_up_one(self):
        await rollup.roll_up_partition(
            store_of(self.other), partitions.of(self.chosen.choice(self.credentials).user_id)
        )

    async def die_before_trim(self):
        await rollup_transaction.commit(self.limiter.store, self._logs(), self.chosen.randrange(1, 20), refused={})

    async def die_before_commit(self):
        """Dies after all was written, before the commit."""
        await self.call()
        database = Tortoise.get_connection("default")
        await database.execute_script(_DIES)
        try:
            await rollup.roll_up_all(self.limiter.store, [log.partition for log in self._logs()])
        except PostgresDown:
            self.deaths += 1
        finally:
            await database.execute_script("DROP FUNCTION dies CASCADE")

    async def spoil(self):
        log = self.chosen.choice(self._logs())
        await self.limiter.redis.sadd(partitions.logs(log.partition), log.generation)
        await self.limiter.redis.xadd(partitions.log(*log), {"e": self.chosen.randbytes(30)})
        self.spoiled += 1

    def _logs(self):
        parts = sorted({partitions.of(credential.user_id) for credential in self.credentials})
        return [Log(part, self.limiter.store.generation(part)) for part in parts]

    def sums(self, by):
        """Sums of the acknowledged calls, by a key that is made from each row."""
        found: dict[Any, dict[str, float]] = {}
        for (key, name), value in self.truth.items():
            found.setdefault(by(key), dict.fromkeys(_SUMS, 0))[name] += value
        return found


def of_rows(rows, by):
    found: dict[Any, dict[str, float]] = {}
    for row in rows:
        sums = found.setdefault(by(row), dict.fromkeys(_SUMS, 0))
        for name in _SUMS:
            sums[name] += getattr(row, name)
    return found


@pytest.mark.parametrize("seed", range(10))
async def test_sums_are_the_same_by_hour_day_and_month(limiter, seed):
    users = [await limiter.user(per_minute=100_000, at_once=100) for _ in range(3)]
    credentials = [await limiter.session_of(user) for user in users] + [await limiter.token_of(users[0])]
    async with running(limiter.settings) as other:
        life = Life(limiter, other, credentials, seed)
        for _ in range(STEPS):
            await life.step()
        await life.roll_up()

    hours, days = await Usage.all(), await UsageDay.all()
    assert of_rows(hours, lambda row: (row.user_id, row.token_id, row.model, row.hour)) == life.sums(lambda key: key)
    assert of_rows(days, lambda row: (row.user_id, row.token_id, row.model, row.day)) == life.sums(
        lambda key: (*key[:3], key[3].date())
    )
    assert of_rows(days, lambda row: (row.user_id, row.day.replace(day=1))) == life.sums(
        lambda key: (key[0], key[3].date().replace(day=1))
    )
    assert await UsageRejected.all().count() == life.spoiled
    assert life.deaths > 0

    # Cleaning removes hours, and the days stay.
    await cleaning.clean(datetime(2026, 11, 28, tzinfo=UTC), usage_hours=timedelta(days=100))
    begin = datetime(2026, 8, 20, tzinfo=UTC)
    kept = {key: sums for key, sums in life.sums(lambda key: key).items() if key[3] >= begin}
    assert of_rows(await Usage.all(), lambda row: (row.user_id, row.token_id, row.model, row.hour)) == kept
    assert of_rows(await UsageDay.all(), lambda row: row.id) == of_rows(days, lambda row: row.id)
