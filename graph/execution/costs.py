"""What an operation costs, added up from its `@cost` fields before anything runs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from graphql import Executor, GraphQLError, GraphQLField, GraphQLObjectType, OperationType, get_named_type
from graphql.execution.collect_fields import FieldDetailsList, collect_fields, collect_subfields
from graphql.execution.values import get_argument_values

from graph.execution.cost_directive import CostWindow, definition_of, directive_of, window_of
from resolvers.models import Quote

# Introspection's own fields have no directive. All but this one cost as much as any other query.
_TYPENAME = "__typename"
_MOST = 2**31 - 1

# The price of a model, by the name that the caller wrote.
Price = Callable[[str], Quote]


@dataclass(frozen=True, slots=True)
class PricedField:
    """One field that runs a model. `path` is its path in the answer.

    `model` is the name in the catalogue, or None if no model has the name that the caller wrote. A `refused` field
    will fail without a call of the model.
    """

    path: tuple[str, ...]
    model: str | None
    units: int
    refused: bool = False


def fields_of(executor: Executor[Any], price: Price) -> list[PricedField]:
    """The fields that run models, after variables, `@skip` and `@include`; each alias counts.

    `price` returns what one call of a model costs now.
    """
    return list(_priced(executor, _root(executor), _root_fields(executor), price, ()))


def total(executor: Executor[Any], priced: list[PricedField], others: int = 0) -> int:
    """Request units of the operation: at least 1, or 0 if all of its fields are free or refused.

    `others` are the units of fields that run no model (prices.py). The minimum includes the first of them. Each field
    of a mutation may have a password hashed, so thirty in one document cost at least 30.
    """
    refused = {field.path for field in priced if field.refused}
    charged = (nodes for key, nodes in _root_fields(executor).items() if (key,) not in refused)
    if all(_is_free(executor, nodes) for nodes in charged):
        return 0
    least = root_count(executor) if executor.operation.operation is OperationType.MUTATION else 1
    return min(max(least, sum(field.units for field in priced)) + max(0, others - 1), _MOST)


def root_count(executor: Executor[Any]) -> int:
    """How many fields the operation has at its root; each alias counts."""
    return len(_root_fields(executor))


def root_names(executor: Executor[Any]) -> set[str]:
    return {_name(nodes) for nodes in _root_fields(executor).values()}


def windows(executor: Executor[Any]) -> set[CostWindow]:
    """Of the fields at the operation's root. Introspection counts as a question about the account."""
    named = (nodes for nodes in _root_fields(executor).values() if _name(nodes) != _TYPENAME)
    return {_window(executor, nodes) for nodes in named}


def is_dry_run(executor: Executor[Any]) -> bool:
    """Whether the operation only asks what it would cost."""
    return any(
        _arguments(executor, _root(executor).fields["rateLimit"], nodes).get("dryRun")
        for nodes in _root_fields(executor).values()
        if _name(nodes) == "rateLimit"
    )


def _is_free(executor: Executor[Any], nodes: FieldDetailsList) -> bool:
    return _name(nodes) == _TYPENAME or _window(executor, nodes).is_free


def _window(executor: Executor[Any], nodes: FieldDetailsList) -> CostWindow:
    return window_of(_root(executor).fields.get(_name(nodes))) or CostWindow.ACCOUNT


def _name(nodes: FieldDetailsList) -> str:
    return nodes[0].node.name.value


def _root(executor: Executor[Any]) -> GraphQLObjectType:
    # Validation has checked that there is one.
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
        field = parent.fields.get(_name(nodes))
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
    definition = definition_of(field)
    directive = directive_of(field)
    if definition is None or directive is None or not directive.from_model:
        return
    try:
        arguments = _arguments(executor, field, nodes)
    except GraphQLError:
        return  # the field will fail for the same reason, without running
    quote = price(definition.metadata.get("model") or arguments["model"])
    items = len(arguments[directive.per_item_of]) if directive.per_item_of else 1
    yield PricedField(path, quote.model, items * quote.units, refused=quote.refused)


def _arguments(executor: Executor[Any], field: GraphQLField, nodes: FieldDetailsList) -> dict[str, Any]:
    return get_argument_values(field, nodes[0].node, executor.variable_values)


def _has_costs(kind: GraphQLObjectType) -> bool:
    # Only one level is checked: the fields that run models are at the root and under `typed`.
    return any((found := directive_of(field)) and found.from_model for field in kind.fields.values())
