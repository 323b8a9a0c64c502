"""One operation from its text to its result: prepared, priced, run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql import ExecutionResult, Executor, execute_root_selection_set

from graph import costs, schema, variables
from graph.context import Context
from graph.documents import Documents, InvalidDocument
from graph.execution import SlicedExecutor
from graph.requests import GraphQLRequest
from resolvers import models
from resolvers.models import Declaration
from settings import Settings


class Operations:
    """Runs operations against the schema of the models there are now."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.offer([])

    def offer(self, declarations: Sequence[Declaration]) -> None:
        """From the next operation on, `typed` has these models. Raises typed.NameClash and changes nothing."""
        # One assignment, as this may run in a thread: no operation is prepared for one schema and run on another.
        self._documents = Documents(schema.build(declarations)._schema, self._settings)

    async def run(self, request: GraphQLRequest, context: Context) -> ExecutionResult:
        """Raises what refuses the request as a whole: QueryTooComplex, MethodNotAllowed and InvalidDocument."""
        executor = await self._prepare(request, context)
        context.cost = costs.of(executor, lambda model: models.price(context.models, context.caller, model))
        context.dry_run = costs.is_dry_run(executor)
        # The place of admission: what the operation costs is known, and nothing has run.
        result = execute_root_selection_set(executor)
        # The place of settlement: everything has run, and the answer has not left.
        return result if isinstance(result, ExecutionResult) else await result

    async def _prepare(self, request: GraphQLRequest, context: Context) -> Executor[Any]:
        documents = self._documents
        document = await documents.prepare(
            request.query, operation_name=request.operation_name, may_mutate=request.may_mutate
        )
        variables.check(documents.schema, document, request.variables, most=self._settings.document_tokens)
        executor = SlicedExecutor.build(
            documents.schema,
            document,
            context_value=context,
            raw_variable_values=request.variables,
            operation_name=request.operation_name,
        )
        if isinstance(executor, list):
            raise InvalidDocument(executor)
        return executor
