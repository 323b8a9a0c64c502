"""Apollo's protocol of persisted queries, over the wire: a hash alone, and a hash with its query."""

import json
from typing import Any

import pytest

from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.browsers import PREFLIGHT, opened
from tests.graph.persisted import HEALTH, OFF, UNKNOWN, WAYS, extensions, got, hashed, is_kept, posted, refusal
from tests.service import GRAPHQL

pytestmark = pytest.mark.usefixtures("answers_as_before")


@WAYS
@pytest.mark.parametrize("accept", [GRAPHQL, "application/json"])
async def test_a_hash_is_enough_once_its_query_was_admitted(http, send, accept):
    text = f"query {send.__name__}{len(accept)} {{ service {{ health }} }} # Ünïcödé 🎈"
    accepted = {"Accept": accept}

    before = await send(http, accepted, extensions=extensions(text))
    with_query = await send(http, accepted, query=text, extensions=extensions(text))
    alone = await send(http, accepted, extensions=extensions(text))
    without_hash = await send(http, accepted, query=text)

    assert (before.status_code, refusal(before)) == (200, UNKNOWN)
    assert (before.headers["Content-Type"], before.headers["Cache-Control"]) == (f"{accept}; charset=utf-8", "no-store")
    assert [answer.json() for answer in (with_query, alone, without_hash)] == [HEALTH] * 3


@WAYS
async def test_a_hash_that_is_not_the_querys_is_refused_and_nothing_is_kept(http, send):
    text, other = (
        f"query Right{send.__name__} {{ service {{ health }} }}",
        f"query Wrong{send.__name__} {{ __typename }}",
    )

    answer = await send(http, query=text, extensions=extensions(other))

    message, code = refusal(answer)
    assert (answer.status_code, code) == (400, "BAD_REQUEST")
    assert message.startswith("`sha256Hash` in `extensions.persistedQuery` is not the SHA-256 of `query`.")
    assert [await is_kept(http, text), await is_kept(http, other)] == [False, False]


VERSION, HASH, OBJECT = "`version` in", "`sha256Hash` in", "`extensions.persistedQuery` must be an object"
TEXT = "query Malformed { service { health } }"


@WAYS
@pytest.mark.parametrize(
    ("persisted", "begins"),
    [
        ({"version": 2, "sha256Hash": hashed(TEXT)}, VERSION),
        ({"version": "1", "sha256Hash": hashed(TEXT)}, VERSION),
        ({"version": 1.0, "sha256Hash": hashed(TEXT)}, VERSION),
        ({"version": True, "sha256Hash": hashed(TEXT)}, VERSION),
        ({"sha256Hash": hashed(TEXT)}, VERSION),
        ({"version": 1}, HASH),
        ({"version": 1, "sha256Hash": None}, HASH),
        ({"version": 1, "sha256Hash": 1}, HASH),
        ({"version": 1, "sha256Hash": ""}, HASH),
        ({"version": 1, "sha256Hash": hashed(TEXT).upper()}, HASH),
        ({"version": 1, "sha256Hash": hashed(TEXT)[1:]}, HASH),
        ({"version": 1, "sha256Hash": hashed(TEXT) + "\n"}, HASH),
        ({"version": 1, "sha256Hash": "g" * 64}, HASH),
        ({"version": 1, "sha256Hash": "\u0661" * 64}, HASH),
        ({}, VERSION),
        ([], OBJECT),
        ("x", OBJECT),
        (1, OBJECT),
        (False, OBJECT),
    ],
)
@pytest.mark.parametrize("query", [{}, {"query": TEXT}], ids=["alone", "with query"])
async def test_what_is_malformed_is_refused(http, send, persisted, begins, query):
    answer = await send(http, **query, extensions={"persistedQuery": persisted})

    message, code = refusal(answer)
    assert (answer.status_code, code, message[: len(begins)]) == (400, "BAD_REQUEST", begins)
    assert not await is_kept(http, TEXT)


@WAYS
@pytest.mark.parametrize(
    "members", [{"extensions": {"persistedQuery": None}}, {"extensions": {}}, {"extensions": {"a": 1}}]
)
async def test_without_a_hash_a_query_is_needed(http, send, members):
    alone = await send(http, **members)
    with_query = await send(http, query="{ service { health } }", **members)

    message = "`query` must be a string with a GraphQL document in it."
    assert (alone.status_code, refusal(alone)) == (400, (message, "BAD_REQUEST"))
    assert with_query.json() == HEALTH


