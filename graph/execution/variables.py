"""How many values a request's variables hold, counted before they are processed."""

from collections.abc import Callable, Iterable, Sequence
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

# Returns what is left of a number, without a value and the values inside it that GraphQL visits. It stops counting
# below 0. None for a type whose values hold no others.
Count = Callable[[object, int], int] | None
# The name of each variable of an operation, and how the values of its type are counted.
Declared = Sequence[tuple[str, Count]]


def declared(schema: GraphQLSchema, document: DocumentNode) -> Sequence[Declared]:
    """The variables of each operation of a document."""
    counts: dict[GraphQLInputObjectType, Count] = {}
    return [
        [
            (variable.variable.name.value, _count(kind, counts))
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
        for name, count in operation:
            left = left - 1 if count is None else count(given.get(name), left)
            if left < 0:
                raise errors.QueryTooComplex(f"The variables hold more than {most} values, besides those of tensors.")


def _count(kind: Any, counts: dict[GraphQLInputObjectType, Count]) -> Count:
    """`counts` are those of the inputs that are known already: an input may hold inputs of its own type."""
    kind = get_nullable_type(kind)
    if isinstance(kind, GraphQLList):
        return _leaves if is_leaf_type(get_nullable_type(kind.of_type)) else _items(_count(kind.of_type, counts))
    if isinstance(kind, GraphQLInputObjectType):
        if kind not in counts:
            members: dict[str, Count] = {}
            counts[kind] = _members(members)
            members |= {name: _count(field.type, counts) for name, field in kind.fields.items()}
        return counts[kind]
    return None


def _leaves(value: object, left: int) -> int:
    return left - 1 - len(value) if isinstance(value, list) else left - 1


def _items(count_item: Count) -> Count:
    def count(value: object, left: int) -> int:
        left -= 1
        if isinstance(value, list):
            for item in value:
                if left < 0:
                    break
                left = left - 1 if count_item is None else count_item(item, left)
        return left

    return count


def _members(counts: dict[str, Count]) -> Count:
    def count(value: object, left: int) -> int:
        left -= 1
        if isinstance(value, dict):
            for name, member in value.items():
                if left < 0:
                    break
                count_member = counts.get(name)
                left = left - 1 if count_member is None else count_member(member, left)
        return left

    return count
