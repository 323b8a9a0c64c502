"""Introspection by callers who show no credential: answered from a cache, and counted where it is not in it."""

import asyncio
from itertools import count

import httpx2
import pytest
from graphql import get_introspection_query

from tests.journey.client import ACCEPT, code, codes
from tests.mails import until
from tests.service import Service
from tests.transport import Transport

MOST = 20
ALL = get_introspection_query()
SMALL = "{ __schema { queryType { name } } # %d\n}"
_numbers = count()


@pytest.fixture(scope="module")
def proxied(attacked, tmp_path_factory):
    """A third process of the installation, that believes this machine what network a caller is of."""
    environ = attacked.environ | {"GATEHOUSE_TRUSTED_PROXIES": "127.0.0.1"}
    with Service(environ, tmp_path_factory.mktemp("proxied") / "service.log") as started:
        yield started


@pytest.fixture
async def ask(proxied):
    """A question from a network, with a credential or without."""
    async with httpx2.AsyncClient(base_url=proxied.url, timeout=60, transport=Transport(most=400)) as http:

        async def post(query, *, network, session=None, **variables):
            headers = {"Accept": ACCEPT, "X-Forwarded-For": network}
            if session:
                headers["Authorization"] = f"Bearer {session}"
            return await http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

        yield post


def network():
    return "198.{}.{}.1".format(*divmod(next(_numbers) + 51 * 250, 250))


async def test_the_same_question_is_answered_as_often_as_it_is_asked(ask):
    first = await ask(ALL, network=network())
    here = network()

    answers = await asyncio.gather(*(ask(ALL, network=here) for _ in range(3 * MOST)))

    assert codes(answers) == {(200, "OK"): 3 * MOST}
    assert {answer.content for answer in answers} == {first.content}
    names = {kind["name"] for kind in first.json()["data"]["__schema"]["types"]}
    assert {"Query", "Mutation", "User", "TypedModels"} <= names


async def test_other_questions_are_counted_by_network(ask, proxied):
    here = network()

    answers = [await ask(SMALL % number, network=here) for number in range(MOST + 5)]

    assert codes(answers) == {(200, "OK"): MOST, (429, "RATE_LIMITED"): 5}
    error = answers[-1].json()["errors"][0]
    assert error["extensions"]["window"] == "introspection-minute"
    assert 0 < int(answers[-1].headers["Retry-After"]) == error["extensions"]["retryAfterSeconds"] <= 61
    # What was answered already goes on being answered, and so does everything else and everybody else.
    assert code(await ask(SMALL % 0, network=here)) == "OK"
    assert code(await ask(ALL, network=here)) == "OK"
    assert code(await ask("{ service { health } }", network=here)) == "OK"
    assert code(await ask(SMALL % 1000, network=network())) == "OK"
    # A refusal is one line of the log like any other answer: a flood must not fill it with more.
    assert "introspection-minute" not in proxied.log.read_text()


@pytest.mark.parametrize(
    "fields",
    [
        "service { health } __schema { queryType { name } }",
        'a: __type(name: "User") { name } me { id }',
        "__schema { queryType { name } } rateLimit(dryRun: true) { cost }",
    ],
)
async def test_introspection_beside_other_fields_counts_each_time(ask, fields):
    here = network()

    answers = [await ask(f"{{ {fields} }}", network=here) for _ in range(MOST + 1)]

    assert codes(answers) == {(200, "OK"): MOST, (429, "RATE_LIMITED"): 1}


async def test_variables_are_part_of_the_question_as_far_as_they_are_declared(ask):
    query = "query ($name: String!) { __type(name: $name) { name } }"
    here = network()

    named = [(await ask(query, network=here, name=name)).json()["data"] for name in ("User", "Plan", "User")]
    others = [await ask(query, network=here, name="User", other=number) for number in range(2 * MOST)]

    assert named == [{"__type": {"name": name}} for name in ("User", "Plan", "User")]
    assert codes(others) == {(200, "OK"): 2 * MOST}


async def test_a_user_has_a_count_of_their_own(attacked, ask):
    here, ada = network(), await attacked.person()
    for number in range(MOST + 1):
        await ask(SMALL % (2000 + number), network=here)
    assert code(await ask(SMALL % 3000, network=here)) == "RATE_LIMITED"

    answers = [await ask(SMALL % (4000 + number), network=here, session=ada.session) for number in range(MOST + 1)]

    assert codes(answers) == {(200, "OK"): MOST, (429, "RATE_LIMITED"): 1}
    again = await attacked.session_of(ada.id)
    assert code(await ask(SMALL % 5000, network=network(), session=again)) == "RATE_LIMITED"


async def test_a_bystander_is_answered_while_a_network_asks_for_all_there_is(attacked, ask):
    here, bystander = network(), (await attacked.person()).session

    flood = [asyncio.create_task(ask(ALL + f"# {number}", network=here)) for number in range(200)]
    seen = [code(await ask("{ me { id } }", network=network(), session=bystander)) for _ in range(5)]
    answers = await asyncio.gather(*flood)

    assert seen == ["OK"] * 5
    assert codes(answers) == {(200, "OK"): MOST, (429, "RATE_LIMITED"): 200 - MOST}


async def test_a_question_that_many_ask_at_once_is_answered_once(ask):
    query = ALL + "# together"

    answers = await asyncio.gather(*(ask(query, network=network()) for _ in range(100)))

    # Each was counted, as none was kept yet; one was made, or a hundred would take half a minute.
    assert codes(answers) == {(200, "OK"): 100}
    assert len({answer.content for answer in answers}) == 1


async def test_without_redis_what_is_kept_is_still_answered(attacked, ask):
    await ask(ALL, network=network())

    attacked.redis.kill()
    try:
        kept = await ask(ALL, network=network())
        other = await ask(SMALL % 6000, network=network())
    finally:
        await attacked.start_redis()
        await attacked.recovered()

    assert (kept.status_code, code(kept)) == (200, "OK")
    assert (other.status_code, code(other)) == (503, "SERVICE_UNAVAILABLE")

    async def again():
        return code(await ask(SMALL % 6001, network=network())) == "OK"

    await until(again)
