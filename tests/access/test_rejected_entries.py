"""One entry that cannot be booked, or one partition that cannot be folded, stops nothing else."""

import asyncio
import time
from datetime import UTC, datetime

import asyncpg
import pytest

from access import day_units, entries, folding, partitions, reaper, revocation
from access.entries import Outcome
from access.partitions import Log
from access.records import PostgresDown
from db.models.usage import Usage, UsageFold, UsageRejected
from telemetry import metrics
from tests.access.people import inference

HOUR = entries.hour_of(datetime.now(UTC))
REFUSING = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.user_id = '%s' THEN RAISE EXCEPTION 'not this one'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON usage FOR EACH ROW EXECUTE FUNCTION refuse()
"""


def log_of(home, credential):
    return Log(partitions.of(credential.user_id), home.gate.store.generation)


async def write(home, log, packed, **more):
    await home.redis.sadd(partitions.logs(log.partition), log.generation)
    return await home.redis.xadd(partitions.log(*log), {"e": packed, **more})


async def in_another_partition(home, than):
    while True:
        credential = await home.session()
        if partitions.of(credential.user_id) != partitions.of(than.user_id):
            return credential


def packed(credential, model="text", *, units=1):
    return entries.pack(credential.user_id, None, HOUR, [Outcome(model, 1, 0, units)])


@pytest.fixture
async def database(home, migrated_url):
    connection = await asyncpg.connect(migrated_url)
    yield connection
    await connection.execute("DROP TRIGGER IF EXISTS refuse ON usage; DROP FUNCTION IF EXISTS refuse()")
    await connection.close()


def spoiled(credential):
    """What a broken Redis, or another program, makes of an entry."""
    whole = packed(credential)
    return {
        b"": "only 0 bytes long",
        b"\xff" * 20: "only 20 bytes long",
        whole[:-1]: "it ends in the middle of a model's name",
        whole[:50]: "it ends in the middle of an outcome",
        packed(credential, "x" * 65_535) + whole[36:-1]: "it ends in the middle of a model's name",
    }


async def test_what_cannot_be_read_is_set_aside_and_the_rest_is_booked(home):
    ada = await home.session()
    log, kept = log_of(home, ada), spoiled(ada)
    before = metrics.USAGE_REJECTED._value.get()
    identities = {}
    for entry in kept:
        await home.call(ada)
        identities[entry] = (await write(home, log, entry)).decode()
    await home.call(ada)

    assert await home.usage(ada.user_id) == [("text", len(kept) + 1, 0, len(kept) + 1)]

    rows = await UsageRejected.all().order_by("id")
    found = [(row.partition, row.generation, row.entry_id, row.entry, row.reason) for row in rows]
    assert found == [(*log, identities[entry], entry[: 64 * 1024], reason) for entry, reason in kept.items()]
    assert abs((datetime.now(UTC) - rows[0].at).total_seconds()) < 60
    assert metrics.USAGE_REJECTED._value.get() == before + len(kept)
    assert await home.redis.xlen(partitions.log(*log)) == 0
    # Once, whatever is folded again.
    await folding.fold_all(home.gate.store)
    assert await UsageRejected.all().count() == len(kept)


async def test_names_that_the_version_before_has_logged_are_booked_under_no_model(home):
    ada = await home.session()
    for name in ("x" * 256, "x" * 65_535, "a\0b", "模" * 255):
        await write(home, log_of(home, ada), packed(ada, name, units=2))

    assert await home.usage(ada.user_id) == [("", 3, 0, 6), ("模" * 255, 1, 0, 2)]
    assert await UsageRejected.all().count() == 0


async def test_what_postgres_refuses_is_set_aside_alone(home):
    ada = await home.session()
    log = log_of(home, ada)
    await Usage.create(user_id=ada.user_id, model="full", hour=HOUR, calls=1, failed=0, units=2**63 - 1, inference_ms=0)
    for number in range(40):
        await write(home, log, packed(ada, "full" if number == 23 else "text"))

    assert await home.usage(ada.user_id) == [("full", 1, 0, 2**63 - 1), ("text", 39, 0, 39)]

    (row,) = await UsageRejected.all()
    assert (row.entry, row.reason) == (packed(ada, "full"), "NumericValueOutOfRangeError: bigint out of range")
    assert (await UsageFold.get(partition=log.partition)).last_id > row.entry_id
    assert await home.redis.xlen(partitions.log(*log)) == 0


async def test_one_partition_that_fails_keeps_no_other_from_being_folded(home, database):
    ada = await home.session()
    eve = await in_another_partition(home, ada)
    bob = await in_another_partition(home, ada)
    for credential in (eve, ada, bob):
        await home.call(credential)
    await database.execute(REFUSING % ada.user_id)

    with pytest.raises(RuntimeError, match=r"1 of \d+ logs were not folded.*not this one"):
        await folding.fold_all(home.gate.store)

    assert await Usage.filter(user_id=ada.user_id).count() == 0
    assert [(await Usage.get(user_id=one.user_id)).calls for one in (eve, bob)] == [1, 1]
    # Nothing says that it will never be possible: it stays, and is booked once it is.
    assert await UsageRejected.all().count() == 0
    await database.execute("DROP TRIGGER refuse ON usage")
    assert await home.usage(ada.user_id) == [("text", 1, 0, 1)]


async def test_a_lock_that_somebody_keeps_holds_up_its_partition_alone(home, database):
    ada = await home.session()
    eve = await in_another_partition(home, ada)
    for credential in (ada, eve):
        await home.call(credential)
    await home.usage(ada.user_id)
    for credential in (ada, eve):
        await home.call(credential)

    async with database.transaction():
        await database.execute("SELECT FROM usage_folds WHERE partition = $1 FOR UPDATE", partitions.of(ada.user_id))
        with pytest.raises(PostgresDown, match="lock"):
            await folding.fold_all(home.gate.store)
        assert (await Usage.get(user_id=eve.user_id)).calls == 2
        assert (await Usage.get(user_id=ada.user_id)).calls == 1

    assert await home.usage(ada.user_id) == [("text", 2, 0, 2)]


async def test_a_cache_load_needs_no_rollup_and_keeps_the_day(home, database):
    ada = await home.session(per_day=50)
    log = log_of(home, ada)
    await home.call(ada, units=3)
    await home.usage(ada.user_id)
    await home.call(ada, units=4)
    # Of the day before, of somebody else, and what cannot be read: none of it counts.
    yesterday = entries.pack(ada.user_id, None, HOUR.replace(day=1, month=1, year=2026), [Outcome("text", 1, 0, 9)])
    for entry in (yesterday, *spoiled(ada)):
        await write(home, log, entry)
    await home.redis.delete(partitions.of_user(ada.user_id).day)
    await database.execute(REFUSING % ada.user_id)
    await revocation._raise_epoch(home.gate.store)

    async with database.transaction():
        await database.execute("SELECT FROM usage_folds WHERE partition = $1 FOR UPDATE", log.partition)
        begun = time.monotonic()
        await home.call(ada, units=1)
        assert time.monotonic() - begun < 1

    assert (await home.state(ada.user_id))["day"] == 8
    assert await home.redis.xlen(partitions.log(*log)) == 3 + len(spoiled(ada))


async def test_the_units_of_a_day_are_the_same_before_between_and_after_folding(home):
    ada = await home.session(per_minute=1000, per_day=1000, at_once=100)
    today = datetime.now(UTC).date()
    spent: list[int] = []

    async def look():
        while len(spent) < 60:
            spent.append(await day_units.spent(home.gate.store, [ada.user_id], today))

    for _ in range(30):
        await home.call(ada, units=2)
    looking = asyncio.create_task(look())
    while not looking.done():
        await home.call(ada, units=0, model=None)
        await folding.fold_all(home.gate.store)
    await looking

    assert set(spent) == {60}


async def test_a_long_log_is_read_in_parts(home, monkeypatch):
    monkeypatch.setattr(day_units, "_AT_ONCE", 3)
    ada = await home.session()
    for _ in range(7):
        await home.call(ada, units=2)

    assert await day_units.spent(home.gate.store, [ada.user_id], datetime.now(UTC).date()) == 14


async def test_units_of_a_call_that_runs_are_no_units_of_the_day_yet(home):
    ada = await home.session()
    await home.gate.admit(ada, inference(2))

    assert await day_units.spent(home.gate.store, [ada.user_id], datetime.now(UTC).date()) == 0


async def test_an_open_call_that_cannot_be_read_is_set_aside_and_the_others_end(home):
    ada = await home.session()
    other = await in_another_partition(home, ada)
    key = partitions.running(partitions.of(ada.user_id))
    lines = {b"a" * 16: b"", b"b" * 16: b"soon|1|2|3|4|5|6|7|", b"c" * 16: b"1|x|2|3|4|5|-|-|", b"d" * 16: b"\xff" * 99}
    for call, line in lines.items():
        await home.redis.hset(key, call, line)
    for credential in (ada, other):
        await home.gate.admit(credential, inference())
        await end_leases(home, credential, but=lines)

    assert await reaper.reap(home.gate.store) == 2

    rows = {row.entry_id: (row.partition, row.entry, row.reason) for row in await UsageRejected.all()}
    partition, reason = partitions.of(ada.user_id), "an open call that cannot be read"
    assert rows == {call.hex(): (partition, line, reason) for call, line in lines.items()}
    assert await home.redis.hlen(key) == 0
    assert await home.usage(ada.user_id) == await home.usage(other.user_id) == [("text", 1, 1, 0)]


async def test_a_call_whose_line_was_spoiled_is_settled_as_it_was(home):
    ada = await home.session()
    admission = await home.gate.admit(ada, inference())
    key = partitions.running(partitions.of(ada.user_id))
    await home.redis.hset(key, admission.call_id.bytes, b"spoiled")

    await home.gate.settle(admission, [Outcome("text", 1, 0, 1)])

    assert (await home.state(ada.user_id)) == {"minute": 1, "day": 1, "places": 0, "open": 0}
    assert await home.usage(ada.user_id) == [("text", 1, 0, 1)]


async def end_leases(home, credential, *, but):
    key = partitions.running(partitions.of(credential.user_id))
    for call, line in (await home.redis.hgetall(key)).items():
        if call not in but:
            _, _, rest = line.partition(b"|")
            await home.redis.hset(key, call, b"1|" + rest)
