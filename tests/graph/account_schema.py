"""The part of the schema that concerns accounts, and fixtures that execute it."""

from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, parse
from graphql.execution.values import VariableValues
from strawberry.schema.config import StrawberryConfig

from graph import compiled
from graph.accounts import AccountMutations
from graph.api_token_changes import ApiTokenMutations
from graph.api_tokens import ApiTokenQueries
from graph.compiled import CompiledSchema
from graph.context import Context
from graph.execution.plans import Document
from graph.execution.runs import Run
from graph.refusals import HANDLERS
from graph.scalars import SCALARS
from graph.users import UserQueries
from tests.graph.holding import holds
from tests.resolvers.conftest import NOW, caller

Query = strawberry.type(type("Query", (UserQueries, ApiTokenQueries), {}))
Mutation = strawberry.type(type("Mutation", (AccountMutations, ApiTokenMutations), {}))
# These fields reach neither models nor health.
NOTHING: Any = None
SCHEMA = CompiledSchema(
    strawberry.Schema(
        query=Query, mutation=Mutation, config=StrawberryConfig(scalar_map=SCALARS), exception_handlers=HANDLERS
    )._schema
)


async def executed(document, context, /, *, dry_run=False, **variables):
    """The result of the document, as `graph.execution.operations` executes it."""
    plan = Document(SCHEMA, parse(document)).plan(None)
    assert plan is not None
    values = plan.variables.read(variables)
    assert isinstance(values, VariableValues), values
    executor = Run(plan, values, context)
    executor.is_dry_run = dry_run
    result = compiled.execute(plan.shape(values).selection, executor, serially=plan.mutates)
    return result if isinstance(result, ExecutionResult) else await result


@pytest.fixture
def ask(tools):
    async def run(document, /, *, by=None, at=NOW, dry_run=False, **variables):
        context = Context(
            request_id="1",
            caller=by or caller(),
            tools=tools,
            models=NOTHING,
            health=NOTHING,
            at=at,
            **holds(),
        )
        return await executed(document, context, dry_run=dry_run, **variables)

    return run


@pytest.fixture
def answer(ask):
    async def run(document, /, **given):
        result = await ask(document, **given)
        assert result.errors is None, result.errors
        return result.data

    return run


@pytest.fixture
def refused(ask):
    """The codes of an answer's errors."""

    async def run(document, /, **given):
        result = await ask(document, **given)
        assert result.errors
        return [problem.original_error.code for problem in result.errors]

    return run


LOGIN = """mutation ($email: String!, $password: String!) { login(input: {email: $email, password: $password}) {
  __typename ... on LoggedIn { token expiresAt user { email plan { name maxTokenLifetime } sessions { current } } }
  ... on UserError { code } ... on TooManyAttempts { retryAfterSeconds } } }"""
