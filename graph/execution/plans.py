"""What is known of a document before its variables are: worked out once, and kept with the document.

Only `@skip` and `@include` change which fields an operation has, and only where their condition is a variable. So each
operation has a `Shape` for each combination of these variables, and most operations have one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, cast

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSkipDirective,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    VariableNode,
)
from graphql.execution.collect_fields import FieldDetailsList, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues
from graphql.type.directives import GraphQLDisableErrorPropagationDirective

from graph.compiled import CompiledSchema, Selection, Variables
from graph.execution import costs, prices, variables
from graph.execution.cost_directive import CostWindow, runs_dry, window_of

if TYPE_CHECKING:
    from graph.execution.sources import Source
    from limits.charges import Charge

INTROSPECTION = frozenset({"__schema", "__type"})
# Introspection's own fields have no directive. All but this one cost as much as any other query.
_TYPENAME = "__typename"
_CONDITIONAL = (GraphQLSkipDirective.name, GraphQLIncludeDirective.name)
# Of one document. A front end uses two or three; a caller could ask for 2^n of them.
_MOST_SHAPES = 16
_LEAST_FIELDS = 20

Fields = dict[str, FieldDetailsList]


class Document:
    """A valid document, with a plan for each of its operations."""

    def __init__(self, schema: CompiledSchema, node: DocumentNode) -> None:
        self.node = node
        fragments = {found.name.value: found for found in node.definitions if isinstance(found, FragmentDefinitionNode)}
        operations = [found for found in node.definitions if isinstance(found, OperationDefinitionNode)]
        self.declared = variables.declared(schema.schema, node)
        # A prepared field takes as much memory as a token. A fragment that is spread often would have many.
        shapes = _Shapes(most_fields=_LEAST_FIELDS + node.token_count)
        self.plans: Sequence[Plan] = [Plan(schema, operation, fragments, shapes) for operation in operations]

    def plan(self, operation_name: str | None) -> Plan | None:
        """None if the document has no such operation, or several and no name was given."""
        if operation_name is None:
            return self.plans[0] if len(self.plans) == 1 else None
        return next((plan for plan in self.plans if plan.name == operation_name), None)

    def unknown(self, operation_name: str | None) -> list[GraphQLError]:
        """Why `plan` found none."""
        if operation_name is None:
            several = "Must provide operation name if query contains multiple operations."
            return [GraphQLError(several if self.plans else "Must provide an operation.")]
        return [GraphQLError(f"Unknown operation named '{operation_name}'.")]


class Plan:
    """One operation of a document."""

    def __init__(
        self,
        compiled_schema: CompiledSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        shapes: _Shapes,
    ) -> None:
        self.compiled_schema = compiled_schema
        self.schema = schema = compiled_schema.schema
        self.operation = operation
        self.name = operation.name.value if operation.name else None
        self.mutates = operation.operation is OperationType.MUTATION
        self.subscribes = operation.operation is OperationType.SUBSCRIPTION
        # Validation has checked that there is one.
        self.root_type = cast(GraphQLObjectType, schema.get_root_type(operation.operation))
        self.error_propagation = not any(
            found.name.value == GraphQLDisableErrorPropagationDirective.name for found in operation.directives or ()
        )
        self.fragment_definitions = fragments
        self.fragments = {name: FragmentDetails(fragment) for name, fragment in fragments.items()}
        self.variables = Variables(compiled_schema, operation.variable_definitions or ())
        self._conditions = tuple(dict.fromkeys(_conditions(operation.selection_set.selections, fragments, set())))
        self._shapes = shapes

    def shape(self, values: VariableValues) -> Shape:
        """Raises GraphQLError if a condition is null at the operation's root."""
        shapes = self._shapes
        alone = shapes.alone
        if alone is not None and alone.plan is self and not self._conditions and alone.size <= shapes.most_fields:
            return alone
        given = tuple([values.coerced.get(name) for name in self._conditions])
        shape = shapes.find(self, given)
        if shape is None:
            # Of the variables, a shape keeps only the conditions: the others are of one request.
            shape = Shape(self, VariableValues({}, dict(zip(self._conditions, given, strict=True))))
            # A null is an error of its request, in the fields below it.
            if None not in given:
                shapes.keep(self, given, shape)
        return shape


class _Shapes:
    """The shapes of a document, the one that was used longest ago first. `alone` is set while there is only one."""

    def __init__(self, *, most_fields: int) -> None:
        self.most_fields = most_fields
        self.alone: Shape | None = None
        self._kept: OrderedDict[tuple[int, tuple[object, ...]], Shape] = OrderedDict()

    def find(self, plan: Plan, given: tuple[object, ...]) -> Shape | None:
        key = id(plan), given
        shape = self._kept.get(key)
        if shape is not None:
            self._kept.move_to_end(key)
        # Fields are prepared when they first run, so a shape may have grown.
        while sum([kept.size for kept in self._kept.values()]) > self.most_fields:
            self._kept.popitem(last=False)
            self.alone = None
        return shape

    def keep(self, plan: Plan, given: tuple[object, ...], shape: Shape) -> None:
        self._kept[id(plan), given] = shape
        self.alone = shape if len(self._kept) == 1 else None
        if len(self._kept) > _MOST_SHAPES:
            self._kept.popitem(last=False)


class Charged(NamedTuple):
    """What an operation is charged, and the fields that call models. It is the same as long as `by` is: the names of
    its models, the numbers of items, the prices of other fields, the catalogue, and the caller's rights and kind. `by`
    is None if it is worked out each time.
    """

    by: tuple[object, ...] | None
    charge: Charge
    calls: Sequence[costs.PricedField]


class Shape:
    """The fields of an operation, after `@skip` and `@include`. Aliases count: `root` has each key of the answer."""

    def __init__(self, plan: Plan, conditions: VariableValues) -> None:
        self.plan = plan
        self.compiled_schema = plan.compiled_schema
        self._conditions = conditions
        self.size = 0  # in fields
        self.root: Fields = collect_fields(
            plan.schema, plan.fragments, conditions, plan.root_type, plan.operation
        ).grouped_field_set
        self.size += len(self.root)
        self.names = frozenset(nodes[0].node.name.value for nodes in self.root.values())
        # Sorted, for the log.
        self.sorted_names: Sequence[str] = sorted(self.names)
        self.has_introspection = not INTROSPECTION.isdisjoint(self.names)
        self.model_fields = costs.find(self)
        self.dry_runs = costs.find_dry_runs(self)
        self.costly_fields = prices.find(self)
        # Of a subscription, once it was asked for.
        self.source: Source | None = None
        # Of the last request. Nearly all are charged alike.
        self.charged: Charged | None = None

    def subfields(self, kind: GraphQLObjectType, nodes: FieldDetailsList) -> Fields:
        """The fields below a field, if its value is of this type. Raises GraphQLError if a condition is null."""
        plan = self.plan
        fields: Fields = collect_subfields(
            plan.schema, plan.fragments, self._conditions, plan.operation, kind, nodes
        ).grouped_field_set
        self.size += len(fields)
        return fields

    @cached_property
    def selection(self) -> Selection:
        """The root fields, prepared for execution."""
        return Selection(self, self.plan.root_type, self.root)

    def runs_dry(self, field: GraphQLField) -> bool:
        return runs_dry(field)

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
