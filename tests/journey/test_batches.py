"""Batches: several operations in one request, admitted as one, each answered in its place."""

import asyncio

import httpx2
import pytest

from tests.journey.accounts import PASSWORD
from tests.journey.client import ACCEPT, TEXT, usage
from tests.mails import until
from tests.transport import Transport

ME = "{ me { id } rateLimit { cost } }"
SLOW = '{ infer(model: "slow", inputs: [{name: "MILLISECONDS", shape: [1], data: {values: [3000]}}]) { version } }'
UNKNOWN = '{ infer(model: "nothing", inputs: []) { version } }'
CREATE = """mutation ($name: String!) { createApiToken(input: {name: $name, expiresIn: "P1D"}) {
  ... on ApiTokenCreated { apiToken { id name } } ... on UserError { code } } }"""
REVOKE = "mutation ($id: ID!) { revokeApiToken(id: $id) { __typename } }"
TOKENS = "{ me { apiTokens { nodes { name } } } }"
LOGIN = """mutation ($email: String!, $password: String!) { login(input: {email: $email, password: $password}) {
  __typename ... on UserError { code } } }"""
OK = {"data": {"infer": {"version": "1"}}}


class Batching:
    def __init__(self, url, credential=None):
        headers = {"Accept": ACCEPT} | ({"Authorization": f"Bearer {credential}"} if credential else {})
        self.http = httpx2.AsyncClient(base_url=url, headers=headers, timeout=60, transport=Transport())

    async def post(self, *items):
        """An item is a document, a document with its variables, or what is sent as it is."""
        body = [{"query": item} if isinstance(item, str) else item for item in items]
        return await self.http.post("/graphql", json=body)


@pytest.fixture
async def batching(installation):
    opened = []

    def make(process, credential=None):
        opened.append(Batching(installation.urls[process], credential))
        return opened[-1]

    yield make
    for client in opened:
        await client.http.aclose()


def codes_of(answer):
    """Of each place: the codes of its errors."""
    return [[error["extensions"]["code"] for error in place.get("errors", [])] for place in answer.json()]


async def test_each_operation_is_answered_in_its_place_with_its_own_errors(installation, batching, client_at):
    ada = await installation.person()

    answer = await batching(0, ada.session).post(
        TEXT, "{ nothing }", ME, 7, {"query": ""}, UNKNOWN, {"query": "query ($a: Int!) { me { id } }"}, [], TEXT
    )

    assert answer.status_code == 200
    assert codes_of(answer) == [
        *([], ["BAD_REQUEST"], [], ["BAD_REQUEST"], ["BAD_REQUEST"]),
        *(["MODEL_NOT_FOUND"], ["BAD_REQUEST"], ["BAD_REQUEST"], []),
    ]
    places = answer.json()
    assert (places[0], places[8]) == (OK, OK)
    assert places[2]["data"]["rateLimit"] == {"cost": 1}
    assert places[5]["data"] == {"infer": None}
    assert [place for place in (1, 3, 4, 6, 7) if "data" in places[place]] == []
    # One unit each: two calls, `me`, and the field without a model.
    assert 'minute";r=996' in answer.headers["RateLimit"]
    assert await usage(client_at(1, ada.session)) == {"text": (2, 0, 2), None: (0, 0, 2)}


async def test_a_batch_is_admitted_as_a_whole_and_takes_one_slot(installation, batching, client_at):
    ada = await installation.person(per_minute=7, at_once=1)
    batch = batching(0, ada.session)

    many = await batch.post(*[TEXT] * 8)
    some = await batch.post(*[TEXT] * 5)
    limited = await batch.post(*[TEXT] * 3)

    # Above what the limit allows at all, then below it, then more than is left.
    assert (many.status_code, codes_of(many)) == (400, [["QUERY_TOO_COMPLEX"]] * 8)
    # Beside it an answer says how its call waited.
    assert (some.status_code, [{"data": one["data"]} for one in some.json()]) == (200, [OK] * 5)
    assert (limited.status_code, codes_of(limited)) == (429, [["RATE_LIMITED"]] * 3)
    assert 1 <= int(limited.headers["Retry-After"]) <= 61
    assert await usage(client_at(1, ada.session)) == {"text": (5, 0, 5)}
    assert await installation.running(ada) == 0


