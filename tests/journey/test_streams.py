"""Streams as their users have them: admitted once, settled once, and ended with their credential, process or model."""

import asyncio
import signal

import httpx2
import pytest

from tests.events import EVENTS, TICKS, Event, chunks, subscribed, ticks
from tests.journey.client import TEXT, AccountClient, code, create_token, revoke_token, usage
from tests.journey.installation import running
from tests.mails import until
from tests.service import TLS

# A chunk each tenth of a second, for longer than any test waits.
ENDLESS = ticks(100_000, milliseconds=100)
COST = 3


@pytest.fixture(scope="module")
def _own(tmp_path_factory):
    short = {"GATEHOUSE_INFERENCE_TIMEOUT_SECONDS": "1", "GATEHOUSE_STREAM_LONGEST_SECONDS": "40"}
    with running(tmp_path_factory.mktemp("streams"), settings=short) as started:
        yield started


@pytest.fixture
async def installation(_own):
    if not _own.services[0].is_running():
        await asyncio.to_thread(_own.services[0].start)
    return _own


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


def bearer(credential):
    return {"Authorization": f"Bearer {credential}"}


async def cancelled(http, credential):
    """How many streams of the model Triton was told to cancel."""
    async with subscribed(http, TICKS, headers=bearer(credential), inputs=ticks(0, end="asked")) as events:
        first, *_ = await events.rest()
    return chunks([first])[0] // 1000


async def have_been_cancelled(http, credential, count):
    return await cancelled(http, credential) >= count


def last(events):
    """The code of the error that a stream ended with."""
    *_, broken, complete = events
    assert (broken.data["data"], complete) == ({"infer": None}, Event("complete"))
    return broken.data["errors"][0]["extensions"]["code"]


async def has_ended(installation, person):
    return await installation.running(person) == 0


async def counts(session, calls, failed, units):
    async def are_so():
        return (await usage(session)).get("ticking") == (calls, failed, units)

    await until(are_so)


async def test_a_stream_has_one_place_until_its_end_and_is_counted_once(installation, http):
    ada = await installation.person(at_once=1)
    async with AccountClient(installation.urls[1], ada.session) as session:
        async with subscribed(http, TICKS, headers=bearer(ada.session), inputs=ticks(20, milliseconds=50)) as events:
            first = await events.next()
            refused = await session.post(TEXT)
            rest = await events.rest()

        # It was settled before its last event was sent.
        assert code(await session.post(TEXT)) == "OK"
        assert (refused.status_code, code(refused)) == (429, "RATE_LIMITED")
        assert chunks([first, *rest[:-2]]) == list(range(20))
        assert rest[-2].data == {"data": {"infer": {"chunks": 20, "calls": 1, "units": COST}}}
        assert await usage(session) == {"ticking": (1, 0, COST), "text": (1, 0, 1)}


async def test_a_stream_beyond_the_limit_is_refused_with_a_status(installation, http):
    ada = await installation.person(per_minute=COST)
    body = {"query": TICKS, "variables": {"inputs": ticks(1)}}
    headers = {"Accept": EVENTS, **bearer(ada.session)}

    first = await http.post("/graphql", json=body, headers=headers)
    second = await http.post("/graphql", json=body, headers=headers)

    assert (first.status_code, first.headers["content-type"]) == (200, f"{EVENTS}; charset=utf-8")
    assert (second.status_code, code(second)) == (429, "RATE_LIMITED")
    assert int(second.headers["retry-after"]) > 0


async def test_a_revoked_token_ends_its_stream_with_an_event_that_says_why(installation, http, ada, session):
    token = await create_token(session)
    before = await cancelled(http, ada.session)

    async with subscribed(http, TICKS, headers=bearer(token["token"]), inputs=ENDLESS) as events:
        await events.next()
        await revoke_token(session, token)
        *_, broken, complete = await events.rest()

    assert (broken.data["data"], complete) == ({"infer": None}, Event("complete"))
    [problem] = broken.data["errors"]
    assert (problem["extensions"]["code"], problem["message"]) == (
        "UNAUTHENTICATED",
        "The credential ended while this operation was running. Its units stay spent.",
    )
    await until(lambda: have_been_cancelled(http, ada.session, before + 1))
    assert (await usage(session))["ticking"][1] == 1
    assert await has_ended(installation, ada)


async def test_a_client_that_leaves_frees_its_place_and_its_units_stay_spent(installation, http, ada, session):
    async with subscribed(http, TICKS, headers=bearer(ada.session), inputs=ENDLESS) as events:
        await events.next()
        assert await installation.running(ada) == 1

    await until(lambda: has_ended(installation, ada))
    await counts(session, 1, 1, COST)


