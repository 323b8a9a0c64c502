"""How long one operation keeps the event loop: its own time counts, and that of other requests does not."""

import asyncio
import time
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, execute_root_selection_set, parse
from graphql.execution.values import VariableValues

from graph import compiled
from graph.compiled import CompiledSchema
from graph.execution.plans import Document
from graph.execution.runs import Run

# Longer than half of a slice, so that the third piece of work is not in the first slice.
_PIECE = 0.006


def hold():
    time.sleep(_PIECE)


class Iterations:
    """`async with Iterations() as passed:` counts the iterations of the event loop."""

    def __init__(self) -> None:
        self.count: int = 0

    async def __aenter__(self):
        self._loop = asyncio.get_running_loop()
        self._next = self._loop.call_soon(self._step)
        return self

    async def __aexit__(self, *_):
        self._next.cancel()

    def _step(self):
        self.count += 1
        self._next = self._loop.call_soon(self._step)


@strawberry.type
class Row:
    number: int

    @strawberry.field
    def work(self) -> int:
        hold()
        return self.number


def slow_rows():
    for number in range(10):
        hold()
        yield Row(number=number)


@strawberry.type
class Query:
    @strawberry.field
    def work(self, info: strawberry.Info[Iterations, None]) -> int:
        hold()
        return info.context.count

    @strawberry.field
    async def work_before_a_wait(self, info: strawberry.Info[Iterations, None]) -> int:
        began_at = info.context.count
        hold()
        await asyncio.sleep(0)
        return began_at

    @strawberry.field
    def rows(self) -> list[Row]:
        return [Row(number=number) for number in range(10)]

    @strawberry.field
    def slow_rows(self) -> list[Row]:
        rows: Any = slow_rows()  # any iterable is a list for GraphQL
        return rows  # type: ignore[no-any-return]

    @strawberry.field
    def others(self) -> bool:
        """Others hold the loop for longer than a slice before the next iteration of this operation."""
        asyncio.get_running_loop().call_soon(time.sleep, 3 * _PIECE)
        return True

    @strawberry.field
    async def began_at(self, info: strawberry.Info[Iterations, None]) -> int:
        return info.context.count


SCHEMA = CompiledSchema(strawberry.Schema(Query)._schema)


@pytest.fixture(params=["compiled", "by graphql-core"])
def run(request):
    """Executes a document, and returns its data."""

    async def executed(document):
        async with Iterations() as passed:
            result = started(document, passed, by_compiled=request.param == "compiled")
            result = result if isinstance(result, ExecutionResult) else await result
        assert result.errors is None
        return result.data

    return executed


def started(document, passed, *, by_compiled):
    plan = Document(SCHEMA, parse(document)).plan(None)
    assert plan is not None
    nothing = VariableValues({}, {})
    run, selection = Run(plan, nothing, passed), plan.shape(nothing).selection
    time.sleep(2 * _PIECE)  # others hold the loop before the first field runs
    if by_compiled:
        return compiled.execute(selection, run, serially=False)
    return execute_root_selection_set(run.executor)


def named(field):
    return "{ " + " ".join(f"a{number}: {field}" for number in range(10)) + " }"


async def test_each_field_beyond_the_first_slice_has_an_iteration_of_its_own(run):
    began_at = list((await run(named("work"))).values())

    assert len(set(began_at[2:])) == 8
    assert sorted(began_at) == began_at


async def test_resolvers_that_work_before_they_wait_get_turns(run):
    began_at = list((await run(named("workBeforeAWait"))).values())

    assert len(set(began_at)) >= 8


async def test_the_rows_of_a_list_get_turns(run):
    async with Iterations() as passed:
        data = await run("{ rows { work } }")

    assert data == {"rows": [{"work": number} for number in range(10)]}
    assert passed.count >= 8


async def test_rows_without_resolvers_get_turns(run):
    async with Iterations() as passed:
        data = await run("{ slowRows { number } }")

    assert data == {"slowRows": [{"number": number} for number in range(10)]}
    assert passed.count >= 8


async def test_the_time_of_other_requests_does_not_count(run):
    for _ in range(50):
        data = await run("{ others a: beganAt b: beganAt c: beganAt }")
        if data["a"] == data["b"] == data["c"]:
            return
    # A busy machine may take the process off its core for longer than a slice, but not each time.
    raise AssertionError(data)
