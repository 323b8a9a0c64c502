"""Which of two Tritons gets a call."""

import asyncio
from functools import partial

from tests import model_calls
from tests.events import TICKS, Event, subscribed, ticks
from tests.graph.outages import eventually
from tests.graph.several_tritons.pair import CALL, One, Watched, add, call, in_turn
from tests.graph.spending import used

COSTLY = '{ infer(model: "costly", inputs: [{name: "IN", shape: [1], data: {values: [1]}}]) { version } }'
COST = '{ model(name: "costly") { cost } }'


async def test_calls_one_after_the_other_go_to_each_in_turn(watched):
    # On a busy machine one of them may miss a probe, and then comes last until it answers one.
    await eventually(lambda: watched.executed("slow", lambda: in_turn(watched, 10)), becomes=[5, 5])


async def test_calls_side_by_side_are_spread_evenly(watched):
    async def all_at_once() -> None:
        await asyncio.gather(*(call(watched, milliseconds=300) for _ in range(8)))

    await eventually(lambda: watched.executed("slow", all_at_once), becomes=[4, 4])


async def test_a_call_goes_to_the_one_with_fewer_calls_in_flight(watched):
    async def beside_a_long_call() -> None:
        [long] = await model_calls.begun(watched.service, call(watched, milliseconds=5000))
        await in_turn(watched, 6)
        assert not long.done()
        await long

    assert sorted(await watched.executed("slow", beside_a_long_call)) == [1, 6]


async def test_a_model_with_more_instances_on_one_is_called_on_both_and_has_slots_for_all_of_them(watched):
    async def running() -> float:
        return float(sum([await watched.metric("gatehouse_triton_server_running", one) for one in watched.pair]))

    async def many() -> None:
        # The first says how long a call takes. Then there are slots for four instances, and for 10 ms more.
        await call(watched, model="uneven", milliseconds=1000)
        calls = [asyncio.create_task(call(watched, model="uneven", milliseconds=1000)) for _ in range(8)]
        await eventually(running, becomes=5)
        await asyncio.gather(*calls)

    assert min(await watched.executed("uneven", many)) >= 1


async def test_of_calls_side_by_side_each_gets_as_many_as_it_has_instances(watched):
    async def four() -> None:
        await asyncio.gather(*(call(watched, model="uneven", milliseconds=1000) for _ in range(4)))

    await eventually(lambda: watched.executed("uneven", four), becomes=[1, 3])


async def test_a_model_of_one_is_called_there(watched):
    assert await watched.client.run('{ model(name: "second_only") { ready versions } }') == {
        "model": {"ready": True, "versions": ["1"]}
    }
    assert await in_turn(watched, 4, model="second_only") == ["1"] * 4


async def test_without_a_version_the_newest_of_all_answers(watched):
    assert await watched.client.run('{ model(name: "graded") { version versions } }') == {
        "model": {"version": "2", "versions": ["1", "2"]}
    }
    assert await watched.executed("graded", lambda: in_turn(watched, 4, model="graded")) == [0, 4]
    first = partial(in_turn, watched, 4, model="graded", version="1")
    await eventually(lambda: watched.executed("graded", first), becomes=[2, 2])
    assert await in_turn(watched, 2, model="graded") == ["2", "2"]


async def test_a_model_that_is_unloaded_on_one_is_called_on_the_other_without_a_failure(watched):
    first, second = watched.pair
    before = await second.executed("slow")

    await first.unload("slow")
    # Also before the catalogue was read again.
    answered = await asyncio.gather(*(call(watched) for _ in range(20)))

    assert answered == ["1"] * 20
    assert await second.executed("slow") - before == 20
    await first.load("slow")
    await eventually(lambda: watched.executed("slow", lambda: in_turn(watched, 2)), becomes=[1, 1])


async def test_a_stream_goes_to_the_one_with_fewer_streams(watched):
    async with (
        subscribed(watched.client.http, TICKS, inputs=ticks(3, milliseconds=1000)) as one,
        subscribed(watched.client.http, TICKS, inputs=ticks(3, milliseconds=1000)) as other,
    ):
        await one.next()
        await other.next()
        running = [await watched.metric("gatehouse_triton_server_running", server) for server in watched.pair]
        ends = [(await stream.rest())[-1] for stream in (one, other)]

    assert running == [1, 1]
    assert ends == [Event("complete"), Event("complete")]


async def test_a_model_that_the_second_declares_differently_is_called_at_the_first(watched):
    first, second = watched.pair
    said = (
        f"Model 'costly' of Triton at {second.url} is not called: Triton at {first.url} declares it differently (cost)."
    )
    assert await watched.client.run(COST) == {"model": {"cost": 7}}
    before = await used(watched.client)

    executed = await watched.executed("costly", lambda: costly(watched, 4))

    assert executed == [4, 0]
    assert await used(watched.client) - before == 4 * 7
    assert await watched.metric("gatehouse_triton_server_differing_models", second) == 1
    assert watched.service.log.read_text().count(said) == 1


async def test_the_second_declaration_holds_while_the_first_does_not_have_the_model_ready(watched):
    first, _ = watched.pair

    await first.unload("costly")

    await eventually(watched.client.run, COST, becomes={"model": {"cost": 9}})
    before = await used(watched.client)
    await costly(watched, 2)
    assert await used(watched.client) - before == 2 * 9

    await first.load("costly")

    await eventually(watched.client.run, COST, becomes={"model": {"cost": 7}})


async def test_both_are_called_once_they_declare_it_alike(watched):
    _, second = watched.pair
    add(second.repository, "costly")
    await second.load("costly")
    await eventually(watched.metric, "gatehouse_triton_server_differing_models", second, becomes=0)

    await eventually(lambda: watched.executed("costly", lambda: costly(watched, 4)), becomes=[2, 2])

    add(second.repository, "costly", changes={'"7"': '"9"'})
    await second.load("costly")
    assert watched.service.log.read_text().count(f"Model 'costly' of Triton at {second.url} is called again.") >= 1
    await eventually(watched.metric, "gatehouse_triton_server_differing_models", second, becomes=1)


async def costly(watched: Watched, count: int) -> None:
    for _ in range(count):
        await watched.client.run(COSTLY)


async def test_an_unknown_model_is_not_found_only_where_every_triton_was_read(
    watched, new_service, pair: tuple[One, One]
):
    unknown = CALL.replace("$model: String!, ", "").replace("$model", '"nowhere"')
    assert await watched.code(unknown, milliseconds=[1]) == "MODEL_NOT_FOUND"
    with new_service(TRITON_URL=f"{pair[0].url},127.0.0.1:1") as service:
        beside_one_that_never_answered = Watched(service, pair)
        found = await beside_one_that_never_answered.code(unknown, milliseconds=[1])
        assert await in_turn(beside_one_that_never_answered, 2) == ["1", "1"]
        await beside_one_that_never_answered.client.aclose()
    assert found == "MODEL_UNAVAILABLE"