@pytest.mark.parametrize(("count", "units"), [(0, 0), (1, COST)])
async def test_a_broken_stream_costs_what_it_would_have_cost_once_a_chunk_was_sent(
    http, ada, session, count: int, units: int
):
    async with subscribed(http, TICKS, headers=bearer(ada.session), inputs=ticks(count, end="error")) as events:
        found = await events.rest()

    assert (len(found), last(found)) == (count + 2, "INTERNAL")
    await counts(session, 1, 1, units)


async def test_a_model_whose_process_dies_breaks_its_streams_and_is_loaded_again(installation, http, ada):
    # Triton says nothing to streams whose process is gone. The next call that begins finds it, by whichever process.
    async def answers():
        given = {"inputs": ticks(1), "timeout": "PT3S"}
        async with subscribed(http, TICKS, headers=bearer(ada.session), **given) as events:
            return "errors" not in (await events.next()).data

    async with (
        httpx2.AsyncClient(base_url=installation.urls[1], timeout=60, verify=TLS) as second,
        subscribed(second, TICKS, headers=bearer(ada.session), inputs=ENDLESS) as other,
    ):
        await other.next()
        async with subscribed(http, TICKS, headers=bearer(ada.session), inputs=ticks(1, end="die")) as events:
            await until(answers)
            found, others = await asyncio.gather(events.rest(), other.rest())

    assert (last(found), last(others)) == ("MODEL_UNAVAILABLE", "MODEL_UNAVAILABLE")


async def test_a_stream_keeps_its_place_unless_another_call_has_it(installation, http):
    # As after a minute without Redis, or in a process that was frozen.
    ada, ben = [await installation.person(at_once=1) for _ in range(2)]
    async with AccountClient(installation.urls[1], ben.session) as session:
        async with (
            subscribed(http, TICKS, headers=bearer(ada.session), inputs=ENDLESS) as kept,
            subscribed(http, TICKS, headers=bearer(ben.session), inputs=ENDLESS) as lost,
        ):
            await kept.next()
            await lost.next()
            for person in (ada, ben):
                await installation.end_slots(person)
            assert not await installation.has_slot(ada)
            other = subscribed(http, TICKS, headers=bearer(ben.session), inputs=ENDLESS)
            async with other as taking:
                await taking.next()
                broken = await lost.rest()
                assert chunks([await taking.next()]) == [1]
            await until(lambda: installation.has_slot(ada))
            assert chunks([await kept.next()]) == [1]

        assert last(broken) == "SERVICE_UNAVAILABLE"
        assert broken[-2].data["errors"][0]["message"] == (
            "The service was held up, and other calls took the slot of this stream. Subscribe again."
        )
        await until(lambda: has_ended(installation, ben))
        await counts(session, 2, 2, 2 * COST)


async def test_a_killed_process_leaves_no_place_and_no_units_behind(installation):
    ada = await installation.person(at_once=1)
    service = installation.services[0]
    async with httpx2.AsyncClient(base_url=service.url, timeout=60, verify=TLS) as http:
        async with subscribed(http, TICKS, headers=bearer(ada.session), inputs=ENDLESS) as events:
            await events.next()
            service.kill()
            with pytest.raises(httpx2.TransportError):
                await events.rest()
    assert await installation.running(ada) == 1

    async with AccountClient(installation.urls[1], ada.session) as session:
        assert code(await session.post(TEXT)) == "RATE_LIMITED"
        await installation.end_slots(ada)
        assert code(await session.post(TEXT)) == "OK"
        assert await installation.running(ada) == 1

        await installation.end_leases(ada)

        await until(lambda: has_ended(installation, ada))
        await counts(session, 1, 1, 0)


async def test_a_process_that_drains_lets_a_stream_end_and_ends_a_longer_one_with_a_code(installation, ada, session):
    service = installation.services[0]
    async with httpx2.AsyncClient(base_url=service.url, timeout=60, verify=TLS) as http:
        headers = bearer(ada.session)
        async with (
            subscribed(http, TICKS, headers=headers, inputs=ticks(20, milliseconds=100)) as short,
            subscribed(http, TICKS, headers=headers, inputs=ENDLESS) as long,
        ):
            await short.next()
            await long.next()
            service.ask_to_end(signal.SIGTERM)
            [*_, done, complete], endless = await asyncio.gather(short.rest(), long.rest())

    assert (done.data["data"]["infer"]["chunks"], complete) == (20, Event("complete"))
    assert last(endless) == "SERVICE_UNAVAILABLE"
    assert endless[-2].data["errors"][0]["message"] == (
        "The process that sent this stream is being stopped. Subscribe again: another one answers."
    )
    assert await asyncio.to_thread(service.wait) == 0
    await counts(session, 2, 1, 2 * COST)
    assert "Traceback" not in service.log.read_text()
