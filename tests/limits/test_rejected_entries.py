"""One entry, or one partition, that cannot be rolled up stops nothing else."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest
from prometheus_client import REGISTRY

from db.models.usage import Usage, UsageFold, UsageRejected
from db.postgres import PostgresDown
from limits import day_units, entries, partitions, reaper, revocation, rollup
from limits.entries import Outcome
from limits.partitions import Log
from tests.limits.people import inference

HOUR = entries.hour_of(datetime.now(UTC))
REFUSING = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.user_id = '%s' THEN RAISE EXCEPTION 'not this one'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON usage FOR EACH ROW EXECUTE FUNCTION refuse()
"""


def log_of(limiter, credential):
    partition = partitions.of(credential.user_id)
    return Log(partition, limiter.store.generation(partition))


async def write(limiter, log, packed, **more):
    await limiter.redis.sadd(partitions.logs(log.partition), log.generation)
    return await limiter.redis.xadd(partitions.log(*log), {"e": packed, **more})


async def in_another_partition(limiter, than):
    while True:
        credential = await limiter.session()
        if partitions.of(credential.user_id) != partitions.of(than.user_id):
            return credential


def packed(credential, model="text", *, units=1):
    return entries.pack(credential.user_id, None, HOUR, [Outcome(model, 1, 0, units)])


@pytest.fixture
async def database(limiter, gates_database_url):
    connection = await asyncpg.connect(gates_database_url)
    yield connection
    await connection.execute("DROP TRIGGER IF EXISTS refuse ON usage; DROP FUNCTION IF EXISTS refuse()")
    await connection.close()


def spoiled(credential):
    """Entries as a broken Redis, or another program, may leave them."""
    whole = packed(credential)
    return {
        b"": "only 0 bytes long",
        b"\xff" * 20: "only 20 bytes long",
        whole[:-1]: "it ends in the middle of a model's name",
        whole[:50]: "it ends in the middle of an outcome",
        packed(credential, "x" * 65_535) + whole[36:-1]: "it ends in the middle of a model's name",
    }


async def test_an_unreadable_entry_is_set_aside_and_the_rest_is_rolled_up(limiter):
    ada = await limiter.session()
    log, kept = log_of(limiter, ada), spoiled(ada)
    before = REGISTRY.get_sample_value("gatehouse_usage_rejected_total") or 0
    identities = {}
    for entry in kept:
        await limiter.call(ada)
        identities[entry] = (await write(limiter, log, entry)).decode()
    await limiter.call(ada)

    assert await limiter.usage(ada.user_id) == [("text", len(kept) + 1, 0, len(kept) + 1)]

    rows = await UsageRejected.all().order_by("id")
    found = [(row.partition, row.generation, row.entry_id, row.entry, row.reason) for row in rows]
    assert found == [(*log, identities[entry], entry[: 64 * 1024], reason) for entry, reason in kept.items()]
    assert abs((datetime.now(UTC) - rows[0].at).total_seconds()) < 60
    assert REGISTRY.get_sample_value("gatehouse_usage_rejected_total") == before + len(kept)
    assert await limiter.redis.xlen(partitions.log(*log)) == 0
    # It is set aside once, even after another rollup.
    await rollup.roll_up_all(limiter.store)
    assert await UsageRejected.all().count() == len(kept)


async def test_names_that_the_previous_version_logged_are_rolled_up_under_no_model(limiter):
    ada = await limiter.session()
    for name in ("x" * 256, "x" * 65_535, "a\0b", "模" * 255):
        await write(limiter, log_of(limiter, ada), packed(ada, name, units=2))

    assert await limiter.usage(ada.user_id) == [("", 3, 0, 6), ("模" * 255, 1, 0, 2)]
    assert await UsageRejected.all().count() == 0


async def test_only_the_entry_that_postgres_refuses_is_set_aside(limiter):
    ada = await limiter.session()
    log = log_of(limiter, ada)
    await Usage.create(user_id=ada.user_id, model="full", hour=HOUR, calls=1, failed=0, units=2**63 - 1, inference_ms=0)
    for number in range(40):
        await write(limiter, log, packed(ada, "full" if number == 23 else "text"))

    assert await limiter.usage(ada.user_id) == [("full", 1, 0, 2**63 - 1), ("text", 39, 0, 39)]

    (row,) = await UsageRejected.all()
    assert (row.entry, row.reason) == (packed(ada, "full"), "NumericValueOutOfRangeError: bigint out of range")
    assert (await UsageFold.get(partition=log.partition)).last_id > row.entry_id
    assert await limiter.redis.xlen(partitions.log(*log)) == 0


async def test_a_partition_that_fails_does_not_stop_the_rollup_of_the_others(limiter, database):
    ada = await limiter.session()
    eve = await in_another_partition(limiter, ada)
    bob = await in_another_partition(limiter, ada)
    for credential in (eve, ada, bob):
        await limiter.call(credential)
    await database.execute(REFUSING % ada.user_id)

    with pytest.raises(RuntimeError, match=r"1 of \d+ logs were not rolled up.*not this one"):
        await rollup.roll_up_all(limiter.store)

    assert await Usage.filter(user_id=ada.user_id).count() == 0
    assert [(await Usage.get(user_id=one.user_id)).calls for one in (eve, bob)] == [1, 1]
    # The error may go away, so the entry stays in the log and is rolled up once it does.
    assert await UsageRejected.all().count() == 0
    await database.execute("DROP TRIGGER refuse ON usage")
    assert await limiter.usage(ada.user_id) == [("text", 1, 0, 1)]


