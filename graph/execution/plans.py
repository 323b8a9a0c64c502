"""What is known of a document before its variables are: worked out once, and kept with the document.

Only `@skip` and `@include` change which fields an operation has, and only where their condition is a variable. So each
operation has a `Shape` for each combination of these variables, and most operations have one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import cast

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    VariableNode,
)
from graphql.execution.collect_fields import FieldDetailsList, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues

from graph.execution import costs, prices
from graph.execution.cost_directive import CostWindow, window_of

INTROSPECTION = frozenset({"__schema", "__type"})
# Introspection's own fields have no directive. All but this one cost as much as any other query.
_TYPENAME = "__typename"
_CONDITIONAL = (GraphQLSkipDirective.name, GraphQLIncludeDirective.name)
# A front end uses two or three. A caller could ask for 2^n of them.
_MOST_SHAPES = 8

Fields = dict[str, FieldDetailsList]


class Document:
    """A valid document, with a plan for each of its operations."""

    def __init__(self, schema: GraphQLSchema, node: DocumentNode) -> None:
        self.node = node
        fragments = {found.name.value: found for found in node.definitions if isinstance(found, FragmentDefinitionNode)}
        operations = [found for found in node.definitions if isinstance(found, OperationDefinitionNode)]
        self.plans: Sequence[Plan] = [Plan(schema, operation, fragments) for operation in operations]

    def plan(self, operation_name: str | None) -> Plan | None:
        """None if the document has no such operation, or several and no name was given."""
        if operation_name is None:
            return self.plans[0] if len(self.plans) == 1 else None
        return next((plan for plan in self.plans if plan.name == operation_name), None)


class Plan:
    """One operation of a document."""

    def __init__(
        self, schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
    ) -> None:
        self.schema = schema
        self.operation = operation
        self.name = operation.name.value if operation.name else None
        self.mutates = operation.operation is OperationType.MUTATION
        # Validation has checked that there is one.
        self.root_type = cast(GraphQLObjectType, schema.get_root_type(operation.operation))
        self.fragments = {name: FragmentDetails(fragment) for name, fragment in fragments.items()}
        self._conditions = tuple(dict.fromkeys(_conditions(operation.selection_set.selections, fragments, set())))
        self._shapes: OrderedDict[tuple[object, ...], Shape] = OrderedDict()

    def shape(self, values: VariableValues) -> Shape:
        """Raises GraphQLError if a condition is null at the operation's root."""
        given = tuple(values.coerced.get(name) for name in self._conditions)
        shape = self._shapes.get(given)
        if shape is None:
            # Of the variables, a shape keeps only the conditions: the others are of one request.
            shape = Shape(self, VariableValues({}, dict(zip(self._conditions, given, strict=True))))
            # A null is an error of its request, in the fields below it.
            if None not in given:
                self._keep(given, shape)
        return shape

    def _keep(self, given: tuple[object, ...], shape: Shape) -> None:
        self._shapes[given] = shape
        if len(self._shapes) > _MOST_SHAPES:
            self._shapes.popitem(last=False)


class Shape:
    """The fields of an operation, after `@skip` and `@include`. Aliases count: `root` has each key of the answer."""

    def __init__(self, plan: Plan, conditions: VariableValues) -> None:
        self.plan = plan
        self._conditions = conditions
        self.root: Fields = collect_fields(
            plan.schema, plan.fragments, conditions, plan.root_type, plan.operation
        ).grouped_field_set
        self.names = frozenset(nodes[0].node.name.value for nodes in self.root.values())
        # Sorted, for the log.
        self.sorted_names: Sequence[str] = sorted(self.names)
        self.has_introspection = not INTROSPECTION.isdisjoint(self.names)
        self.model_fields = costs.find(self)
        self.costly_fields = prices.find(self)

    def subfields(self, kind: GraphQLObjectType, nodes: FieldDetailsList) -> Fields:
        """The fields below a field, if its value is of this type. Raises GraphQLError if a condition is null."""
        plan = self.plan
        return collect_subfields(
            plan.schema, plan.fragments, self._conditions, plan.operation, kind, nodes
        ).grouped_field_set

    @cached_property
    def windows(self) -> frozenset[CostWindow]:
        """Of the fields at the root. Introspection counts as a question about the account."""
        return frozenset(self._window(name) for name in self.names if name != _TYPENAME)

    @cached_property
    def charged_keys(self) -> frozenset[str]:
        """The keys of the root fields that cost at least the unit of an operation."""
        return frozenset(
            key
            for key, nodes in self.root.items()
            if (name := nodes[0].node.name.value) != _TYPENAME and not self._window(name).is_free
        )

    def _window(self, name: str) -> CostWindow:
        return window_of(self.plan.root_type.fields.get(name)) or CostWindow.ACCOUNT


def _conditions(
    selections: Iterable[SelectionNode], fragments: dict[str, FragmentDefinitionNode], seen: set[str]
) -> Iterator[str]:
    """The variables that are conditions of `@skip` and `@include`."""
    for selection in selections:
        for directive in selection.directives or ():
            if directive.name.value in _CONDITIONAL:
                values = (argument.value for argument in directive.arguments or ())
                yield from (value.name.value for value in values if isinstance(value, VariableNode))
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in seen and name in fragments:
                seen.add(name)
                yield from _conditions(fragments[name].selection_set.selections, fragments, seen)
        elif below := getattr(selection, "selection_set", None):
            yield from _conditions(below.selections, fragments, seen)
