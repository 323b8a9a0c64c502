"""Compiled execution has the results of graphql-core: data, errors, and the order of both."""

import gc

import pytest
from graphql import parse, validate

from graph.compiled import CompiledSchema
from graph.execution.plans import Document
from graph.execution.slices import SlicedExecutor
from tests.graph.compiled import strawberry_toy, toy
from tests.graph.compiled.documents import document
from tests.graph.compiled.outcomes import UsedUp, expected, found

_EACH = 60


@pytest.fixture
def collected():
    yield
    gc.collect()  # while the warnings below are ignored


def valid(schema, seeds, **options):
    """Documents from these seeds, as `(seed, written, node)`."""
    for seed in seeds:
        written = document(schema, seed, **options)
        node = parse(written.text)
        if not validate(schema, node):
            yield seed, written, node


# graphql-core drops resolvers whose siblings failed before they began, and so do we.
@pytest.mark.usefixtures("collected")
@pytest.mark.filterwarnings(
    "ignore:coroutine .* was never awaited",
    "ignore:Exception ignored in. <coroutine object:pytest.PytestUnraisableExceptionWarning",
)
@pytest.mark.parametrize("first", range(0, 8 * _EACH, _EACH))
async def test_results_are_those_of_graphql_core(first):
    """Documents with one of these seeds; the message of a failure shows it."""
    for seed, written, node in valid(toy.SCHEMA, range(first, first + _EACH)):
        planned = Document(CompiledSchema(toy.SCHEMA), node)
        for context in (seed, seed + 1):  # the second time with what was kept
            wanted = await expected(toy.SCHEMA, node, written.variables, context)
            assert await found(planned, written.variables, context) == wanted, (seed, written)
        # In another order, other errors may be left out below a null.
        late = await found(planned, written.variables, context, UsedUp)
        assert late[0] == wanted[0], (seed, written)


async def test_results_are_those_of_strawberry():
    schema = strawberry_toy.SCHEMA
    for seed, written, node in valid(schema, range(_EACH), scalars=strawberry_toy.VALUES):
        planned = Document(CompiledSchema(schema), node)
        wanted = await expected(schema, node, written.variables, None, SlicedExecutor)
        assert await found(planned, written.variables, None) == wanted, (seed, written)
