"""How compiled fields run: side by side or one after another, and what a cancelled operation leaves."""

import asyncio
import gc
import warnings

import pytest
import strawberry
from graphql import ExecutionResult, execute_root_selection_set, parse
from graphql.execution.values import VariableValues

from graph import compiled
from graph.compiled import CompiledSchema
from graph.execution.plans import Document
from graph.execution.runs import Run
from graph.execution.slices import Slices


class Meeting:
    """Where resolvers wait until `size` of them are there. `log` has what happened."""

    def __init__(self, size):
        self._barrier = asyncio.Barrier(size)
        self.came = asyncio.Semaphore(0)
        self.log: list[str] = []

    async def attend(self, name):
        self.log.append(f"{name} came")
        self.came.release()
        try:
            await self._barrier.wait()
        except asyncio.CancelledError:
            self.log.append(f"{name} was cancelled")
            raise
        self.log.append(f"{name} left")


@strawberry.type
class Inner:
    @strawberry.field
    async def b(self, info: strawberry.Info[Meeting, None]) -> int | None:
        await info.context.attend("b")
        return 2

    @strawberry.field
    async def fails(self, info: strawberry.Info[Meeting, None]) -> int:
        raise ValueError("no")


@strawberry.type
class Query:
    @strawberry.field
    async def a(self, info: strawberry.Info[Meeting, None]) -> int | None:
        await info.context.attend("a")
        return 1

    @strawberry.field
    def inner(self) -> Inner | None:
        return Inner()

    @strawberry.field
    def inners(self) -> list[Inner]:
        return [Inner(), Inner()]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def first(self, info: strawberry.Info[Meeting, None]) -> int:
        info.context.log.append("first began")
        await asyncio.sleep(0)
        info.context.log.append("first ended")
        return 1

    @strawberry.mutation
    def second(self, info: strawberry.Info[Meeting, None]) -> int:
        info.context.log.append("second")
        return 2

    @strawberry.mutation
    async def fails(self) -> int:
        raise ValueError("no")


SCHEMA = CompiledSchema(strawberry.Schema(Query, Mutation)._schema)


@pytest.fixture(params=["compiled", "by graphql-core"])
def execute(request):
    async def executed(document, context):
        plan = Document(SCHEMA, parse(document)).plan(None)
        assert plan is not None
        nothing = VariableValues({}, {})
        run, shape = Run(plan, nothing, context), plan.shape(nothing)
        if request.param == "compiled":
            result = compiled.execute(shape.selection, run, serially=plan.mutates)
        else:
            result = execute_root_selection_set(run.executor)
        return result if isinstance(result, ExecutionResult) else await result

    return executed


@pytest.mark.parametrize(
    ("document", "data"),
    [
        ("{ a inner { b } }", {"a": 1, "inner": {"b": 2}}),
        ("{ inners { b } }", {"inners": [{"b": 2}, {"b": 2}]}),
        ("{ x: a y: a }", {"x": 1, "y": 1}),
    ],
)
async def test_fields_that_wait_run_side_by_side(execute, document, data):
    async with asyncio.timeout(30):
        result = await execute(document, Meeting(2))

    assert result == ExecutionResult(data, None)


async def test_mutations_run_one_after_another(execute):
    meeting = Meeting(1)

    result = await execute("mutation { first second again: first }", meeting)

    assert result.data == {"first": 1, "second": 2, "again": 1}
    assert meeting.log == ["first began", "first ended", "second", "first began", "first ended"]


async def test_a_mutation_that_must_not_be_null_ends_those_after_it(execute):
    meeting = Meeting(1)

    result = await execute("mutation { second fails first }", meeting)

    assert result.data is None
    assert [problem.path for problem in result.errors] == [["fails"]]
    assert meeting.log == ["second"]


async def test_a_cancelled_operation_cancels_its_fields(execute):
    meeting = Meeting(9)
    before = asyncio.all_tasks()
    running = asyncio.create_task(execute("{ a inner { b } inners { b } }", meeting))
    async with asyncio.timeout(30):
        for _ in range(4):
            await meeting.came.acquire()
    others = asyncio.all_tasks() - before - {running}

    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert sorted(meeting.log[4:]) == ["a was cancelled", *["b was cancelled"] * 3]
    assert all(task.done() for task in others)


async def test_a_field_that_must_not_be_null_cancels_those_beside_it(execute):
    meeting = Meeting(9)

    result = await execute("{ inner { b fails } }", meeting)

    assert result.data == {"inner": None}
    assert [(problem.message, problem.path) for problem in result.errors] == [("no", ["inner", "fails"])]
    assert meeting.log == ["b came", "b was cancelled"]


class UsedUp(Slices):
    """Each field waits for its turn, as on a busy machine."""

    def are_used_up(self):
        return True


@pytest.mark.parametrize("turns", range(1, 12))
async def test_what_a_cancelled_operation_was_going_to_await_is_closed(turns):
    plan = Document(SCHEMA, parse("{ a inner { b } inners { b x: b } }")).plan(None)
    assert plan is not None
    nothing = VariableValues({}, {})
    run = Run(plan, nothing, Meeting(99))
    run.slices = UsedUp()
    waiting = compiled.execute(plan.shape(nothing).selection, run, serially=False)
    assert not isinstance(waiting, ExecutionResult)
    running = asyncio.ensure_future(waiting)
    for _ in range(turns):
        await asyncio.sleep(0)

    # Warnings of Python about coroutines that nobody awaited.
    with warnings.catch_warnings(record=True, action="always") as found:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        del running, waiting, run
        gc.collect()

    assert [str(one.message) for one in found] == []
