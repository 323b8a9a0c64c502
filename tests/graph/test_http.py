"""GraphQL over HTTP: media types, statuses, headers."""

import re

import httpx2
import pytest

from tests.service import Client

pytestmark = pytest.mark.usefixtures("answers_as_before")

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
GOOD = "{ __typename }"


async def post(visitor: Client, body: object, accept: str | None = GRAPHQL, **headers: str) -> httpx2.Response:
    request = visitor.http.build_request("POST", "/graphql", json=body, headers=headers)
    if accept is None:
        del request.headers["Accept"]
    else:
        request.headers["Accept"] = accept
    return await visitor.http.send(request)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"{JSON};q=0.9, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL};q=0.5, {JSON};q=0.6", JSON),
        (f"{GRAPHQL}; charset=utf-8, {JSON};q=0.9", GRAPHQL),
        (f"{JSON};q=0, */*", GRAPHQL),
        (f"*/*;q=0.1, {GRAPHQL};q=0.2", GRAPHQL),
        (f"text/html, {GRAPHQL};Q=0.5", GRAPHQL),
        ("APPLICATION/GRAPHQL-RESPONSE+JSON", GRAPHQL),
    ],
)
async def test_the_answer_comes_in_the_form_the_client_likes_best(visitor, accept: str | None, media_type: str):
    answer = await post(visitor, {"query": GOOD}, accept)

    assert (answer.status_code, answer.json()) == (200, {"data": {"__typename": "Query"}})
    assert answer.headers["Content-Type"] == f"{media_type}; charset=utf-8"


@pytest.mark.parametrize(
    "accept",
    ["text/html", "image/*", f"{JSON};q=0", "*/*;q=0", f"{JSON};q=nan", ";,=", "x"],
)
async def test_a_caller_that_accepts_neither_form_gets_a_refusal_in_json(visitor, accept: str):
    answer = await post(visitor, {"query": GOOD}, accept)

    assert (answer.status_code, answer.headers["Content-Type"]) == (406, f"{JSON}; charset=utf-8")
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
@pytest.mark.parametrize(
    "body",
    [
        {"query": "{"},
        {"query": "{ nothing }"},
        {"query": "query ($a: Int!) { models(first: $a) { totalCount } }", "variables": {"a": "x"}},
        {"query": "query ($a: Int!) { models(first: $a) { totalCount } }"},
        {"query": "query A { __typename } query B { __typename }", "operationName": "C"},
        {"query": "query A { __typename } query B { __typename }"},
        {"query": "query A { __typename } query B { __typename }", "operationName": ""},
        {"query": "fragment F on Query { __typename }"},
        {"query": "subscription { __typename }"},
    ],
    ids=["parse", "validate", "coerce", "variable", "unknown", "no-name", "empty-name", "no-operation", "subscription"],
)
async def test_an_operation_that_cannot_run_is_400_only_in_the_newer_form(visitor, body: dict[str, object], accept):
    answer = await post(visitor, body, accept)

    assert answer.status_code == (400 if accept == GRAPHQL else 200)
    assert set(answer.json()) == {"errors"}
    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {"BAD_REQUEST"}


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": None},
        {"query": ""},
        {"query": " "},
        {"query": 1},
        {"query": [GOOD]},
        {"query": GOOD, "operationName": 1},
        {"query": GOOD, "variables": []},
        {"query": GOOD, "variables": "{}"},
        {"query": GOOD, "extensions": 1},
    ],
    ids=str,
)
async def test_what_is_no_graphql_request_is_400_in_both_forms(visitor, body: object, accept: str):
    answer = await post(visitor, body, accept)

    assert (answer.status_code, set(answer.json())) == (400, {"errors"})
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_a_field_that_fails_leaves_the_status_and_the_others_alone(visitor):
    answer = await visitor.post('{ model(name: "none") { name } service { health } }')

    assert answer.status_code == 200
    assert answer.json()["data"] == {"model": None, "service": {"health": "UP"}}
    assert [(error["path"], error["extensions"]["code"]) for error in answer.json()["errors"]] == [
        (["model"], "MODEL_NOT_FOUND")
    ]


@pytest.mark.parametrize(
    "extra",
    [
        {"operationName": None, "variables": None, "extensions": None},
        {"operationName": ""},
        {"operationName": "A"},
        {"id": 1, "doc_id": "x", "": {}},
        {"extensions": {"persistedQuery": None, "clientLibrary": {"name": "x"}}},
        {"variables": {"unused": [1]}},
    ],
    ids=str,
)
async def test_null_and_unknown_members_are_allowed(visitor, extra: dict[str, object]):
    answer = await post(visitor, {"query": "query A { __typename }", **extra})

    assert (answer.status_code, answer.json()) == (200, {"data": {"__typename": "Query"}})


async def test_the_operation_named_is_the_one_that_runs(visitor):
    query = "query A { a: __typename } query B { b: __typename }"

    answer = await post(visitor, {"query": query, "operationName": "B"})

    assert answer.json() == {"data": {"b": "Query"}}


@pytest.mark.parametrize("query", [GOOD, "{"])
async def test_every_answer_names_its_request_and_is_not_cached(visitor, query: str):
    first, second = await post(visitor, {"query": query}), await post(visitor, {"query": query})

    assert re.fullmatch("[0-9a-f]{32}", first.headers["X-Request-ID"])
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]
    assert first.headers["Cache-Control"] == "no-store"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert first.headers["Vary"] == "Accept"
    assert "Server" not in first.headers
    ids = {error["extensions"]["requestId"] for error in first.json().get("errors", [])}
    assert ids == ({first.headers["X-Request-ID"]} if query == "{" else set())


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "application/json5",
        "json",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "multipart/mixed; boundary=b",
        "multipart/form-data; boundary=b; charset=unicode_escape",
        "multipart/form-data; boundary=b; charset=a%00b",
    ],
)
async def test_a_body_of_another_kind_is_refused(visitor, content_type: str):
    headers = {"Content-Type": content_type, "GraphQL-Require-Preflight": "1"}
    answer = await visitor.http.post("/graphql", content=b'{"query":"{ __typename }"}', headers=headers)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (415, "BAD_REQUEST")


@pytest.mark.parametrize(
    "content_type",
    ["application/json;charset=utf-8", 'application/json; charset="UTF-8"', "APPLICATION/JSON ; a=b; charset=utf8"],
)
async def test_utf8_may_be_said(visitor, content_type: str):
    answer = await post(visitor, {"query": GOOD}, **{"Content-Type": content_type})

    assert answer.json() == {"data": {"__typename": "Query"}}
