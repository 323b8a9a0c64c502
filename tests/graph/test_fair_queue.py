"""The queue before the one thread that reads new documents and large bodies, and the budgets of processor time."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event
from uuid import UUID, uuid4

import pytest

import errors
from access.callers import Caller
from access.credentials import Credential, Kind
from graph.execution import processor_time
from graph.execution.fair_queue import FairQueue
from graph.execution.processor_time import Budgets, budget_of

SECOND = timedelta(seconds=1)


def caller(network: str, kind: Kind | None = None, user_id: UUID | None = None) -> Caller:
    credential = Credential(kind, uuid4(), user_id or uuid4(), frozenset(), datetime.now(UTC)) if kind else None
    return Caller(
        credential=credential,
        rights=None,
        address=network,
        network=network,
        user_agent=None,
        visitor_inference=False,
        body_bytes=1,
    )


@pytest.fixture
def queue() -> Iterator[FairQueue]:
    made = FairQueue(SECOND)
    yield made
    made.close()


@pytest.fixture
def hold(queue: FairQueue) -> Iterator[Callable[[], asyncio.Future[bool]]]:
    """Work of another network that goes on until the test sets `hold.end`."""
    end = Event()

    def begin() -> asyncio.Future[bool]:
        return asyncio.ensure_future(queue.run(lambda: end.wait(10), caller("203.0.113.1"), kind="document"))

    begin.end = end  # type: ignore[attr-defined]
    yield begin
    end.set()


def busy(seconds: float) -> None:
    started = time.thread_time()
    while time.thread_time() - started < seconds:
        pass


async def test_networks_take_turns_and_each_is_first_come_first_served(queue, hold):
    order: list[str] = []
    held = hold()
    await asyncio.sleep(0)

    def note(name: str) -> asyncio.Task[None]:
        return asyncio.create_task(queue.run(lambda: order.append(name), caller(name[0]), kind="document"))

    asked = [note(name) for name in ("a1", "a2", "a3", "a4", "b1", "b2", "c1")]
    await asyncio.sleep(0)
    hold.end.set()
    await asyncio.gather(held, *asked)

    assert order == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]


async def test_what_the_work_raises_reaches_the_caller_and_the_queue_goes_on(queue):
    def fail() -> None:
        raise errors.BadRequest("no")

    with pytest.raises(errors.BadRequest):
        await queue.run(fail, caller("a"), kind="document")
    assert await queue.run(lambda: 7, caller("a"), kind="document") == 7


async def test_work_of_a_caller_who_left_is_skipped(queue, hold):
    done: list[str] = []
    held = hold()
    left = asyncio.create_task(queue.run(lambda: done.append("left"), caller("a"), kind="document"))
    stays = asyncio.create_task(queue.run(lambda: done.append("stays"), caller("a"), kind="document"))
    await asyncio.sleep(0)
    left.cancel()
    await asyncio.sleep(0)
    hold.end.set()
    await asyncio.gather(held, stays)

    assert done == ["stays"]


async def test_64_of_a_network_wait_and_other_networks_find_room(queue, hold):
    held = hold()
    waiting = [asyncio.create_task(queue.run(int, caller("a"), kind="document")) for _ in range(64)]
    await asyncio.sleep(0)

    with pytest.raises(errors.RateLimited) as refused:
        await queue.run(int, caller("a"), kind="document")
    assert (refused.value.window, refused.value.retry_after_seconds) == ("processor-time", 1)
    other = asyncio.create_task(queue.run(int, caller("b"), kind="document"))
    await asyncio.sleep(0)
    hold.end.set()
    assert await asyncio.gather(held, other, *waiting) == [True, *[0] * 65]


async def test_1024_wait_in_all(queue, hold):
    held = hold()
    waiting = [asyncio.create_task(queue.run(int, caller(str(n // 60)), kind="document")) for n in range(1024)]
    await asyncio.sleep(0)

    with pytest.raises(errors.ServiceUnavailable):
        await queue.run(int, caller("z"), kind="document")
    hold.end.set()
    await asyncio.gather(held, *waiting)


async def test_who_has_used_up_the_budget_is_refused_and_what_waits_of_it_too(queue):
    queue = FairQueue(timedelta(milliseconds=200))
    first = asyncio.create_task(queue.run(lambda: busy(0.4), caller("a"), kind="document"))
    done: list[int] = []
    waiting = [asyncio.create_task(queue.run(lambda: done.append(1), caller("a"), kind="document")) for _ in range(5)]
    other = asyncio.create_task(queue.run(lambda: 7, caller("b"), kind="document"))

    answers = await asyncio.gather(first, *waiting, return_exceptions=True)

    assert [type(answer) for answer in answers] == [type(None), *[errors.RateLimited] * 5]
    assert (await other, done) == (7, [])
    with pytest.raises(errors.RateLimited):
        await queue.run(int, caller("a"), kind="document")
    queue.close()


def test_a_budget_is_charged_afterwards_and_comes_back_by_a_tenth_each_second():
    now = [100.0]
    budgets = Budgets(2 * SECOND, clock=lambda: now[0])

    budgets.spend("a", 1.9)
    budgets.require("a")
    budgets.spend("a", 1.1)

    with pytest.raises(errors.RateLimited) as refused:
        budgets.require("a")
    # It owes 1.0 s, and is let in again with 0.1 s.
    assert refused.value.retry_after.total_seconds() == pytest.approx(5.5)
    budgets.require("b")
    now[0] += 5.5
    budgets.require("a")
    now[0] += 1000
    budgets.spend("a", 1.99)
    budgets.require("a")
    budgets.spend("a", 0.02)
    with pytest.raises(errors.RateLimited):
        budgets.require("a")


def test_10000_budgets_are_kept(monkeypatch):
    monkeypatch.setattr(processor_time, "KEPT", 10)
    budgets = Budgets(SECOND)
    for number in range(11):
        budgets.spend(str(number), 5)

    budgets.require("0")
    with pytest.raises(errors.RateLimited):
        budgets.require("1")


def test_a_users_tokens_share_a_budget_and_the_sessions_have_another():
    one, other = uuid4(), uuid4()
    callers = [caller("a", kind, user) for kind in Kind for user in (one, other) for _ in range(3)]

    assert len({budget_of(each) for each in callers}) == 4
    assert budget_of(caller("192.0.2.7")) == "192.0.2.7"
