"""What is kept of persisted queries: a share for each caller, and a bound for all."""

from hashlib import sha256

import pytest
from graphql import ExecutionResult, GraphQLError
from prometheus_client import REGISTRY

import errors
from graph.execution.persisted_queries import PersistedQueries
from graph.http.requests import GraphQLRequest
from telemetry import metrics

# With what keeping it takes, 2,048 bytes.
SIZE = 1024


@pytest.fixture(autouse=True)
def _nothing_is_kept_yet() -> None:
    metrics.PERSISTED_QUERY_BYTES.set(0)


def octets() -> float | None:
    """What the metric shows of the queries that were used last."""
    return REGISTRY.get_sample_value("gatehouse_persisted_query_bytes")


def document(number: int) -> str:
    return f"{{ a{number:04} }}".ljust(SIZE)


def asked(text: str, *, alone: bool = False) -> GraphQLRequest:
    digest = sha256(text.encode()).hexdigest()
    return GraphQLRequest("" if alone else text, None, {}, may_mutate=True, digest=digest)


def keep(queries: PersistedQueries, text: str, owner: str, *problems: Exception) -> None:
    result = ExecutionResult({}, [GraphQLError("no", original_error=problem) for problem in problems])
    queries.keep(asked(text), result, owner=owner)


def kept(queries: PersistedQueries, *numbers: int) -> list[int]:
    """Those of the documents that are kept. Asking for one is a use of it, so the order matters."""
    found = []
    for number in numbers:
        try:
            assert queries.complete(asked(document(number), alone=True)).query == document(number)
        except errors.PersistedQueryNotFound:
            continue
        found.append(number)
    return found


def test_beyond_a_callers_share_its_document_that_was_used_longest_ago_goes():
    queries = PersistedQueries(most=100 * 2048, most_of_one=3 * 2048)
    for number in (1, 2, 3):
        keep(queries, document(number), "a")
    keep(queries, document(9), "b")
    assert kept(queries, 1) == [1]

    keep(queries, document(4), "a")

    assert kept(queries, 1, 2, 3, 4, 9) == [1, 3, 4, 9]


def test_beyond_the_bound_of_all_the_caller_with_most_loses():
    queries = PersistedQueries(most=8 * 2048, most_of_one=6 * 2048)
    for number in range(6):
        keep(queries, document(number), "a")
    for number in (10, 11):
        keep(queries, document(number), "b")

    for number in (20, 21):
        keep(queries, document(number), "c")

    assert kept(queries, *range(6), 10, 11, 20, 21) == [2, 3, 4, 5, 10, 11, 20, 21]


def test_among_callers_with_as_much_the_oldest_loses_and_the_bound_is_never_passed():
    queries = PersistedQueries(most=8 * 2048, most_of_one=8 * 2048)
    for number in range(8):
        keep(queries, document(number), "a")

    for number in range(100, 120):
        keep(queries, document(number), f"network {number}")

    assert kept(queries, *range(8), *range(100, 120)) == list(range(112, 120))
    assert list(queries.octets_of.items()) == [(f"network {number}", 2048) for number in range(112, 120)]
    assert octets() == 8 * 2048


def test_a_document_that_two_callers_send_is_kept_once():
    queries = PersistedQueries(most=100 * 2048, most_of_one=100 * 2048)
    keep(queries, document(1), "a")
    keep(queries, document(1), "b")

    assert (queries.octets_of, octets()) == ({"a": 2048}, 2048)


def test_characters_count_as_their_bytes():
    queries = PersistedQueries(most=1000 * 2048, most_of_one=1000 * 2048)
    keep(queries, "{ a } # " + "\N{PARTY POPPER}" * 1000, "a")

    assert octets() == 8 + 4000 + 1024


@pytest.mark.parametrize(
    "text",
    [
        "{ a } #".ljust(64 * 1024 + 1, "x"),
        "{ a } #" + "é" * 32 * 1024,
        'mutation { a(b: "c") }',
        'query { a(b: "c") } mutation { b }',
    ],
    ids=["long", "long in bytes", "secret", "secret beside"],
)
def test_what_is_too_long_or_may_hold_a_secret_is_not_kept(text):
    queries = PersistedQueries()
    keep(queries, text, "a")

    assert (queries.octets_of, octets()) == ({}, 0)
    with pytest.raises(errors.PersistedQueryNotFound):
        queries.complete(asked(text, alone=True))


@pytest.mark.parametrize("problem", [errors.Unauthenticated(), errors.Forbidden("no")])
def test_a_caller_who_was_refused_has_nothing_kept(problem):
    queries = PersistedQueries()
    keep(queries, document(1), "a", errors.BadRequest("first"), problem)

    assert kept(queries, 1) == []


def test_a_field_that_failed_otherwise_keeps_no_document_away():
    queries = PersistedQueries()
    keep(queries, document(1), "a", errors.ModelNotFound("x"))

    assert kept(queries, 1) == [1]


def test_without_a_hash_nothing_is_kept():
    queries = PersistedQueries()
    queries.keep(GraphQLRequest("{ a }", None, {}, may_mutate=True), ExecutionResult({}, None), owner="a")

    assert octets() == 0
