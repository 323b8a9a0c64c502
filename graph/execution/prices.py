"""What an operation costs apart from its models: pages of rows and points of usage, at any depth.

A page of `first` rows multiplies the price of the fields below each row: `apiTokens(first: 100) { nodes { usage } }`
costs a hundred times `usage`. The price follows from the document and its variables; no data is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.values import VariableValues

from graph import usage
from graph.compiled import Reader, reader
from graph.execution.cost_directive import Cost, directive_of

if TYPE_CHECKING:
    from graph.execution.plans import Fields, Shape

_LONGEST_PAGE = 100
_MOST = 2**31 - 1


def units(shape: Shape, variables: VariableValues, models: int) -> int:
    """Request units of all fields with a `weight` or `pointsPerUnit`.

    `models` is how many models usage may be split by.
    """
    return min(_sum(shape.costly_fields, variables, models, page=1), _MOST)


def find(shape: Shape) -> Sequence[CostlyField]:
    """The fields at the root that cost something, or that have such a field below them in the document."""
    return _find(shape, shape.plan.root_type, shape.root)


@dataclass(frozen=True)
class CostlyField:
    shape: Shape
    field: GraphQLField
    nodes: FieldDetailsList
    read: Reader

    def units(self, variables: VariableValues, models: int, *, page: int) -> int:
        """`page` is how many rows the field may have, if it is a list."""
        try:
            arguments = self.read(variables)
        except GraphQLError:
            return 0  # the field will fail for the same reason, without running
        rows = page if _is_list(self.field.type) else 1
        below = _page(arguments["first"]) if "first" in arguments else 1
        # If the field may have several types, the price of the most expensive one.
        priced = (_sum(fields, variables, models, page=below) for fields in self._below)
        return self._own(arguments, models) + rows * max(priced, default=0)

    def may_cost(self) -> bool:
        try:
            return self._costs_itself or any(self._below)
        except GraphQLError:  # a condition is null, which is found again when the field is priced
            return True

    @cached_property
    def _costs_itself(self) -> bool:
        directive = directive_of(self.field)
        return directive is not None and bool(directive.weight or directive.points_per_unit)

    def _own(self, arguments: Mapping[str, Any], models: int) -> int:
        directive = directive_of(self.field) or Cost()
        weight = directive.weight or 0
        if directive.points_per_unit:
            points = usage.most_points(arguments, models=models)
            return weight + max(1, -(-points // directive.points_per_unit))
        return weight

    @cached_property
    def _below(self) -> Sequence[Sequence[CostlyField]]:
        """For each type that the field may have."""
        shape, schema = self.shape, self.shape.plan.schema
        return [
            _find(shape, kind, shape.subfields(kind, self.nodes))
            for kind in _object_types(schema, get_named_type(self.field.type))
            if kind.name in costly_fields(schema)
        ]


def _sum(fields: Sequence[CostlyField], variables: VariableValues, models: int, *, page: int) -> int:
    return sum(field.units(variables, models, page=page) for field in fields)


def _find(shape: Shape, parent: GraphQLObjectType, fields: Fields) -> Sequence[CostlyField]:
    costly = costly_fields(shape.plan.schema).get(parent.name, frozenset())
    found = [
        CostlyField(shape, field := parent.fields[name], nodes, reader(field, nodes[0].node))
        for nodes in fields.values()
        if (name := nodes[0].node.name.value) in costly
    ]
    return [field for field in found if field.may_cost()]


@lru_cache(maxsize=4)
def costly_fields(schema: GraphQLSchema) -> Mapping[str, frozenset[str]]:
    """For each object type, the fields that cost something or lead to such a field. Most operations have none."""
    kinds = [kind for kind in schema.type_map.values() if isinstance(kind, GraphQLObjectType)]
    found: dict[str, frozenset[str]] = {}
    while True:
        before = dict(found)
        for kind in kinds:
            names = frozenset(name for name, field in kind.fields.items() if _is_costly(schema, field, before))
            if names:
                found[kind.name] = names
        if found == before:
            return found


def _is_costly(schema: GraphQLSchema, field: GraphQLField, known: Mapping[str, frozenset[str]]) -> bool:
    directive = directive_of(field)
    if directive is not None and (directive.weight or directive.points_per_unit):
        return True
    return any(kind.name in known for kind in _object_types(schema, get_named_type(field.type)))


def _object_types(schema: GraphQLSchema, kind: GraphQLNamedType) -> list[GraphQLObjectType]:
    if is_abstract_type(kind):
        return list(schema.get_possible_types(kind))
    return [kind] if isinstance(kind, GraphQLObjectType) else []


def _is_list(kind: GraphQLOutputType) -> bool:
    return isinstance(get_nullable_type(kind), GraphQLList)


def _page(first: int) -> int:
    # A number out of range is refused when the field runs, so it gives no rows.
    return first if 1 <= first <= _LONGEST_PAGE else 1
