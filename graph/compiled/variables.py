"""Coercion of a request's variables: what graphql-core's `get_variable_values` returns, prepared for one operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    Undefined,
    ValueNode,
    VariableDefinitionNode,
    is_non_null_type,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal
from strawberry.schema.schema_converter import GraphQLCoreConverter

import named_tuples
from graph.compiled import plain
from graph.compiled.arguments import IMMUTABLE

if TYPE_CHECKING:
    from graph.compiled.schemas import CompiledSchema

_new_source, _new_values = named_tuples.maker(VariableValueSource), named_tuples.maker(VariableValues)
# Undefined is returned for a wrong value, and for any that only graphql-core judges.
Coerce = Callable[[Any], Any]
_MOST_ERRORS = 50


class NotPrepared(Exception):
    """graphql-core itself must coerce values of this type."""


class _Variable(NamedTuple):
    name: str
    signature: GraphQLVariableSignature
    unset: VariableValueSource
    coerce: Coerce
    default: Callable[[], Any] | None
    is_non_null: bool


class Variables:
    """The variables that an operation declares."""

    def __init__(self, schema: CompiledSchema, definitions: Sequence[VariableDefinitionNode]) -> None:
        self._schema = schema.schema
        self._definitions = definitions
        self._prepared: Sequence[_Variable] | None
        try:
            self._prepared = [_prepared(schema, definition) for definition in definitions]
        except NotPrepared:
            self._prepared = None

    def read(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values, or what is wrong with them."""
        if self._prepared is None:
            return self._read(given)
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, signature, unset, coerce, default, is_non_null in self._prepared:
            value = given.get(name, Undefined)
            if value is not Undefined:
                sources[name] = _new_source((signature, value))
                value = coerce(value)
            else:
                sources[name] = unset
                if default is not None:
                    value = default()
                elif not is_non_null:
                    continue
            if value is Undefined:
                return self._read(given)
            coerced[name] = value
        return _new_values((sources, coerced))

    def _read(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        return get_variable_values(self._schema, self._definitions, given, max_errors=_MOST_ERRORS)


def _prepared(schema: CompiledSchema, definition: VariableDefinitionNode) -> _Variable:
    signature = get_variable_signature(schema.schema, definition)
    if isinstance(signature, GraphQLError):
        raise NotPrepared
    return _Variable(
        signature.name,
        signature,
        VariableValueSource(signature),
        coercer(schema, signature.type),
        _default(definition.default_value, signature.type) if definition.default_value else None,
        is_non_null_type(signature.type),
    )


def _default(literal: ValueNode, kind: GraphQLInputType) -> Callable[[], Any]:
    """Each request gets its own: a resolver may change a list."""
    try:
        value = coerce_input_literal(literal, kind)
    except GraphQLError as error:  # from Strawberry, for a one-of input
        raise NotPrepared from error
    return (lambda: value) if isinstance(value, IMMUTABLE) else (lambda: coerce_input_literal(literal, kind))


def coercer(schema: CompiledSchema, kind: GraphQLInputType, null: Any = None) -> Coerce:
    """`null` is what null becomes. Raises NotPrepared."""
    if isinstance(kind, GraphQLNonNull):
        return coercer(schema, kind.of_type, Undefined)
    if isinstance(kind, GraphQLList):
        return _list(coercer(schema, kind.of_type), plain.many(kind.of_type), null)
    if isinstance(kind, GraphQLInputObjectType):
        return _input(schema.coercer(kind), null)
    return _enum(kind, null) if isinstance(kind, GraphQLEnumType) else _leaf(kind, null)


def _list(inner: Coerce, are_plain: Callable[[list[Any]], bool] | None, null: Any) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None:
            return null
        if type(value) is not list:
            return Undefined
        if are_plain is not None and are_plain(value):
            return value.copy()
        items = []
        for item in value:
            coerced = inner(item)
            if coerced is Undefined:
                return Undefined
            items.append(coerced)
        return items

    return coerce


def _input(inner: Coerce, null: Any) -> Coerce:
    """`inner` gives Undefined for null."""
    return inner if null is Undefined else lambda value: null if value is None else inner(value)


def _enum(kind: GraphQLEnumType, null: Any) -> Coerce:
    by_name = {name: kind.coerce_input_value(name) for name in kind.values}

    def coerce(value: Any) -> Any:
        if value is None:
            return null
        # Only a text is a name, and not all values can be a key.
        return by_name.get(value, Undefined) if type(value) is str else Undefined

    return coerce


def _leaf(kind: GraphQLScalarType, null: Any) -> Coerce:
    coerce_leaf, wanted, is_plain = kind.coerce_input_value, plain.whole(kind), plain.one(kind)

    def coerce(value: Any) -> Any:
        if type(value) is wanted or (is_plain is not None and is_plain(value)):
            return value
        if value is None:
            return null
        try:
            return coerce_leaf(value)
        except Exception:  # of any scalar; graphql-core then says what is wrong
            return Undefined

    return coerce


def input_object(schema: CompiledSchema, kind: GraphQLInputObjectType) -> Coerce:
    """Of a value that must not be null. Raises NotPrepared."""
    definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    is_one_of = definition is not None and definition.is_one_of
    if kind.is_one_of or not (is_one_of or kind.out_type is GraphQLInputObjectType.out_type):
        raise NotPrepared
    # The key of each field in the result, and how it is coerced.
    fields = {name: (field.out_name or name, coercer(schema, field.type)) for name, field in kind.fields.items()}
    names, required = fields.keys(), {name for name, field in kind.fields.items() if is_required_input_field(field)}
    defaults = _defaults(kind)
    if is_one_of:
        if required or defaults:
            raise NotPrepared
        return _one_of(fields)

    def coerce(value: Any) -> Any:
        if type(value) is not dict or not required <= value.keys() <= names:
            return Undefined
        coerced = defaults.copy()
        for name, given in value.items():
            key, coerce_field = fields[name]
            found = coerce_field(given)
            if found is Undefined:
                return Undefined
            coerced[key] = found
        return coerced

    return coerce


def _one_of(fields: Mapping[str, tuple[str, Coerce]]) -> Coerce:
    """Strawberry's check says what is wrong with another value."""

    def coerce(value: Any) -> Any:
        if type(value) is not dict or len(value) != 1:
            return Undefined
        ((name, given),) = value.items()
        if name not in fields:
            return Undefined
        key, coerce_field = fields[name]
        found = coerce_field(given)
        return Undefined if found is None or found is Undefined else {key: found}

    return coerce


def _defaults(kind: GraphQLInputObjectType) -> dict[str, Any]:
    try:
        found = {field.out_name or name: coerce_default_value(field) for name, field in kind.fields.items()}
    except (TypeError, GraphQLError) as error:
        raise NotPrepared from error
    return {key: default for key, default in found.items() if default is not Undefined}
