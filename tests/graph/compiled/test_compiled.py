"""Compiled execution has the results of graphql-core: data, errors, and the order of both."""

import gc
import json

import pytest
from graphql import (
    ExecutionResult,
    Executor,
    GraphQLError,
    execute_root_selection_set,
    parse,
    validate,
)

from graph import compiled
from graph.compiled import CompiledSchema
from graph.execution.plans import Document
from graph.execution.runs import Run
from graph.execution.slices import SlicedExecutor, Slices
from tests.graph.compiled import strawberry_toy, toy
from tests.graph.compiled.documents import document

_EACH = 60


async def result_of(outcome):
    return outcome if isinstance(outcome, ExecutionResult) else await outcome


def shown(result):
    problems = [
        (error.message, error.path or [], error.locations, repr(error.original_error)) for error in result.errors or ()
    ]
    return json.dumps(result.data, default=repr), problems


async def expected(schema, node, variables, context, kind=Executor):
    executor = kind.build(schema, node, context_value=context, raw_variable_values=variables)
    if isinstance(executor, list):
        return [error.message for error in executor]
    return shown(await result_of(execute_root_selection_set(executor)))


class Unused(Slices):
    def are_used_up(self):
        return False


class UsedUp(Slices):
    def are_used_up(self):
        return True


async def found(planned, variables, context, slices=Unused):
    plan = planned.plan(None)
    values = plan.variables.read(variables)
    if isinstance(values, list):
        return [error.message for error in values]
    try:
        shape = plan.shape(values)
    except GraphQLError as error:  # the whole request is refused
        return shown(ExecutionResult(None, [error]))
    run = Run(plan, values, context)
    run.slices = slices()
    return shown(await result_of(compiled.execute(shape.selection, run, serially=plan.mutates)))


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
