"""Streams while Redis or Triton are lost, and where all places for streams are taken."""

import asyncio

import grpc
import httpx2
import pytest
from tritonclient.grpc import service_pb2_grpc

from tests.events import TICKS, Event, chunks, subscribed, ticks
from tests.graph.model_control import load, unload
from tests.journey.client import TEXT, AccountClient, code, usage
from tests.journey.installation import running
from tests.mails import until
from tests.service import TLS

ENDLESS = ticks(100_000, milliseconds=100)
COST = 3


@pytest.fixture(scope="module")
def _own(tmp_path_factory):
    settings = {"GATEHOUSE_STREAM_PLACES": "2", "GATEHOUSE_QUEUE_LONGEST_SECONDS": "1"}
    with running(tmp_path_factory.mktemp("outages"), settings=settings) as started:
        yield started


@pytest.fixture
async def installation(_own):
    yield _own
    _own.triton.resume()
    for server in (_own.triton, _own.redis):
        if not server.is_running():
            await asyncio.to_thread(server.start)
    await _own.recovered()


@pytest.fixture
async def ada(installation):
    return await installation.person()


@pytest.fixture
async def session(installation, ada):
    async with AccountClient(installation.urls[1], ada.session) as client:
        yield client


@pytest.fixture
async def http(installation):
    """Of the first process."""
    async with httpx2.AsyncClient(base_url=installation.urls[0], timeout=60, verify=TLS) as client:
        yield client


def streaming(http, ada, inputs):
    return subscribed(http, TICKS, headers={"Authorization": f"Bearer {ada.session}"}, inputs=inputs)


def failure(events):
    """The code of the error that a stream ended with."""
    *_, broken, complete = events
    assert (broken.data["data"], complete) == ({"infer": None}, Event("complete"))
    return broken.data["errors"][0]["extensions"]["code"]


async def is_counted(session, *expected):
    async def is_so():
        return (await usage(session)).get("ticking") == expected

    await until(is_so)


@pytest.mark.parametrize("trouble", ["kill", "pause"])
async def test_a_stream_outlives_redis_and_is_counted_when_redis_is_back(installation, http, ada, session, trouble):
    async with streaming(http, ada, ticks(30, milliseconds=100)) as events:
        first = await events.next()
        await asyncio.to_thread(getattr(installation.redis, trouble))
        assert code(await session.post(TEXT)) == "SERVICE_UNAVAILABLE"
        *more, done, complete = await events.rest()

    assert chunks([first, *more]) == list(range(30))
    assert done.data == {"data": {"infer": {"chunks": 30, "calls": 1, "units": COST}}}
    assert complete == Event("complete")
    if trouble == "kill":
        await installation.start_redis()
    else:
        installation.redis.resume()
    await installation.recovered()
    await until(lambda: has_ended(installation, ada))
    await is_counted(session, 1, 0, COST)


async def has_ended(installation, person):
    return await installation.running(person) == 0


@pytest.mark.parametrize("trouble", ["kill", "pause"])
async def test_a_stream_ends_with_triton(installation, http, ada, session, trouble):
    async with streaming(http, ada, ENDLESS) as events:
        first = await events.next()
        await asyncio.to_thread(getattr(installation.triton, trouble))
        more = await events.rest()

    assert failure(more) == "MODEL_UNAVAILABLE"
    assert chunks([first, *more[:-2]]) == list(range(len(more) - 1))
    await until(lambda: has_ended(installation, ada))
    await is_counted(session, 1, 1, COST)


async def test_one_stream_more_than_a_process_runs_is_busy_and_costs_nothing(installation, http, ada, session):
    async with streaming(http, ada, ENDLESS) as first, streaming(http, ada, ENDLESS) as second:
        await first.next()
        await second.next()
        async with streaming(http, ada, ticks(1)) as third:
            refused = await third.rest()
        # Other calls have places of their own, and so has the other process.
        assert code(await session.post(TEXT)) == "OK"
        async with httpx2.AsyncClient(base_url=installation.urls[1], timeout=60, verify=TLS) as other:
            async with streaming(other, ada, ticks(1)) as events:
                assert chunks([await events.next()]) == [0]
                await events.rest()

    assert (len(refused), failure(refused)) == (2, "MODEL_BUSY")
    await until(lambda: has_ended(installation, ada))
    await is_counted(session, 4, 3, 3 * COST)
    async with streaming(http, ada, ticks(1)) as events:
        assert chunks([await events.next()]) == [0]
        await events.rest()


async def test_a_model_that_is_unloaded_lets_its_streams_end(installation, http, ada):
    async def is_refused():
        async with streaming(http, ada, ticks(1)) as others:
            *_, last, _ = await others.rest()
        return [problem["extensions"]["code"] for problem in last.data.get("errors", ())] == ["MODEL_UNAVAILABLE"]

    async def is_back():
        async with streaming(http, ada, ticks(1)) as others:
            return len(await others.rest()) == 3

    async with grpc.aio.insecure_channel(installation.triton.url) as channel:
        control = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        async with streaming(http, ada, ticks(60, milliseconds=100)) as events:
            first = await events.next()
            unloading = asyncio.create_task(unload(control, "ticking"))
            try:
                await until(is_refused)
                *found, done, complete = await events.rest()
            finally:
                await unloading
                await load(control, "ticking")

    assert chunks([first, *found]) == list(range(60))
    assert (done.data["data"]["infer"]["chunks"], complete) == (60, Event("complete"))
    await until(is_back)