@pytest.mark.parametrize("query", ["", " ", 1, []])
async def test_a_hash_does_not_stand_for_a_query_that_is_none(http, query):
    answer = await posted(http, query=query, extensions=extensions(""))

    assert (answer.status_code, refusal(answer)[1]) == (400, "BAD_REQUEST")


async def test_other_members_are_ignored_and_null_is_no_query(http):
    text = "query Others { service { health } }"
    more = extensions(text, miss=True) | {"clientLibrary": {"name": "@apollo/client", "version": "4.3.8"}}

    with_query = await posted(http, query=text, extensions=more)
    alone = await posted(http, query=None, extensions=more)

    assert [with_query.json(), alone.json()] == [HEALTH] * 2


@WAYS
async def test_variables_and_the_operations_name_come_with_each_request(http, send):
    text = (
        "query One($name: String!) { model(name: $name) { name } } "
        f"query Two{send.__name__}($b: Boolean!) {{ service {{ health }} __typename @include(if: $b) }}"
    )
    asked: dict[str, Any] = {"extensions": extensions(text), "operationName": "One"}
    await posted(http, query=text, variables={"name": "identity"}, **asked)

    found = await send(http, variables={"name": "identity"}, **asked)
    missing = await send(http, variables={"name": "nobody has it"}, **asked)
    no_variables = await send(http, **asked)
    other = await send(http, extensions=extensions(text), operationName=f"Two{send.__name__}", variables={"b": False})
    none = await send(http, extensions=extensions(text), variables={"name": "identity"})

    assert found.json() == {"data": {"model": {"name": "identity"}}}
    assert missing.json()["errors"][0]["extensions"]["code"] == "MODEL_NOT_FOUND"
    assert refusal(no_variables)[1] == "BAD_REQUEST"  # those of the first request are not kept
    assert other.json() == HEALTH
    assert refusal(none) == ("Must provide operation name if query contains multiple operations.", "BAD_REQUEST")


async def test_a_browser_that_opens_the_address_of_a_hash_gets_the_answer(http):
    text = "query Opened { service { health } }"
    await posted(http, query=text, extensions=extensions(text))
    headers = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    answer = await got(http, headers, extensions=extensions(text))
    page = await http.get("/graphql", headers=headers)

    assert answer.json() == HEALTH
    assert page.headers["Content-Type"].startswith("text/html")


async def test_introspection_and_prices_by_hash(http):
    schema = "query Schema { __schema { queryType { name } } }"
    price = 'query Price { rateLimit(dryRun: true) { cost } model(name: "identity") { name } }'
    for text in (schema, price):
        await posted(http, query=text, extensions=extensions(text))

    answers = [(await posted(http, extensions=extensions(text))).json() for text in (schema, price)]

    assert answers == [
        {"data": {"__schema": {"queryType": {"name": "Query"}}}},
        {"data": {"rateLimit": {"cost": 1}, "model": None}},
    ]


async def test_a_file_comes_with_a_hash(http):
    text = """query File($a: Upload!) { infer(model: "identity", inputs: [
      {name: "IN_INT8", shape: [2], data: {upload: $a}}]) { outputs { values } } }"""
    answers = []
    for query in ({"query": text}, {}):
        operations = json.dumps({**query, "variables": {"a": None}, "extensions": extensions(text)})
        form = {"operations": (None, operations), "map": (None, '{"0":["variables.a"]}'), "0": ("0", b"\x01\xff")}
        answers.append((await http.post("/graphql", files=form, headers=PREFLIGHT)).json())

    assert answers == [{"data": {"infer": {"outputs": [{"values": [1, -1]}]}}}] * 2


@pytest.fixture(scope="module")
def off(new_service):
    with new_service(PERSISTED_QUERIES="false") as started:
        yield started


@WAYS
async def test_where_persisted_queries_are_off_a_hash_is_not_supported(off, send):
    text = f"query Off{send.__name__} {{ service {{ health }} }}"
    async with opened(off) as http:
        first = await send(http, {"Accept": GRAPHQL}, extensions=extensions(text))
        with_query = await send(http, query=text, extensions=extensions(text))
        with_wrong_hash = await send(http, query=text, extensions={"persistedQuery": {"version": 2}})
        again = await send(http, extensions=extensions(text))

    assert [(answer.status_code, refusal(answer)) for answer in (first, again)] == [(200, OFF)] * 2
    assert [with_query.json(), with_wrong_hash.json()] == [HEALTH] * 2
