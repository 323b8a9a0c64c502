"""GraphQL by GET and HEAD, and other methods and addresses."""

import re

import httpx2
import orjson
import pytest

from graph import graphiql
from tests.mails import until
from tests.service import Client

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
GOOD = "{ __typename }"


async def get(visitor: Client, method: str = "GET", accept: str = GRAPHQL, **parameters: str) -> httpx2.Response:
    return await visitor.http.request(method, "/graphql", params=parameters, headers={"Accept": accept})


async def test_a_query_may_come_by_get(visitor):
    query = "query A($n: String!) { model(name: $n) { name } } mutation B { x }"
    variables = orjson.dumps({"n": "identity"}).decode()

    answer = await get(visitor, query="{ a: __typename }")
    whole = await get(visitor, query=query.partition("mutation")[0], variables=variables, operationName="A")

    assert answer.json() == {"data": {"a": "Query"}}
    assert whole.json() == {"data": {"model": {"name": "identity"}}}


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
@pytest.mark.parametrize("name", ["", "B"])
async def test_a_mutation_may_not_come_by_get(visitor, accept: str, name: str):
    answer = await get(visitor, accept=accept, query="mutation B { x }", operationName=name)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize(
    "query_string",
    [
        "",
        "query=",
        "variables={}",
        "query=%FF",
        "query=%ED%A0%80",
        "query={__typename}&query={__typename}",
        "query={__typename}&variables=[]",
        "query={__typename}&variables=x",
        "query={__typename}&extensions=1",
        "query={__typename}%00",
        "query={__typename}" + "&a=b" * 10,
        'query={__typename}&variables={"a":1,"a":2}',
    ],
)
async def test_a_query_string_that_cannot_be_read_is_refused(visitor, query_string: str):
    answer = await visitor.http.get(f"/graphql?{query_string}", headers={"Accept": GRAPHQL})

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


async def test_head_is_get_without_a_body(visitor):
    answer = await get(visitor, "HEAD", query=GOOD)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Type"] == f"{GRAPHQL}; charset=utf-8"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "QUERY", "PROPFIND"])
@pytest.mark.parametrize("accept", [GRAPHQL, JSON, "text/html, */*;q=0.5"])
async def test_other_methods_are_refused_in_the_form_of_graphql(service, visitor, method: str, accept: str):
    answer = await get(visitor, method, accept=accept, query=GOOD)

    request_id = answer.headers["X-Request-ID"]
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert answer.headers["Content-Type"] == f"{accept if accept == GRAPHQL else JSON}; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json() == {
        "errors": [
            {
                "message": f"GraphQL does not come by {method}. Send it by POST, or a query by GET.",
                "extensions": {"code": "METHOD_NOT_ALLOWED", "requestId": request_id},
            }
        ]
    }
    await until(lambda: f"request_id={request_id}" in service.log.read_text())
    (logged,) = [text for text in service.log.read_text().splitlines() if request_id in text]
    assert "gatehouse.requests: Answered network=127.0.0.0/24 status=405 codes=METHOD_NOT_ALLOWED " in logged


async def test_a_slash_behind_changes_nothing(visitor):
    posted = await visitor.http.post("/graphql/", json={"query": GOOD}, headers={"Accept": GRAPHQL})
    got = await visitor.http.get("/graphql/", params={"query": GOOD}, headers={"Accept": GRAPHQL})
    refused = await visitor.http.put("/graphql/", json={"query": GOOD}, headers={"Accept": GRAPHQL})

    assert [(one.status_code, one.headers.get("Location")) for one in (posted, got, refused)] == [
        (200, None),
        (200, None),
        (405, None),
    ]
    assert posted.json() == got.json() == {"data": {"__typename": "Query"}}
    assert re.fullmatch("[0-9a-f]{32}", posted.headers["X-Request-ID"])


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("path", ["/graphq", "/graphql//", "/GraphQL", "//graphql", "/graphql/x", "/graphql/assets/x"])
async def test_an_unknown_address_is_answered_with_the_right_one(visitor, method: str, path: str):
    # Whole, as the client would take what stands behind two slashes for a host.
    answer = await visitor.http.request(method, f"{visitor.http.base_url}".rstrip("/") + path, json={"query": GOOD})

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, JSON)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json() == {
        "errors": [
            {
                "message": "There is nothing at this address. GraphQL is served at /graphql.",
                "extensions": {"code": "NOT_FOUND"},
            }
        ]
    }


@pytest.mark.parametrize(
    "path", ["/", "/verify-email", "/healthz", "/readyz", "/.well-known/jwks.json", "{assets}/page.js"]
)
@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS"])
async def test_other_addresses_refuse_a_method_in_the_form_of_graphql(visitor, method: str, path: str):
    path = path.format(assets=graphiql.assets().path)

    answer = await visitor.http.request(method, f"{visitor.http.base_url}".rstrip("/") + path)

    assert (answer.status_code, answer.headers["Content-Type"]) == (405, JSON)
    assert (answer.headers["Allow"], answer.headers["Cache-Control"]) == ("GET, HEAD", "no-store")
    assert answer.json() == {
        "errors": [
            {
                "message": "This address does not take this method. "
                "Send GraphQL to /graphql by POST, or a query by GET.",
                "extensions": {"code": "METHOD_NOT_ALLOWED"},
            }
        ]
    }
