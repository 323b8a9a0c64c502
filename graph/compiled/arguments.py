"""Readers of arguments: what graphql-core's `get_argument_values` returns, prepared for one field of a document."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from enum import Enum
from functools import partial
from typing import Any, NamedTuple

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    VariableNode,
    is_non_null_type,
    is_required_argument,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

Reader = Callable[[VariableValues], dict[str, Any]]

# No resolver can change a value of these, so requests may share one.
IMMUTABLE = (str, int, float, bool, type(None), Enum, date, timedelta)


class _Argument(NamedTuple):
    """`value` is used where the document names no variable, or the request gives it no value; Undefined for none."""

    name: str
    value: object
    variable: str  # empty if the document names none
    required: bool
    non_null: bool


def reader(field: GraphQLField, node: FieldNode) -> Reader:
    """The reader raises GraphQLError as `get_argument_values` does."""
    if not field.args:
        return _nothing
    general: Reader = partial(get_argument_values, field, node)
    nodes = {argument.name.value: argument for argument in node.arguments or ()}
    try:
        prepared = [_prepared(name, argument, nodes.get(name)) for name, argument in field.args.items()]
    except (TypeError, GraphQLError):  # a default of the schema that is wrong: an error of each request
        return general
    if None in prepared:
        return general
    # One that has neither a value nor a variable is never given.
    given = [found for found in prepared if found is not None and (found.variable or found.value is not Undefined)]
    names, variables_of = [found.name for found in given], [found.variable for found in given]

    def read(variables: VariableValues) -> dict[str, Any]:
        found = list(map(variables.coerced.get, variables_of))
        return one_by_one(variables) if None in found else dict(zip(names, found, strict=True))

    def one_by_one(variables: VariableValues) -> dict[str, Any]:
        values: dict[str, Any] = {}
        coerced = variables.coerced
        for name, value, variable, required, non_null in given:
            found = coerced.get(variable, value)
            if (found is None and non_null) or (found is Undefined and required):
                return general(variables)  # raises
            if found is not Undefined:
                values[name] = found
        return values

    # Nearly always each of the variables has a value, and none is null.
    return read if all(variables_of) else one_by_one


def _nothing(_: VariableValues) -> dict[str, Any]:
    return {}


def _prepared(name: str, argument: GraphQLArgument, node: ArgumentNode | None) -> _Argument | None:
    """None if the value must be read anew for each request."""
    key = argument.out_name or name
    required, non_null = is_required_argument(argument), is_non_null_type(argument.type)
    if node is not None and not isinstance(node.value, VariableNode):
        if isinstance(node.value, ListValueNode | ObjectValueNode):
            return None
        value = coerce_input_literal(node.value, argument.type)
        return (
            None
            if value is Undefined or not isinstance(value, IMMUTABLE)
            else _Argument(key, value, "", required, non_null)
        )
    if node is None and required:
        return None
    default = Undefined if required else coerce_default_value(argument)
    variable = node.value.name.value if node is not None and isinstance(node.value, VariableNode) else ""
    return _Argument(key, default, variable, required, non_null)
