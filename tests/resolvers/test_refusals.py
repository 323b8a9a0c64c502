"""Refusals as they are noted, written, counted, cleaned away and exported."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

import errors
from db import cleaning
from db.models.refusals import Refusal
from limits.refusals import MOST_KINDS, Refusals
from resolvers import export, refusals, usage
from resolvers.usage import Interval, Question
from telemetry import redaction
from tests.limits.people import soon
from tests.resolvers.conftest import NOW, PASSWORD

LIMITED = errors.RateLimited("minute", timedelta(seconds=7))


@pytest.fixture
def noted(read):
    """A collector of the test's own: nothing writes what it has but the test."""
    return Refusals(lambda: True)


def note(noted, caller, refusal=LIMITED, *, model=None, operation=None, address="192.0.2.7"):
    noted.note(caller.credential, refusal, model=model, operation=operation, address=address)


async def kept(**which):
    return [
        (row.code, row.limit_window, row.operation, row.address, row.model, row.count)
        for row in await Refusal.filter(**which).order_by("id")
    ]


def dropped():
    return REGISTRY.get_sample_value("gatehouse_refusals_dropped_total")


async def all_written(noted):
    while noted.pending:
        await noted.write()


async def test_one_kind_is_one_row_also_from_two_processes(noted, ada):
    other = Refusals(lambda: True)
    for collector in (noted, other, noted):
        for _ in range(5):
            note(collector, ada.caller, operation="Nightly", model="text", address="fe80::1%eth0")
        await collector.write()

    assert await kept() in (
        [("RATE_LIMITED", "minute", "Nightly", "fe80::1", "text", 15)],
        # An hour began meanwhile.
        [("RATE_LIMITED", "minute", "Nightly", "fe80::1", "text", n) for n in (10, 5)],
        [("RATE_LIMITED", "minute", "Nightly", "fe80::1", "text", n) for n in (5, 10)],
    )
    newest = (await refusals.of_user(ada.caller, last=1))[0]
    assert newest.retry_at == newest.at + timedelta(seconds=7)
    assert newest.message == str(LIMITED)


async def test_a_name_that_grows_when_it_is_cleaned_stops_no_other_entry(noted, ada, eve):
    name = "a" * 53 + "eyJ" + "b" * 8
    cleaned = redaction.cleaned(name)
    assert (len(name), len(cleaned)) == (64, 65)
    note(noted, ada.caller, operation=cleaned)
    note(noted, eve.caller)

    await noted.write()

    assert await kept(user_id=ada.id) == [("RATE_LIMITED", "minute", cleaned[:64], "192.0.2.7", "", 1)]
    assert await kept(user_id=eve.id) == [("RATE_LIMITED", "minute", "", "192.0.2.7", "", 1)]


async def test_what_postgres_does_not_take_is_dropped_and_stops_no_later_entry(noted, ada, eve):
    before = dropped()
    note(noted, ada.caller, model="m" * 256)
    note(noted, ada.caller, model="m" * 256)

    with pytest.raises(OperationalError):
        await noted.write()
    note(noted, eve.caller)
    await noted.write()

    assert await kept() == [("RATE_LIMITED", "minute", "", "192.0.2.7", "", 1)]
    assert dropped() - before == 2


async def test_each_kind_is_a_row(noted, ada):
    token = ada.by_token("INFER")
    note(noted, ada.caller)
    note(noted, token)
    note(noted, ada.caller, errors.Unauthenticated())
    note(noted, ada.caller, errors.ServiceUnavailable(), address="192.0.2.8")

    await noted.write()

    assert await kept(token_id=token.credential.id) == [("RATE_LIMITED", "minute", "", "192.0.2.7", "", 1)]
    assert sorted(await kept(token_id=None)) == [
        ("RATE_LIMITED", "minute", "", "192.0.2.7", "", 1),
        ("SERVICE_UNAVAILABLE", "", "", "192.0.2.8", "", 1),
        ("UNAUTHENTICATED", "", "", "192.0.2.7", "", 1),
    ]


async def test_a_flood_of_kinds_is_bounded_in_memory_and_in_postgres_and_none_is_lost(noted, ada, eve):
    other = Refusals(lambda: True)
    for number in range(1000):
        for collector in (noted, other):
            note(collector, ada.caller, operation=f"Name{number}", address=f"192.0.2.{number % 250}")
    note(noted, eve.caller)
    assert noted.pending <= MOST_KINDS + 2

    await all_written(noted)
    await all_written(other)

    rows = await Refusal.filter(user_id=ada.id)
    assert sum(row.count for row in rows) == 2000
    # Each process writes at most so many before it sees what the others wrote.
    assert len(rows) <= 2 * MOST_KINDS + 4
    assert await kept(user_id=eve.id) == [("RATE_LIMITED", "minute", "", "192.0.2.7", "", 1)]


async def test_beyond_all_bounds_they_are_counted_as_dropped(noted, ada, monkeypatch):
    monkeypatch.setattr("limits.refusals.MOST", 2)
    before = dropped()

    for _ in range(9):
        note(noted, ada.by_token("INFER"))

    assert noted.pending == 4
    assert dropped() - before == 5


