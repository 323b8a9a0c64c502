"""Errors of an operation's variables, with messages that help its caller.

graphql-core's own messages show values as Python writes them, name no position inside one-of inputs, and repeat the
whole object that is wrong, including a password in it.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    VariableDefinitionNode,
    get_operation_ast,
    is_required_input_field,
    type_from_ast,
)
from starlette.datastructures import UploadFile

from graph.execution import one_of

# More at once are of no use to a reader.
_MOST = 20
_MOST_NAMED = 20
# GraphQL's own scalars, whose errors are written for developers. Ours write their own.
_EXPECTED = {
    "Int": "a whole number from -2147483648 to 2147483647",
    "Float": "a finite number",
    "String": "a string",
    "Boolean": "true or false",
    "ID": "a string or a whole number",
}

_Path = tuple[str | int, ...]
_Problem = tuple[_Path, str]


def found(
    schema: GraphQLSchema, document: DocumentNode, operation_name: str | None, given: dict[str, Any]
) -> list[GraphQLError]:
    """At most 20 errors. Each names the variable, the path in it, what is expected there and what was found.

    Empty if the document has no such operation, or several and no name was given.
    """
    operation = get_operation_ast(document, operation_name)
    problems = (
        GraphQLError(_sentence(definition.variable.name.value, path, what), definition)
        for definition in (operation.variable_definitions if operation else None) or ()
        for path, what in _of_variable(schema, definition, given)
    )
    return list(islice(problems, _MOST))


def _sentence(variable: str, path: _Path, what: str) -> str:
    place = f" at '{'.'.join(map(str, (variable, *path)))}'" if path else ""
    return f"Variable '${variable}'{place}: {what}"


def _of_variable(
    schema: GraphQLSchema, definition: VariableDefinitionNode, given: dict[str, Any]
) -> Iterator[_Problem]:
    kind: Any = type_from_ast(schema, definition.type)
    name = definition.variable.name.value
    if name in given:
        yield from _within(kind, given[name], ())
    elif isinstance(kind, GraphQLNonNull) and definition.default_value is None:
        yield (), f"it is missing, and must be {_value_of(kind)}."


def _within(kind: GraphQLInputType, value: object, path: _Path) -> Iterator[_Problem]:
    if isinstance(kind, GraphQLNonNull):
        if value is None:
            yield path, f"null is not allowed here; expected {_value_of(kind)}."
        else:
            yield from _within(kind.of_type, value, path)
    elif value is None:
        return
    elif isinstance(kind, GraphQLList):
        if isinstance(value, list):
            for number, item in enumerate(value):
                yield from _within(kind.of_type, item, (*path, number))
        else:
            # GraphQL takes one value for a list of one.
            yield from _within(kind.of_type, value, path)
    elif isinstance(kind, GraphQLInputObjectType):
        yield from _within_object(kind, value, path)
    else:
        yield from ((path, what) for what in _of_leaf(kind, value))


def _within_object(kind: GraphQLInputObjectType, value: object, path: _Path) -> Iterator[_Problem]:
    if not isinstance(value, dict):
        yield path, f"expected an object of type {kind.name}, got {_noun(value)}."
        return
    for name in value:
        if name not in kind.fields:
            yield path, f"{kind.name} has no field `{_shortened(name)}`. {_named('It has', kind.fields)}"
    if one_of.is_one_of(kind):
        what = one_of.wrong(kind, value)
        if what:
            yield path, what
            return
    for name, field in kind.fields.items():
        if name in value:
            yield from _within(field.type, value[name], (*path, name))
        elif is_required_input_field(field):
            yield path, f"the field `{name}` is missing; {kind.name} needs it."


def _of_leaf(kind: GraphQLScalarType | GraphQLEnumType, value: object) -> Iterator[str]:
    coerce: Callable[..., object] = kind.coerce_input_value
    try:
        coerce(value)
    except GraphQLError as error:
        if isinstance(kind, GraphQLEnumType):
            yield _named(f"expected {kind.name}:", kind.values, last=" or ")
        elif kind.name in _EXPECTED:
            is_out_of_range = type(value) in (int, float) and kind.name in ("Int", "Float")
            got = "another number" if is_out_of_range else _noun(value)
            yield f"expected {_EXPECTED[kind.name]}, got {got}."
        else:
            yield error.message


def _named(begin: str, names: Any, *, last: str = " and ") -> str:
    """A sentence with the names; of more than 20 only the first."""
    listed = list(names)
    if len(listed) > _MOST_NAMED:
        return f"{begin} {', '.join(listed[:_MOST_NAMED])} and {len(listed) - _MOST_NAMED} more."
    return f"{begin} {last.join(filter(None, (', '.join(listed[:-1]), listed[-1])))}."


def _value_of(kind: GraphQLInputType) -> str:
    return f"a value of type {kind}"


def _shortened(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:40]}..."


def _noun(value: object) -> str:
    """A word for the value. Never the value itself: it may be a secret, or very long."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case UploadFile():
            return "a file"
    return "an object"