async def test_all_of_a_batch_is_refused_with_a_dead_credential(installation, batching, client_at):
    ada = await installation.person()
    await client_at(1, ada.session).run("mutation { logout { at } }")

    answer = await batching(0, ada.session).post(TEXT, ME)

    assert (answer.status_code, codes_of(answer)) == (401, [["UNAUTHENTICATED"]] * 2)


async def test_a_batch_calls_models_as_often_as_one_operation_may(installation, batching, client_at):
    ada = await installation.person()
    fields = " ".join(f"f{number}: {TEXT.strip('{} ')} }}" for number in range(4))
    four = f"{{ {fields} }}"

    answer = await batching(0, ada.session).post(*[four] * 10)

    assert (answer.status_code, codes_of(answer)) == (400, [["QUERY_TOO_COMPLEX"]] * 10)
    assert await usage(client_at(1, ada.session)) == {}


async def test_mutations_run_in_their_order_and_queries_beside_them_too(installation, batching):
    ada = await installation.person()
    batch = batching(0, ada.session)

    answer = await batch.post(TOKENS, {"query": CREATE, "variables": {"name": "a"}}, TOKENS)

    before, created, after = answer.json()
    assert before["data"]["me"]["apiTokens"]["nodes"] == []
    assert created["data"]["createApiToken"]["apiToken"]["name"] == "a"
    assert after["data"]["me"]["apiTokens"]["nodes"] == [{"name": "a"}]
    revoked = await batch.post(
        {"query": REVOKE, "variables": {"id": created["data"]["createApiToken"]["apiToken"]["id"]}}, TOKENS
    )
    assert revoked.json() == [
        {"data": {"revokeApiToken": {"__typename": "ApiTokenRevoked"}}},
        {"data": {"me": {"apiTokens": {"nodes": []}}}},
    ]


async def test_one_attempt_at_most_and_none_is_counted_where_there_are_more(installation, batching, person):
    address = await person()
    login = {"query": LOGIN, "variables": {"email": address, "password": PASSWORD}}
    visitor = batching(0)

    refused = await visitor.post(*[login] * 10)
    other = await visitor.post(login, {"query": CREATE, "variables": {"name": "a"}})
    one = await visitor.post("{ service { health } }", login)

    assert (refused.status_code, codes_of(refused)) == (400, [["BAD_REQUEST"]] * 10)
    assert (other.status_code, codes_of(other)) == (400, [["BAD_REQUEST"]] * 2)
    assert one.json()[1] == {"data": {"login": {"__typename": "LoggedIn"}}}
    async with installation.database() as database:
        made = await database.fetchval(
            "SELECT count(*) FROM sessions WHERE user_id = (SELECT id FROM users WHERE email = $1)", address
        )
    assert made == 1


@pytest.mark.parametrize("number", [0, 11])
async def test_a_batch_has_one_to_ten_operations(batching, number):
    answer = await batching(0).post(*["{ __typename }"] * number)

    assert answer.status_code == 400
    assert [error["message"] for error in answer.json()["errors"]] == ["A batch is a list of 1 to 10 GraphQL requests."]


async def test_a_batch_comes_as_json_only(batching):
    http = batching(0).http
    form = {"operations": (None, '[{"query": "{ __typename }"}]'), "map": (None, "{}")}

    answer = await http.post("/graphql", files=form, headers={"GraphQL-Require-Preflight": "1"})

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


async def test_a_client_who_leaves_frees_the_slot_and_keeps_the_units(installation, batching, client_at):
    ada = await installation.person()
    asking = asyncio.create_task(batching(0, ada.session).post(SLOW, SLOW))
    await until(lambda: _runs(installation, ada))

    asking.cancel()

    async def is_settled():
        return await usage(client_at(1, ada.session)) == {"slow": (2, 2, 2)}

    await until(is_settled)
    assert await installation.running(ada) == 0


async def _runs(installation, person):
    return await installation.running(person) == 1
