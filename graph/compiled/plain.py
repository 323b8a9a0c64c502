"""Values that a built-in scalar takes and gives as they are. Nearly all are: others go to graphql-core."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLBoolean,
    GraphQLID,
    GraphQLInputType,
    GraphQLInt,
    GraphQLOutputType,
    GraphQLString,
    get_nullable_type,
)

_BY_TYPE = {GraphQLString.name: str, GraphQLID.name: str, GraphQLBoolean.name: bool}
_BUILT_IN = (GraphQLString, GraphQLID, GraphQLBoolean)


def whole(kind: GraphQLOutputType | GraphQLInputType) -> type[Any] | None:
    """The type in Python of which every value is plain. None where there is no such type."""
    nullable = get_nullable_type(kind)
    return _BY_TYPE[nullable.name] if nullable in _BUILT_IN else None


def one(kind: GraphQLOutputType | GraphQLInputType) -> Callable[[Any], bool] | None:
    """Whether a value of the type is plain. None for a type whose values graphql-core looks at in any case."""
    kind = get_nullable_type(kind)
    if kind is GraphQLInt:
        return lambda value: type(value) is int and GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT
    wanted = whole(kind)
    return None if wanted is None else lambda value: type(value) is wanted


def many(kind: GraphQLOutputType | GraphQLInputType) -> Callable[[list[Any]], bool] | None:
    """The same for a list of values of the type, of which none may be null."""
    kind = get_nullable_type(kind)
    if kind is GraphQLInt:
        return _are_ints
    if kind in _BUILT_IN:
        return partial(_are_all, _BY_TYPE[kind.name])
    return None


# On Python 3.11 these loops are faster than `map`, for lists of any length.
def _are_ints(values: list[Any]) -> bool:
    for value in values:
        if type(value) is not int or not GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT:
            return False
    return True


def _are_all(wanted: type[Any], values: list[Any]) -> bool:
    for value in values:
        if type(value) is not wanted:
            return False
    return True
