"""How many values a request's variables hold, counted before they are processed."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLSchema,
    OperationDefinitionNode,
    get_nullable_type,
    type_from_ast,
)

import errors


def check(schema: GraphQLSchema, document: DocumentNode, given: dict[str, Any], *, most: int) -> None:
    """Raises QueryTooComplex if an operation's variables hold more than `most` values.

    A value in a variable takes GraphQL as long as one in the document, and so has the same limit. All elements of a
    tensor count as one value, because GraphQL does not visit them.
    """
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            values = _values(schema, definition, given)
            if any(number > most for number, _ in enumerate(values, start=1)):
                raise errors.QueryTooComplex(f"The variables hold more than {most} values, besides those of tensors.")


def _values(schema: GraphQLSchema, operation: OperationDefinitionNode, given: dict[str, Any]) -> Iterator[object]:
    for variable in operation.variable_definitions or ():
        kind = type_from_ast(schema, variable.type)
        if kind is not None:
            yield from _within(kind, given.get(variable.variable.name.value))


def _within(kind: Any, value: object) -> Iterator[object]:
    """The value, and the values inside it that GraphQL visits."""
    yield value
    kind = get_nullable_type(kind)
    if isinstance(kind, GraphQLList) and isinstance(value, list):
        for item in value:
            yield from _within(kind.of_type, item)
    elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
        for name, member in value.items():
            field = kind.fields.get(name)
            yield from _within(field.type if field else None, member)
