"""What an operation costs, added up from its `@cost` fields before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import FieldNode, GraphQLError, GraphQLObjectType, get_named_type
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.values import VariableValues

from graph.compiled import Reader, reader
from graph.execution.cost_directive import definition_of, directive_of
from resolvers.models import Quote

if TYPE_CHECKING:
    from graph.execution.plans import Fields, Shape

_MOST = 2**31 - 1

# The price of a model, by the name that the caller wrote.
Price = Callable[[str], Quote]


class PricedField(NamedTuple):
    """One field that runs a model. `path` is its path in the answer.

    `model` is the name in the catalogue, or None if no model has the name that the caller wrote. A `refused` field
    will fail without a call of the model. `is_hidden`: the model exists and is not public.
    """

    path: tuple[str, ...]
    model: str | None
    units: int
    refused: bool = False
    is_hidden: bool = False


class ModelField(NamedTuple):
    """A field of an operation that runs a model. `model` is its name if the field is the model's own. It costs as many
    calls as the argument `items` has items, or one.
    """

    path: tuple[str, ...]
    node: FieldNode
    read: Reader
    items: str | None
    model: str | None


def find(shape: Shape) -> Sequence[ModelField]:
    """The fields of the operation that run models; each alias counts."""
    return list(_find(shape, shape.plan.root_type, shape.root, ()))


def asked_of_models(shape: Shape, variables: VariableValues, arguments: dict[int, Mapping[str, Any]]) -> list[object]:
    """What the prices of an operation's models follow from: their names, and the numbers of items. `arguments` gets
    those of the fields, by the id of the field's node.
    """
    asked: list[object] = []
    for _, node, read, items, model in shape.model_fields:
        try:
            found = arguments[id(node)] = read(variables)
        except GraphQLError:
            asked.append(None)
            continue
        asked.append(model or found["model"])
        if items is not None:
            asked.append(len(found[items]))
    return asked


def fields_of(shape: Shape, variables: VariableValues, price: Price) -> list[PricedField]:
    """The fields that run models, with their prices. `price` returns what one call of a model costs now."""
    priced = []
    for path, _, read, items, model in shape.model_fields:
        try:
            arguments = read(variables)
        except GraphQLError:
            continue  # the field will fail for the same reason, without running
        name, units, refused, is_hidden = price(model or arguments["model"])
        number = 1 if items is None else len(arguments[items])
        priced.append(PricedField(path, name, number * units, refused, is_hidden))
    return priced


def total(shape: Shape, priced: list[PricedField], others: int = 0) -> int:
    """Request units of the operation: at least 1, or 0 if all of its fields are free or refused.

    `others` are the units of fields that run no model (prices.py). The minimum includes the first of them. Each field
    of a mutation may have a password hashed, so thirty in one document cost at least 30.
    """
    refused, units = set(), 0
    for field in priced:
        units += field.units
        if field.refused and len(field.path) == 1:
            refused.add(field.path[0])
    if shape.charged_keys <= refused:
        return 0
    least = len(shape.root) if shape.plan.mutates else 1
    return min(max(least, units) + max(0, others - 1), _MOST)


def find_dry_runs(shape: Shape) -> Sequence[Reader]:
    """The arguments of each `rateLimit`."""
    field = shape.plan.root_type.fields.get("rateLimit")
    named = (nodes for nodes in shape.root.values() if _name(nodes) == "rateLimit")
    return [reader(field, nodes[0].node) for nodes in named if field is not None]


def is_dry_run(shape: Shape, variables: VariableValues) -> bool:
    """Whether the operation only asks what it would cost."""
    for read in shape.dry_runs:
        if read(variables).get("dryRun"):
            return True
    return False


def _name(nodes: FieldDetailsList) -> str:
    return nodes[0].node.name.value


def _find(shape: Shape, parent: GraphQLObjectType, fields: Fields, path: tuple[str, ...]) -> Iterator[ModelField]:
    for key, nodes in fields.items():
        field = parent.fields.get(_name(nodes))
        if field is None:
            continue
        definition, directive = definition_of(field), directive_of(field)
        if definition is not None and directive is not None and directive.from_model:
            read = reader(field, nodes[0].node)
            items = directive.per_item_of or None
            yield ModelField((*path, key), nodes[0].node, read, items, definition.metadata.get("model"))
        below = get_named_type(field.type)
        if isinstance(below, GraphQLObjectType) and _has_costs(below):
            yield from _find(shape, below, shape.subfields(below, nodes), (*path, key))


def _has_costs(kind: GraphQLObjectType) -> bool:
    # Only one level is checked: the fields that run models are at the root and under `typed`.
    return any((found := directive_of(field)) and found.from_model for field in kind.fields.values())
