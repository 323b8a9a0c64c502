"""What an operation costs, added up from its `@cost` fields before anything runs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import strawberry
from graphql import Executor, GraphQLError, GraphQLField, GraphQLObjectType, OperationType, get_named_type
from graphql.execution.collect_fields import FieldDetailsList, collect_fields, collect_subfields
from graphql.execution.values import get_argument_values
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from resolvers.models import Quote

# Asking for these alone costs nothing: they tell how the service and the caller's limits stand.
_FREE = frozenset({"rateLimit", "service", "__typename"})
_MOST = 2**31 - 1

# By the name that the caller wrote.
Price = Callable[[str], Quote]


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="cost",
    description=(
        "Request units a field spends from the caller's limits. With `fromModel` it is what the model's catalogue "
        "entry says, times the length of the list argument named by `perItemOf`. Otherwise it is `weight`, and with "
        "`pointsPerUnit` one more for each that many points, begun, which the field's arguments allow. Below a list of "
        "a connection each field counts `first` times. A field without it spends nothing; an operation spends at "
        "least 1, in which the first unit that is not a model's is included, and a mutation at least 1 for each field "
        "at its root. Units beside those of models are spent from the account's limit, where the operation runs no "
        "model and lists none."
    ),
)
class Cost:
    weight: int = strawberry.directive_field(name="weight", default=0)
    from_model: bool = strawberry.directive_field(name="fromModel", default=False)
    per_item_of: str | None = strawberry.directive_field(name="perItemOf", default=strawberry.UNSET)
    points_per_unit: int | None = strawberry.directive_field(name="pointsPerUnit", default=strawberry.UNSET)


@dataclass(frozen=True, slots=True)
class PricedField:
    """One field that runs a model. `path` leads to it in the answer.

    `model` is the name in the catalogue; None where it has no model with the name that the caller wrote.
    """

    path: tuple[str, ...]
    model: str | None
    units: int


def fields_of(executor: Executor[Any], price: Price) -> list[PricedField]:
    """The fields that run models, after variables, `@skip` and `@include`, every alias counted.

    `price` tells what one call of a model costs now.
    """
    return list(_priced(executor, _root(executor), _root_fields(executor), price, ()))


def total(executor: Executor[Any], priced: list[PricedField], others: int = 0) -> int:
    """Request units of the operation: at least 1 for whatever asks for more than the free fields.

    `others` are the units of fields that run no model (weights.py); the first of them is included in the least. Each
    field of a mutation may have a password hashed, so that thirty in one document are at least 30.
    """
    if root_names(executor) <= _FREE:
        return 0
    least = root_fields(executor) if executor.operation.operation is OperationType.MUTATION else 1
    return min(max(least, sum(field.units for field in priced)) + max(0, others - 1), _MOST)


def root_fields(executor: Executor[Any]) -> int:
    """How many fields the operation has at its root, aliases counted."""
    return len(_root_fields(executor))


def root_names(executor: Executor[Any]) -> set[str]:
    return {nodes[0].node.name.value for nodes in _root_fields(executor).values()}


def is_dry_run(executor: Executor[Any]) -> bool:
    """Whether the operation only asks what it would cost."""
    return any(
        _arguments(executor, _root(executor).fields["rateLimit"], nodes).get("dryRun")
        for nodes in _root_fields(executor).values()
        if nodes[0].node.name.value == "rateLimit"
    )


def _root(executor: Executor[Any]) -> GraphQLObjectType:
    # Validation saw to it that there is one.
    return cast(GraphQLObjectType, executor.schema.get_root_type(executor.operation.operation))


def _root_fields(executor: Executor[Any]) -> dict[str, FieldDetailsList]:
    schema, operation = executor.schema, executor.operation
    return collect_fields(
        schema, executor.fragments, executor.variable_values, _root(executor), operation
    ).grouped_field_set


def _priced(
    executor: Executor[Any],
    parent: GraphQLObjectType,
    fields: dict[str, FieldDetailsList],
    price: Price,
    path: tuple[str, ...],
) -> Iterator[PricedField]:
    for key, nodes in fields.items():
        field = parent.fields.get(nodes[0].node.name.value)
        if field is None:
            continue
        yield from _price(executor, field, nodes, price, (*path, key))
        below = get_named_type(field.type)
        if isinstance(below, GraphQLObjectType) and _has_costs(below):
            subfields = collect_subfields(
                executor.schema, executor.fragments, executor.variable_values, executor.operation, below, nodes
            )
            yield from _priced(executor, below, subfields.grouped_field_set, price, (*path, key))


def _price(
    executor: Executor[Any], field: GraphQLField, nodes: FieldDetailsList, price: Price, path: tuple[str, ...]
) -> Iterator[PricedField]:
    definition = _definition(field)
    directive = directive_of(field)
    if definition is None or directive is None or not directive.from_model:
        return
    try:
        arguments = _arguments(executor, field, nodes)
    except GraphQLError:
        return  # the field will fail for the same reason, without running
    quote = price(definition.metadata.get("model") or arguments["model"])
    items = len(arguments[directive.per_item_of]) if directive.per_item_of else 1
    yield PricedField(path, quote.model, items * quote.units)


def _arguments(executor: Executor[Any], field: GraphQLField, nodes: FieldDetailsList) -> dict[str, Any]:
    return get_argument_values(field, nodes[0].node, executor.variable_values)


def _has_costs(kind: GraphQLObjectType) -> bool:
    # Only one level is looked at: the fields with a cost are at the root and under `typed`.
    return any((found := directive_of(field)) and found.from_model for field in kind.fields.values())


def _definition(field: GraphQLField) -> StrawberryField | None:
    return (field.extensions or {}).get("strawberry-definition")


def directive_of(field: GraphQLField) -> Cost | None:
    definition = _definition(field)
    directives = definition.directives if definition is not None else ()
    return next((directive for directive in directives if isinstance(directive, Cost)), None)
