"""One operation from its text to its result: prepared, priced, run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from graphql import ExecutionResult, Executor, execute_root_selection_set

from graph import costs, schema
from graph.context import Context
from graph.documents import Documents, InvalidDocument
from graph.requests import GraphQLRequest
from resolvers import models
from resolvers.models import Declaration
from settings import Settings

logger = logging.getLogger(__name__)


class Operations:
    """Runs operations against the schema of the models there are now."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._introspection = ThreadPoolExecutor(1, "introspection")
        self.offer([])

    def offer(self, declarations: Sequence[Declaration]) -> None:
        """From the next operation on, `typed` has these models. Raises typed.NameClash and changes nothing."""
        self._schema = schema.build(declarations)
        self._documents = Documents(self._schema, self._settings)

    async def run(self, request: GraphQLRequest, context: Context) -> ExecutionResult:
        """Raises what refuses the request as a whole: QueryTooComplex, MethodNotAllowed and InvalidDocument."""
        executor = self._prepare(request, context)
        context.cost = costs.of(executor, lambda model: models.price(context.models, context.caller, model))
        context.dry_run = costs.is_dry_run(executor)
        # The place of admission: what the operation costs is known, and nothing has run.
        result = await self._execute(executor)
        # The place of settlement: everything has run, and the answer has not left.
        return result

    def _prepare(self, request: GraphQLRequest, context: Context) -> Executor[Any]:
        document = self._documents.prepare(request.query, may_mutate=request.may_mutate)
        # Strawberry's own executor, for what its resolvers find in `info`; the schema has no public name there.
        executor = self._schema.execution_context_class.build(
            self._schema._schema,
            document,
            context_value=context,
            raw_variable_values=request.variables,
            operation_name=request.operation_name,
        )
        if isinstance(executor, list):
            raise InvalidDocument(executor)
        return executor

    async def _execute(self, executor: Executor[Any]) -> ExecutionResult:
        if costs.is_introspection(executor):
            # Up to a tenth of a second without a pause: in a thread it does not keep all others waiting.
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._introspection, _run_whole, executor)
        result = execute_root_selection_set(executor)
        return await result if not isinstance(result, ExecutionResult) else result


def _run_whole(executor: Executor[Any]) -> ExecutionResult:
    # Introspection has no resolver that waits, so there is nothing to await.
    return cast(ExecutionResult, execute_root_selection_set(executor))
