"""The schema, for the models there are."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph import typed
from graph.accounts import AccountMutations
from graph.api_tokens import ApiTokenMutations, ApiTokenQueries
from graph.inference import InferenceQueries
from graph.limits import LimitQueries
from graph.models import ModelQueries
from graph.refusals import HANDLERS
from graph.scalars import SCALARS
from graph.service import ServiceQueries
from graph.text_reading import TextReadingQueries
from graph.users import UserQueries
from resolvers.models import Declaration

_QUERIES = (
    UserQueries,
    ApiTokenQueries,
    LimitQueries,
    ServiceQueries,
    ModelQueries,
    InferenceQueries,
    TextReadingQueries,
)

_WHAT_FOR = "What can be asked. A field that fails is null, with an error, and leaves the others alone."


@strawberry.type(name="Mutation", description="What can be done. A refusal is a member of the field's union.")
class _Mutation(AccountMutations, ApiTokenMutations):
    pass


def build(declarations: Sequence[Declaration]) -> strawberry.Schema:
    """Raises typed.NameClash. Without a public model there is no field `typed`: GraphQL knows no empty types."""
    models = typed.queries(declarations)
    query = strawberry.type(type("Query", (*_QUERIES, models) if models else _QUERIES, {}), description=_WHAT_FOR)
    schema = strawberry.Schema(
        query=query, mutation=_Mutation, exception_handlers=HANDLERS, config=StrawberryConfig(scalar_map=SCALARS)
    )
    typed.spell(schema._schema)
    return schema
