"""What an operation costs apart from its models: pages of rows and points of usage, at any depth.

A page of `first` rows multiplies the price of the fields below each row: `apiTokens(first: 100) { nodes { usage } }`
costs a hundred times `usage`. The price follows from the document and its variables; no data is read.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from graphql import (
    Executor,
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
from graphql.execution.collect_fields import FieldDetailsList, collect_fields, collect_subfields
from graphql.execution.values import get_argument_values

from graph import usage
from graph.execution.cost_directive import Cost, directive_of

_LONGEST_PAGE = 100
_MOST = 2**31 - 1

_Fields = dict[str, FieldDetailsList]


def units(executor: Executor[Any], models: int) -> int:
    """Request units of all fields with a `weight` or `pointsPerUnit`, after variables, `@skip` and `@include`.

    `models` is how many models usage may be split by.
    """
    root = cast(GraphQLObjectType, executor.schema.get_root_type(executor.operation.operation))
    fields = collect_fields(
        executor.schema, executor.fragments, executor.variable_values, root, executor.operation
    ).grouped_field_set
    return min(_Walk(executor, models).of(root, fields, 1), _MOST)


class _Walk:
    def __init__(self, executor: Executor[Any], models: int) -> None:
        self._executor = executor
        self._models = models
        self._costly = costly_fields(executor.schema)

    def of(self, parent: GraphQLObjectType, fields: _Fields, page: int) -> int:
        """`page` is how many rows a list field of `parent` may have."""
        costly = self._costly.get(parent.name, frozenset())
        return sum(
            self._field(parent.fields[name], nodes, page)
            for nodes in fields.values()
            if (name := nodes[0].node.name.value) in costly
        )

    def _field(self, field: GraphQLField, nodes: FieldDetailsList, page: int) -> int:
        try:
            arguments = get_argument_values(field, nodes[0].node, self._executor.variable_values)
        except GraphQLError:
            return 0  # the field will fail for the same reason, without running
        rows = page if _is_list(field.type) else 1
        below = _page(arguments["first"]) if "first" in arguments else 1
        return self._own(field, arguments) + rows * self._below(field, nodes, below)

    def _own(self, field: GraphQLField, arguments: Mapping[str, Any]) -> int:
        directive = directive_of(field) or Cost()
        weight = directive.weight or 0
        if directive.points_per_unit:
            points = usage.most_points(arguments, models=self._models)
            return weight + max(1, -(-points // directive.points_per_unit))
        return weight

    def _below(self, field: GraphQLField, nodes: FieldDetailsList, page: int) -> int:
        """If the field may have several types, the price of the most expensive one."""
        executor, schema = self._executor, self._executor.schema
        return max(
            (
                self.of(
                    kind,
                    collect_subfields(
                        schema, executor.fragments, executor.variable_values, executor.operation, kind, nodes
                    ).grouped_field_set,
                    page,
                )
                for kind in _object_types(schema, get_named_type(field.type))
                if kind.name in self._costly
            ),
            default=0,
        )


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
