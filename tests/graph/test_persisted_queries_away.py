"""Persisted queries with several processes, one that dies, and without Redis."""

import asyncio

import pytest

from local import servers
from tests import together
from tests.graph.browsers import opened
from tests.graph.outages import eventually
from tests.graph.persisted import HEALTH, UNKNOWN, extensions, is_kept, posted, refusal

MODEL = 'query Known { model(name: "identity") { name } }'
NAMED = {"data": {"model": {"name": "identity"}}}


async def test_each_process_keeps_its_own_and_learns_what_it_does_not_know(new_service):
    both = [new_service() for _ in range(2)]
    text = "query Shared { service { health } }"
    with together.running(*both):
        async with opened(both[0]) as one, opened(both[1]) as two:
            await posted(one, query=text, extensions=extensions(text))

            unknown = await posted(two, extensions=extensions(text))
            learnt = await posted(two, query=text, extensions=extensions(text))
            alone = await posted(two, extensions=extensions(text))

            assert (unknown.status_code, refusal(unknown)) == (200, UNKNOWN)
            assert [learnt.json(), alone.json()] == [HEALTH] * 2

            # The other dies: what it kept is gone, and comes back with the next query.
            both[0].kill()
            both[0].start()
        async with opened(both[0]) as one, opened(both[1]) as two:
            assert [await is_kept(one, text), await is_kept(two, text)] == [False, True]
            assert (await posted(one, query=text, extensions=extensions(text))).json() == HEALTH
            assert await is_kept(one, text)


async def test_a_hundred_callers_at_once_with_a_new_document_all_get_their_answer(new_service):
    text = "query Release { service { health } }"

    async def ask(http):
        first = await posted(http, extensions=extensions(text))
        if "errors" not in first.json():
            return first.json()
        assert refusal(first) == UNKNOWN
        return (await posted(http, query=text, extensions=extensions(text))).json()

    with new_service() as service:
        async with opened(service) as http:
            answers = await asyncio.gather(*(ask(http) for _ in range(100)))

    assert answers == [HEALTH] * 100


@pytest.fixture
def own_redis(tmp_path):
    with servers.Redis(tmp_path) as server:
        yield server


@pytest.mark.parametrize("end", [servers.Server.pause, servers.Server.kill])
async def test_without_redis_a_hash_is_answered_at_once_as_its_query_is(new_service, own_redis, end):
    new = 'query New { model(name: "identity") { name } }'
    free = "query Free { service { __typename } }"
    with new_service(REDIS_URL=own_redis.url) as service:
        async with opened(service) as http:
            await eventually(_code, http, becomes=None)
            await eventually(_data, http, becomes=NAMED)
            end(own_redis)
            await eventually(_code, http, becomes="SERVICE_UNAVAILABLE")

            # Each within the client's own 5 s, though Redis never answers.
            known = await posted(http, extensions=extensions(MODEL))
            refused = await posted(http, query=new, extensions=extensions(new))
            unknown = await posted(http, extensions=extensions(new))
            uncounted = await posted(http, query=free, extensions=extensions(free))
            by_hash = await posted(http, extensions=extensions(free))

            assert [(answer.status_code, refusal(answer)[1]) for answer in (known, refused)] == [
                (503, "SERVICE_UNAVAILABLE")
            ] * 2
            assert (unknown.status_code, refusal(unknown)) == (200, UNKNOWN)  # what is refused is not kept
            assert [uncounted.json(), by_hash.json()] == [{"data": {"service": {"__typename": "Service"}}}] * 2
            _bring_back(own_redis)
            await eventually(_data, http, becomes=NAMED)
        assert "Traceback" not in service.log.read_text()


def _bring_back(server: servers.Server) -> None:
    server.resume()
    if not server.is_running():
        server.start()


async def _code(http):
    answer = (await posted(http, query=MODEL, extensions=extensions(MODEL))).json()
    return answer["errors"][0]["extensions"]["code"] if "errors" in answer else None


async def _data(http):
    return (await posted(http, extensions=extensions(MODEL))).json()