async def test_a_lock_that_is_kept_delays_only_its_partition(limiter, database):
    ada = await limiter.session()
    eve = await in_another_partition(limiter, ada)
    for credential in (ada, eve):
        await limiter.call(credential)
    await limiter.usage(ada.user_id)
    for credential in (ada, eve):
        await limiter.call(credential)

    async with database.transaction():
        await database.execute("SELECT FROM usage_folds WHERE partition = $1 FOR UPDATE", partitions.of(ada.user_id))
        with pytest.raises(PostgresDown, match="lock"):
            await rollup.roll_up_all(limiter.store)
        assert (await Usage.get(user_id=eve.user_id)).calls == 2
        assert (await Usage.get(user_id=ada.user_id)).calls == 1

    assert await limiter.usage(ada.user_id) == [("text", 2, 0, 2)]


async def test_a_cache_load_needs_no_rollup_and_keeps_the_day(limiter, database):
    ada = await limiter.session(per_day=50)
    log = log_of(limiter, ada)
    await limiter.call(ada, units=3)
    await limiter.usage(ada.user_id)
    await limiter.call(ada, units=4)
    # An entry of the day before, one of another user, and an unreadable one: none of them counts.
    yesterday = entries.pack(ada.user_id, None, HOUR.replace(day=1, month=1, year=2026), [Outcome("text", 1, 0, 9)])
    for entry in (yesterday, *spoiled(ada)):
        await write(limiter, log, entry)
    await limiter.redis.delete(partitions.of_user(ada.user_id).day)
    await database.execute(REFUSING % ada.user_id)
    await revocation.raise_epoch(limiter.store)

    async with database.transaction():
        await database.execute("SELECT FROM usage_folds WHERE partition = $1 FOR UPDATE", log.partition)
        # It is admitted while the rows that the rollup needs are locked.
        await limiter.call(ada, units=1)

    assert (await limiter.state(ada.user_id))["day"] == 8
    assert await limiter.redis.xlen(partitions.log(*log)) == 3 + len(spoiled(ada))


async def test_the_units_of_a_day_are_the_same_before_during_and_after_a_rollup(limiter):
    ada = await limiter.session(per_minute=1000, per_day=1000, at_once=100)
    today = datetime.now(UTC).date()
    spent: list[int] = []

    async def look():
        while len(spent) < 60:
            spent.append((await day_units.spent(limiter.store, [ada.user_id], today)).total())

    for _ in range(30):
        await limiter.call(ada, units=2)
    looking = asyncio.create_task(look())
    while not looking.done():
        await limiter.call(ada, units=0, model=None)
        await rollup.roll_up_all(limiter.store)
    await looking

    assert set(spent) == {60}


async def test_a_long_log_is_read_in_parts(limiter, monkeypatch):
    monkeypatch.setattr(day_units, "AT_ONCE", 3)
    ada = await limiter.session()
    for _ in range(7):
        await limiter.call(ada, units=2)

    assert (await day_units.spent(limiter.store, [ada.user_id], datetime.now(UTC).date())).total() == 14


async def test_units_of_a_running_call_are_not_in_the_day_yet(limiter):
    ada = await limiter.session()
    await limiter.gate.admit(ada, inference(2))

    assert (await day_units.spent(limiter.store, [ada.user_id], datetime.now(UTC).date())).total() == 0


async def test_an_open_call_that_cannot_be_read_is_set_aside_and_the_others_end(limiter):
    ada = await limiter.session()
    other = await in_another_partition(limiter, ada)
    key = partitions.running(partitions.of(ada.user_id))
    lines = {b"a" * 16: b"", b"b" * 16: b"soon|1|2|3|4|5|6|7|", b"c" * 16: b"1|x|2|3|4|5|-|-|", b"d" * 16: b"\xff" * 99}
    for call, line in lines.items():
        await limiter.redis.hset(key, call, line)
    for credential in (ada, other):
        await limiter.gate.admit(credential, inference())
        await end_leases(limiter, credential, but=lines)

    assert await reaper.reap(limiter.store) == 2

    rows = {row.entry_id: (row.partition, row.entry, row.reason) for row in await UsageRejected.all()}
    partition, reason = partitions.of(ada.user_id), "an open call that cannot be read"
    assert rows == {call.hex(): (partition, line, reason) for call, line in lines.items()}
    assert await limiter.redis.hlen(key) == 0
    assert await limiter.usage(ada.user_id) == await limiter.usage(other.user_id) == [("text", 1, 1, 0)]


async def test_a_call_whose_open_line_is_unreadable_is_settled_as_it_ended(limiter):
    ada = await limiter.session()
    admission = await limiter.gate.admit(ada, inference())
    key = partitions.running(partitions.of(ada.user_id))
    await limiter.redis.hset(key, admission.call_id, b"spoiled")

    await limiter.gate.settle(admission, [Outcome("text", 1, 0, 1)])

    assert (await limiter.state(ada.user_id)) == {"minute": 1, "day": 1, "slots": 0, "open": 0}
    assert await limiter.usage(ada.user_id) == [("text", 1, 0, 1)]


async def end_leases(limiter, credential, *, but):
    key = partitions.running(partitions.of(credential.user_id))
    for call, line in (await limiter.redis.hgetall(key)).items():
        if call not in but:
            _, _, rest = line.partition(b"|")
            await limiter.redis.hset(key, call, b"1|" + rest)
