"""One-of inputs: an object has exactly one of its fields, and that one is not null.

Strawberry's own rules raise KeyError for a variable that the operation does not declare, know only the variables of
the operation that was visited last, and advise the caller on how to change this service's code.
"""

from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    NonNullTypeNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    ValidationContext,
    ValidationRule,
    VariableNode,
    get_named_type,
)


def is_one_of(kind: object) -> bool:
    """Whether it is a one-of input. Strawberry does not set graphql-core's own `is_one_of`."""
    if not isinstance(kind, GraphQLInputObjectType):
        return False
    definition = (kind.extensions or {}).get("strawberry-definition")
    return kind.is_one_of or bool(definition and definition.is_one_of)


def wrong(kind: GraphQLInputObjectType, given: dict[str, Any]) -> str | None:
    """What is wrong with an object of this type, in a sentence, or None. In `given`, null is None."""
    known = {name: value for name, value in given.items() if name in kind.fields}
    expected = f"exactly one of {', '.join(kind.fields)} must be given"
    if len(known) != 1:
        return f"{expected}; {len(known) or 'none'} {'was' if len(known) < 2 else 'were'}."
    (name, value), *_ = known.items()
    return f"{expected}; `{name}` is null." if value is None else None


class OneOfRule(ValidationRule):
    """Checks objects that are written in the document, with or without variables."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        # By the id of its node: each variable that is a field of such an object.
        self._members: dict[int, tuple[GraphQLInputObjectType, str]] = {}
        self._operations: list[OperationDefinitionNode] = []

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        self._operations.append(node)

    def enter_object_value(self, node: ObjectValueNode, *_: Any) -> None:
        kind = get_named_type(self.context.get_input_type())
        if not isinstance(kind, GraphQLInputObjectType) or not is_one_of(kind):
            return
        problem = wrong(kind, {field.name.value: _value(field) for field in node.fields})
        if problem:
            self.report_error(GraphQLError(f"{kind.name}: {problem}", node))
        for field in node.fields:
            if isinstance(field.value, VariableNode) and field.name.value in kind.fields:
                self._members[id(field.value)] = kind, field.name.value

    def leave_document(self, *_: Any) -> None:
        # Not earlier: a fragment is visited once, and each operation that spreads it has its own variables.
        for operation in self._operations if self._members else ():
            self._check_variables(operation)

    def _check_variables(self, operation: OperationDefinitionNode) -> None:
        """graphql-core's rule misses these variables where the object itself must not be null."""
        declared = {one.variable.name.value: one for one in operation.variable_definitions or ()}
        for usage in self.context.get_recursive_variable_usages(operation):
            definition = declared.get(usage.node.name.value)
            if (
                definition is None
                or isinstance(definition.type, NonNullTypeNode)
                or id(usage.node) not in self._members
            ):
                continue
            kind, name = self._members[id(usage.node)]
            sentence = (
                f"Variable '${usage.node.name.value}' may be null, and `{name}` of {kind.name} may not. "
                f"Declare the variable as {kind.fields[name].type}!."
            )
            self.report_error(GraphQLError(sentence, [definition, usage.node]))


def _value(field: ObjectFieldNode) -> object:
    return None if isinstance(field.value, NullValueNode) else field.value
