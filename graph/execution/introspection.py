"""Introspection, answered from a cache: the same query gets the same bytes until the schema changes.

An answer takes up to half a second of processor time, and anonymous callers may ask. So an answer that is not in the
cache is counted for its caller. Callers who ask for an answer that is being made wait for that one.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial

import orjson
from graphql import ExecutionResult, OperationType

from graph.execution.plans import INTROSPECTION, Shape
from graph.http.requests import GraphQLRequest

# The answer to the question of GraphiQL has 0.1 to 1 MB.
_MOST_KEPT = 64
_MOST_BYTES = 16 * 1024**2
_LONGEST_QUESTION = 64 * 1024

Execute = Callable[[], Awaitable[ExecutionResult]]
_Question = tuple[str, str | None, bytes]


class Introspection:
    """Answers of one schema, as JSON."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Question, bytes] = OrderedDict()
        self._bytes = 0
        self._running: dict[_Question, asyncio.Task[ExecutionResult]] = {}

    def question(self, shape: Shape, request: GraphQLRequest) -> _Question | None:
        """The key in the cache. None if the answer holds more than the schema, or is too large a question to keep."""
        operation = shape.plan.operation
        alone = shape.names <= INTROSPECTION | {"__typename"}
        if not alone or operation.operation is not OperationType.QUERY:
            return None
        # Only declared variables: others do not change the answer, and would be a way around the cache.
        declared = {found.variable.name.value for found in operation.variable_definitions or ()}
        variables = {name: value for name, value in request.variables.items() if name in declared}
        asked = (
            request.query,
            request.operation_name,
            orjson.dumps(variables, default=repr, option=orjson.OPT_SORT_KEYS),
        )
        return asked if len(asked[0]) + len(asked[2]) <= _LONGEST_QUESTION else None

    def kept(self, question: _Question) -> ExecutionResult | None:
        found = self._kept.get(question)
        if found is None:
            return None
        self._kept.move_to_end(question)
        return _result(found)

    async def make(self, question: _Question, execute: Execute) -> ExecutionResult:
        """The answer, made for this caller or an earlier one with the same question. It is made even if they leave."""
        task = self._running.get(question)
        if task is None:
            task = self._running[question] = asyncio.create_task(self._make(question, execute))
            task.add_done_callback(partial(self._made, question))
        return await asyncio.shield(task)

    async def _make(self, question: _Question, execute: Execute) -> ExecutionResult:
        result = await execute()
        if result.errors:
            return result
        written = await asyncio.to_thread(orjson.dumps, result.data)
        self._keep(question, written)
        return _result(written)

    def _made(self, question: _Question, task: asyncio.Task[ExecutionResult]) -> None:
        del self._running[question]
        if not task.cancelled():
            task.exception()  # read here, as all callers who waited may have left

    def _keep(self, question: _Question, written: bytes) -> None:
        self._kept[question] = written
        self._bytes += _size(question, written)
        while self._bytes > _MOST_BYTES or len(self._kept) > _MOST_KEPT:
            self._bytes -= _size(*self._kept.popitem(last=False))


def _result(written: bytes) -> ExecutionResult:
    # The endpoint writes a fragment as it is.
    return ExecutionResult(data=orjson.Fragment(written))  # type: ignore[arg-type]


def _size(question: _Question, written: bytes) -> int:
    return 2 * len(question[0]) + len(question[2]) + len(written)
