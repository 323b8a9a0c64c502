"""Compiled execution: what graphql-core works out for each request, prepared once for each document.

The results are the same, and so are their errors, paths and order. Introspection is left to graphql-core.
"""

from __future__ import annotations

from types import CoroutineType
from typing import TYPE_CHECKING, Any

from graphql import ExecutionResult, GraphQLError

from graph.compiled.arguments import Reader, reader
from graph.compiled.awaitables import is_awaitable
from graph.compiled.fields import Shape
from graph.compiled.schemas import CompiledSchema
from graph.compiled.selections import Selection
from graph.compiled.variables import Variables

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from graph.execution.runs import Run

__all__ = ["CompiledSchema", "Reader", "Selection", "Shape", "Variables", "execute", "reader"]


def execute(
    root: Selection, run: Run, *, serially: bool, source: object = None
) -> ExecutionResult | Awaitable[ExecutionResult]:
    """What `execute_root_selection_set(run.executor)` of graphql-core returns. `root` are the fields of the root, and
    `source` is an event of a subscription.
    """
    try:
        if len(root.fields) == 1:
            only = root.fields[0]
            data = only.execute(run, source, None)
            waits = type(data) is CoroutineType or is_awaitable(data)
            return _awaited(run, data, only.key) if waits else _result(run, {only.key: data})
        data = root.execute_serially(run, None) if serially else root.execute(run, source, None)
    except GraphQLError as error:
        return _failed(run, error)
    return _result(run, data) if type(data) is dict else _awaited(run, data)


async def _awaited(run: Run, data: Awaitable[Any], key: str | None = None) -> ExecutionResult:
    """`data` is that of the field `key`, if it is the only one."""
    try:
        found = await data
        return _result(run, found if key is None else {key: found})
    except GraphQLError as error:
        return _failed(run, error)


def _failed(run: Run, error: GraphQLError) -> ExecutionResult:
    run.collected_errors.add(error, None)
    return _result(run, None)


def _result(run: Run, data: dict[str, Any] | None) -> ExecutionResult:
    return ExecutionResult(data, run.errors)
