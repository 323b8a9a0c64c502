"""Coercion of a request's variables: what graphql-core's `get_variable_values` returns, prepared for one operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

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
from graph.compiled import plain, written
from graph.compiled.arguments import IMMUTABLE
from graph.scalars import same

if TYPE_CHECKING:
    from graph.compiled.schemas import CompiledSchema

# Undefined is returned for a wrong value, and for any that only graphql-core judges.
Coerce = Callable[[Any], Any]
_MOST_ERRORS = 50


class NotPrepared(Exception):
    """graphql-core itself must coerce values of this type."""


class _Variable(NamedTuple):
    name: str
    coerce: Coerce
    default: Callable[[], Any] | None
    is_non_null: bool


class _Values(VariableValues):
    """Few operations ask where a value came from."""

    __slots__ = ()

    @property
    def sources(self) -> dict[str, VariableValueSource]:
        of: Any = self[0]
        signatures, given = of
        return {
            name: VariableValueSource(signature, given[name]) if name in given else VariableValueSource(signature)
            for name, signature in signatures.items()
        }


_new_values = named_tuples.maker(cast("Callable[[Any, dict[str, Any]], VariableValues]", _Values))


class Variables:
    """The variables that an operation declares."""

    def __init__(self, schema: CompiledSchema, definitions: Sequence[VariableDefinitionNode]) -> None:
        self._schema = schema.schema
        self._definitions = definitions
        self._signatures: dict[str, GraphQLVariableSignature] = {}
        self._prepared: Sequence[_Variable] | None
        try:
            self._prepared = [self._of(schema, definition) for definition in definitions]
        except NotPrepared:
            self._prepared = None

    def read(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values, or what is wrong with them."""
        if self._prepared is None:
            return self._read(given)
        coerced: dict[str, Any] = {}
        for name, coerce, default, is_non_null in self._prepared:
            if name in given:
                value = coerce(given[name])
            elif default is not None:
                value = default()
            elif not is_non_null:
                continue
            else:
                value = Undefined
            if value is Undefined:
                return self._read(given)
            coerced[name] = value
        return _new_values(((self._signatures, given), coerced))

    def _read(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        return get_variable_values(self._schema, self._definitions, given, max_errors=_MOST_ERRORS)

    def _of(self, schema: CompiledSchema, definition: VariableDefinitionNode) -> _Variable:
        signature = get_variable_signature(schema.schema, definition)
        if isinstance(signature, GraphQLError):
            raise NotPrepared
        self._signatures[signature.name] = signature
        return _Variable(
            signature.name,
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
    if coerce_leaf is same:
        return lambda value: null if value is None else value

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
    fields = {name: (field.out_name or name, coercer(schema, field.type)) for name, field in kind.fields.items()}
    required = {name for name, field in kind.fields.items() if is_required_input_field(field)}
    defaults = _defaults(kind)
    if is_one_of:
        if required or defaults:
            raise NotPrepared
        return _one_of(fields)
    return _members(kind, fields, required, defaults)


def _members(
    kind: GraphQLInputObjectType,
    fields: Mapping[str, tuple[str, Coerce]],
    required: set[str],
    defaults: dict[str, Any],
) -> Coerce:
    """For an input with the texts `name`, which is required, and `note`:

    if type(value) is not dict or not required <= value.keys() <= names:
        return Undefined
    coerced = defaults.copy()
    found = value['name']
    if type(found) is not t0:
        found = c0(found)
        if found is Undefined:
            return Undefined
    coerced['name'] = found
    if 'note' in value:
        ...
    return coerced
    """
    names: dict[str, Any] = {
        "Undefined": Undefined,
        "defaults": defaults,
        "names": fields.keys(),
        "required": required,
    }
    lines = ["if type(value) is not dict or not required <= value.keys() <= names:", "    return Undefined"]
    lines.append("coerced = defaults.copy()" if defaults else "coerced = {}")
    for number, (name, (key, coerce)) in enumerate(fields.items()):
        names[f"c{number}"], wanted = coerce, plain.whole(kind.fields[name].type)
        of_field = [f"found = c{number}(found)", "if found is Undefined:", "    return Undefined"]
        if wanted is not None:
            names[f"t{number}"] = wanted
            of_field = [f"if type(found) is not t{number}:", *(f"    {line}" for line in of_field)]
        of_field = [f"found = value[{name!r}]", *of_field, f"coerced[{key!r}] = found"]
        lines += of_field if name in required else [f"if {name!r} in value:", *(f"    {line}" for line in of_field)]
    return written.function("coerce", "value", [*lines, "return coerced"], names)


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