async def test_two_processes_that_write_the_same_kinds_at_once_lose_none(noted, ada, eve):
    other = Refusals(lambda: True)
    names = [f"Name{number}" for number in range(40)]
    for collector, order in ((noted, names), (other, names[::-1])):
        for name in order:
            for person in (ada, eve):
                note(collector, person.caller, operation=name)

    await asyncio.gather(all_written(noted), all_written(other))

    for person in (ada, eve):
        assert sum(row.count for row in await Refusal.filter(user_id=person.id)) == 80


async def test_those_of_a_deleted_user_are_deleted_and_none_comes_after(noted, ada, eve):
    note(noted, ada.caller)
    await noted.write()
    note(noted, ada.caller)
    note(noted, eve.caller)

    await ada.user.delete()
    await all_written(noted)

    assert await kept() == [("RATE_LIMITED", "minute", "", "192.0.2.7", "", 1)]
    assert await Refusal.filter(user_id=eve.id).count() == 1


async def test_a_process_that_ends_writes_what_it_has_noted(noted, ada):
    note(noted, ada.caller)

    await noted.aclose()

    assert len(await kept()) == 1


async def test_a_process_that_ends_during_a_write_writes_each_once(noted, ada):
    note(noted, ada.caller)
    note(noted, ada.caller)

    await asyncio.gather(noted.write(), noted.aclose())

    assert await kept() == [("RATE_LIMITED", "minute", "", "192.0.2.7", "", 2)]


_WAITING = "SELECT count(*) AS waiting FROM pg_locks WHERE NOT granted AND relation = 'refusals'::regclass"


async def test_a_write_that_takes_longer_than_the_end_of_the_process_is_not_an_error(noted, ada, monkeypatch):
    monkeypatch.setattr("limits.refusals.CLOSE_WITHIN", 0.05)
    note(noted, ada.caller)
    async with in_transaction() as tx:
        await tx.execute_script("LOCK TABLE refusals IN ACCESS EXCLUSIVE MODE")
        writing = asyncio.create_task(noted.write())

        async def waits():
            return await tx.execute_query_dict(_WAITING) == [{"waiting": 1}]

        assert await soon(waits)
        await noted.aclose()
    await writing

    assert await kept() == [("RATE_LIMITED", "minute", "", "192.0.2.7", "", 1)]


async def row(person, hour, count, *, token_id=None, model="", code="RATE_LIMITED"):
    await Refusal.create(
        user=person.user, token_id=token_id, model=model, hour=hour, code=code, limit_window="", operation="",
        address="", count=count, at=hour, message="-",
    )  # fmt: skip


async def test_usage_counts_them_by_interval_model_and_token(gate, ada, eve):
    token_id, first = uuid4(), datetime(2026, 3, 1, tzinfo=UTC)
    await row(ada, first, 2, model="a")
    await row(ada, first + timedelta(hours=23), 3, token_id=token_id)
    await row(ada, first + timedelta(hours=23), 4, token_id=token_id, code="UNAUTHENTICATED")
    await row(ada, first + timedelta(days=1), 5, model="a")
    await row(ada, first + timedelta(days=2), 100)
    await row(eve, first, 1000)

    async def found(token_id=None, **more):
        question = Question(begin=date(2026, 3, 1), end=date(2026, 3, 3), **more)
        reader = usage.Reader(gate)
        points = await (
            reader.of_token(ada.caller, token_id, question) if token_id else reader.of_user(ada.caller, question)
        )
        counted = {(point.start.day, point.start.hour, point.model): point.refusals for point in points}
        return {key: refused for key, refused in counted.items() if refused}

    both = (("RATE_LIMITED", 3), ("UNAUTHENTICATED", 4))
    assert await found(interval=Interval.DAY) == {
        (1, 0, None): (("RATE_LIMITED", 5), ("UNAUTHENTICATED", 4)),
        (2, 0, None): (("RATE_LIMITED", 5),),
    }
    assert await found(interval=Interval.DAY, by_model=True) == {
        (1, 0, "a"): (("RATE_LIMITED", 2),),
        (1, 0, None): both,
        (2, 0, "a"): (("RATE_LIMITED", 5),),
    }
    assert await found(interval=Interval.HOUR, token_id=token_id) == {(1, 23, None): both}
    assert await found(interval=Interval.MONTH, model="a") == {(1, 0, None): (("RATE_LIMITED", 7),)}


async def test_they_are_cleaned_away_with_hours_of_usage(ada):
    old = NOW.replace(minute=0, second=0, hour=0) - timedelta(days=40)
    await row(ada, old - timedelta(hours=1), 1)
    await row(ada, old, 2)

    await cleaning.clean(NOW, usage_hours=timedelta(days=40))

    assert [kind[-1] for kind in await kept()] == [2]


async def test_the_export_has_them(tools, ada, eve):
    await row(ada, NOW, 2, model="a")
    await row(eve, NOW, 3)

    exported = await export.export(tools, ada.caller, PASSWORD, at=NOW)

    assert json.loads(exported.json)["refusals"] == [
        {
            "at": NOW.isoformat(), "start": NOW.isoformat(), "apiToken": None, "code": "RATE_LIMITED", "count": 2,
            "model": "a", "window": None, "operation": None, "seenFrom": None, "retryAt": None, "message": "-",
        }
    ]  # fmt: skip
