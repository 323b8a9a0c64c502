"""The GraphQL schema, built for a list of models."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph import typed, typed_streams
from graph.accounts import AccountMutations
from graph.administration import AdministrationMutations, AdministrationQueries
from graph.api_token_changes import ApiTokenMutations
from graph.api_tokens import ApiTokenQueries
from graph.caught_mails import CaughtMailQueries
from graph.document_reading import DocumentReadingQueries
from graph.inference import InferenceQueries
from graph.job_changes import JobMutations
from graph.jobs import JobQueries, JobSubscriptions
from graph.limits import LimitQueries
from graph.models import ModelQueries
from graph.refusals import HANDLERS
from graph.scalars import SCALARS
from graph.service import ServiceQueries
from graph.streams import InferenceSubscriptions
from graph.text_reading import TextReadingQueries
from graph.usage_exports import UsageExportQueries
from graph.users import UserQueries
from graph.webhook_changes import WebhookMutations
from settings import DOCUMENT_TOKENS

if TYPE_CHECKING:
    from inference.declarations import Declaration

_QUERIES = (
    UserQueries,
    UsageExportQueries,
    ApiTokenQueries,
    LimitQueries,
    ServiceQueries,
    CaughtMailQueries,
    ModelQueries,
    InferenceQueries,
    TextReadingQueries,
    DocumentReadingQueries,
    JobQueries,
    AdministrationQueries,
)

_START_HERE = """\
Accounts, API tokens, limits and machine-learning models behind one GraphQL API.

1. Sign up: call `register` with an email address and a password.
2. Verify the address: call `verifyEmail` with the code from the email.
3. Log in: `login` returns a session token. Send it in the header `Authorization: Bearer TOKEN`.
4. Programs use an API token: `createApiToken` returns it once. Send it in the same header.
5. Call a model: `models` lists them with example calls. `infer` and `typed` run them.
6. Read text: `readText` reads an image, `readDocument` a PDF.
7. Do not wait: a subscription brings each answer of a model at once, and `createJob` runs a model later.
8. Read your limits: `rateLimit` returns the cost of an operation and the units that you have left."""

_WHAT_FOR = (
    "Read data and run models. A field that fails is null and has an entry in `errors`. Other fields are not affected."
)


@strawberry.type(
    name="Mutation",
    description=(
        "Change data. A refusal is returned as a member of the result union: select `... on UserError { code message "
        "}`. A mutation that requires a session is UNAUTHENTICATED without a credential and FORBIDDEN for an API token."
    ),
)
class _Mutation(AccountMutations, ApiTokenMutations, JobMutations, WebhookMutations, AdministrationMutations):
    pass


_SUBSCRIPTIONS = (InferenceSubscriptions, JobSubscriptions)

_WHAT_IT_BRINGS = (
    "Get one result for each event of a stream. Send a subscription by POST with `Accept: text/event-stream`, or over "
    "a WebSocket with the subprotocol `graphql-transport-ws`. If a stream breaks, its last result has an entry in "
    "`errors`, with a code."
)


class _Schema(strawberry.Schema):
    def _warn_for_federation_directives(self) -> None:
        """Nothing: to look for these directives, Strawberry imports all of them, and the schema has none."""


def build(declarations: Sequence["Declaration"], *, tokens: int = DOCUMENT_TOKENS) -> strawberry.Schema:
    """The schema for documents of at most `tokens` tokens. Raises typed.NameClash.

    Without a public model there is no field `typed`, because a GraphQL type must have a field.
    """
    models = typed.models(declarations, tokens=tokens)
    queries, subscriptions = typed.queries(models), typed_streams.subscriptions(models)
    query = strawberry.type(type("Query", _with(_QUERIES, queries), {}), description=_WHAT_FOR)
    subscription = strawberry.type(
        type("Subscription", _with(_SUBSCRIPTIONS, subscriptions), {}), description=_WHAT_IT_BRINGS
    )
    schema = _Schema(
        query=query,
        mutation=_Mutation,
        subscription=subscription,
        exception_handlers=HANDLERS,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    typed.spell(schema._schema)
    # Strawberry takes no description for the schema. GraphiQL shows it first.
    schema._schema.description = _START_HERE
    return schema


def _with(classes: tuple[type, ...], more: type | None) -> tuple[type, ...]:
    return (*classes, more) if more else classes


def sdl(schema: strawberry.Schema) -> str:
    """The schema in GraphQL's schema language, with its description, which Strawberry's printer omits."""
    roots = "  query: Query\n  mutation: Mutation\n  subscription: Subscription\n"
    return f'"""\n{_START_HERE}\n"""\nschema {{\n{roots}}}\n\n{schema.as_str()}'
