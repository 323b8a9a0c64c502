"""One of two Tritons, or both, killed, hanging and back; and a model that dies on one of them."""

import asyncio
import os
import signal
import time
from collections import Counter
from datetime import timedelta

from local.server import wait_until_ready
from tests import model_calls
from tests.events import TICKS, Event, subscribed, ticks
from tests.graph.outages import eventually
from tests.graph.several_tritons.pair import CALL, Watched, call, in_turn
from tests.graph.spending import used

DIE = """query ($how: TensorData!) {
  infer(model: "dying", inputs: [{name: "HOW", shape: [1], data: {values: $how}}]) { version } }"""


class Load:
    """Calls of the model `slow`, eight at a time, each with the time of its start and the code of its refusal."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._ends = False
        self.ended: list[tuple[float, str | None]] = []

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(self._calls())

    async def _calls(self) -> None:
        while not self._ends:
            started_at = time.monotonic()
            self.ended.append((started_at, await self._watched.code(CALL, model="slow", milliseconds=[20])))

    async def has_ended(self, count: int) -> None:
        """Waits for so many more calls."""
        until = len(self.ended) + count
        await eventually(lambda: len(self.ended) >= until, becomes=True, every=0.005)

    def end(self) -> None:
        self._ends = True

    def refused(self, *, since: float = 0) -> Counter[str]:
        return Counter(code for started_at, code in self.ended if code is not None and started_at >= since)


async def ready(watched: Watched) -> str:
    return str((await watched.client.http.get("/readyz")).json()["dependencies"]["triton"])


async def test_no_new_call_is_lost_when_one_is_killed_under_load(watched):
    first, second = watched.pair
    before = await used(watched.client)
    load = Load(watched)
    running = asyncio.create_task(load.run())
    await load.has_ended(80)

    os.kill(first.server.pid, signal.SIGKILL)
    await asyncio.to_thread(first.server.kill)
    killed_at = time.monotonic()
    await load.has_ended(120)
    load.end()
    await running

    assert load.refused(since=killed_at) == {}
    # Those in flight at the killed one: it may have run them, so they are not made again.
    assert load.refused().keys() <= {"MODEL_UNAVAILABLE"}
    assert load.refused().total() <= 8
    assert await used(watched.client) - before == len(load.ended) - load.refused().total()
    await eventually(watched.up, becomes=[False, True])
    assert await ready(watched) == "UP"
    assert (await watched.client.run("{ service { health } }"))["service"] == {"health": "UP"}
    log = watched.service.log.read_text()
    assert log.rpartition(f"Triton at {first.url} answers.")[2].count(f"Triton at {first.url} does not answer.") == 1
    assert f"Triton at {second.url} does not answer." not in log.rpartition(f"Triton at {second.url} answers.")[2]

    await asyncio.to_thread(first.server.start)
    await eventually(watched.up, becomes=[True, True])

    await eventually(lambda: watched.executed("slow", lambda: in_turn(watched, 6)), becomes=[3, 3])


async def test_what_only_the_killed_one_has_is_unavailable_and_the_rest_goes_on(watched):
    first, second = watched.pair
    await asyncio.to_thread(second.server.kill)
    await eventually(watched.up, becomes=[True, False])

    assert await watched.code(CALL, model="second_only", milliseconds=[1]) == "MODEL_UNAVAILABLE"
    assert await watched.client.run('{ model(name: "second_only") { ready } }') == {"model": {"ready": False}}
    # The newest version was there alone.
    assert await in_turn(watched, 2, model="graded") == ["1", "1"]
    assert await watched.code(CALL, model="graded", milliseconds=[1], version="2") == "MODEL_UNAVAILABLE"
    assert await in_turn(watched, 2) == ["1", "1"]
    assert await ready(watched) == "UP"

    await asyncio.to_thread(first.server.kill)
    await eventually(ready, watched, becomes="DOWN")
    assert await watched.code(CALL, model="slow", milliseconds=[1]) == "MODEL_UNAVAILABLE"

    for one in (first, second):
        one.server.begin()
    await asyncio.to_thread(wait_until_ready, first.server, second.server, within=timedelta(seconds=120))
    await eventually(ready, watched, becomes="UP")
    await eventually(watched.up, becomes=[True, True])
    assert await in_turn(watched, 2, model="graded") == ["2", "2"]


async def test_calls_at_one_that_hangs_fail_and_later_ones_go_to_the_other(watched):
    first, second = watched.pair
    first.server.pause()
    before = await used(watched.client)

    calls = [watched.code(CALL, model="slow", milliseconds=[1]) for _ in range(12)]
    codes = Counter(await asyncio.gather(*calls))
    answered = await second.executed("slow")
    await in_turn(watched, 12)

    # It may still run those that it got, so nobody makes them again; their units are given back.
    assert codes.keys() <= {None, "MODEL_UNAVAILABLE"}
    assert codes["MODEL_UNAVAILABLE"] <= 6
    assert await used(watched.client) - before == codes[None] + 12
    assert await second.executed("slow") - answered == 12
    assert await ready(watched) == "UP"

    first.server.resume()
    await eventually(watched.up, becomes=[True, True])
    await eventually(lambda: watched.executed("slow", lambda: in_turn(watched, 2)), becomes=[1, 1])


async def test_a_model_that_died_on_one_is_called_on_the_other_and_comes_back(watched):
    revived = "The process of model 'dying' died; the model was loaded again."
    before = watched.service.log.read_text().count(revived)

    # This call may have killed it: it is not made again on the other one.
    assert await watched.code(DIE, how=["exit"]) == "MODEL_UNAVAILABLE"
    assert [await watched.code(DIE, how=["well"]) for _ in range(6)] == [None] * 6

    await eventually(lambda: watched.service.log.read_text().count(revived) - before, becomes=1)
    await eventually(lambda: watched.executed("dying", lambda: well(watched, 2)), becomes=[1, 1])


async def well(watched: Watched, count: int) -> None:
    for _ in range(count):
        assert await watched.code(DIE, how=["well"]) is None


async def test_a_stream_at_the_killed_one_breaks_and_new_ones_go_to_the_other(watched):
    first, _ = watched.pair
    before = await used(watched.client)
    async with (
        subscribed(watched.client.http, TICKS, inputs=ticks(4, milliseconds=700)) as one,
        subscribed(watched.client.http, TICKS, inputs=ticks(4, milliseconds=700)) as other,
    ):
        await one.next()
        await other.next()
        await asyncio.to_thread(first.server.kill)
        ends = [await stream.rest() for stream in (one, other)]

    broken, whole = sorted(ends, key=len)
    assert broken[-2].data["errors"][0]["extensions"]["code"] == "MODEL_UNAVAILABLE"
    assert whole[-2:] == [Event("next", {"data": {"infer": {"chunks": 4, "calls": 1, "units": 3}}}), Event("complete")]
    for _ in range(3):
        async with subscribed(watched.client.http, TICKS, inputs=ticks(1)) as later:
            assert (await later.rest())[-1] == Event("complete")
    # All five, as the broken one had sent a chunk.
    assert await used(watched.client) - before == 5 * 3


async def test_calls_in_flight_at_the_killed_one_fail_alone(watched):
    first, _ = watched.pair
    before = await used(watched.client)
    long = [watched.code(CALL, model="slow", milliseconds=[4000]) for _ in range(2)]
    calls = await model_calls.begun(watched.service, *long)

    await asyncio.to_thread(first.server.kill)

    codes = Counter(await asyncio.gather(*calls))
    assert codes == {None: 1, "MODEL_UNAVAILABLE": 1}
    assert await used(watched.client) - before == 1
    assert await call(watched) == "1"
