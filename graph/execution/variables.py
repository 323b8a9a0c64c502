"""How many values a request's variables hold, counted before they are processed."""

from collections.abc import Iterable, Sequence
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLSchema,
    OperationDefinitionNode,
    get_nullable_type,
    is_leaf_type,
    type_from_ast,
)

import errors

# The name of each variable of an operation, and its type.
Declared = Sequence[tuple[str, Any]]


def declared(schema: GraphQLSchema, document: DocumentNode) -> Sequence[Declared]:
    """The variables of each operation of a document."""
    return [
        [
            (variable.variable.name.value, kind)
            for variable in definition.variable_definitions or ()
            if (kind := type_from_ast(schema, variable.type)) is not None
        ]
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]


def check(operations: Iterable[Declared], given: dict[str, Any], *, most: int) -> None:
    """Raises QueryTooComplex if an operation's variables hold more than `most` values.

    A value in a variable takes GraphQL as long as one in the document, and so has the same limit. All elements of a
    tensor count as one value, because GraphQL does not visit them.
    """
    for operation in operations:
        left = most
        for name, kind in operation:
            left = _left(kind, given.get(name), left)
            if left < 0:
                raise errors.QueryTooComplex(f"The variables hold more than {most} values, besides those of tensors.")


def _left(kind: Any, value: object, left: int) -> int:
    """`left` without the value and the values inside it that GraphQL visits. It stops counting below 0."""
    left -= 1
    kind = get_nullable_type(kind)
    if isinstance(kind, GraphQLList) and isinstance(value, list):
        if is_leaf_type(get_nullable_type(kind.of_type)):
            return left - len(value)
        for item in value:
            if left < 0:
                break
            left = _left(kind.of_type, item, left)
    elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
        for name, member in value.items():
            if left < 0:
                break
            field = kind.fields.get(name)
            left = _left(field.type if field else None, member, left)
    return left
