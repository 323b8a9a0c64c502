"""Converters of arguments into the types of a resolver: Strawberry's `convert_argument`, prepared for one type.

Strawberry works out the GraphQL name and the type of each field of an input anew for each value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import MISSING
from functools import partial
from typing import Any

from strawberry import UNSET, Some
from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_argument
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.lazy_type import LazyType

from graph.compiled import written

Convert = Callable[[Any], Any]


class NotPrepared(Exception):
    """Strawberry itself must convert a value of this type."""


def converter(kind: Any, strawberry: GraphQLCoreConverter, within: tuple[type, ...] = ()) -> Convert:
    """`within`: the inputs that this one is in. Raises NotPrepared."""
    if isinstance(kind, StrawberryMaybe):
        return _maybe(kind, strawberry, within)
    if isinstance(kind, StrawberryOptional):
        inner = converter(kind.of_type, strawberry, within)
        return inner if inner is same else lambda value: value if value is None or value is UNSET else inner(value)
    if isinstance(kind, LazyType):
        return converter(kind.resolve_type(), strawberry, within)
    if isinstance(kind, StrawberryList):
        return _list(kind, strawberry, within)
    if _is_leaf(kind, strawberry):
        return same
    definition = get_object_definition(kind) if isinstance(kind, type) else None
    if definition is None or definition.from_input is not None or kind in within:
        raise NotPrepared
    return _input(kind, definition, strawberry, (*within, kind))


def same(value: Any) -> Any:
    """The converter of a value that is what a resolver takes. It need not be called."""
    return value


def _is_leaf(kind: Any, strawberry: GraphQLCoreConverter) -> bool:
    if kind is GlobalID:
        raise NotPrepared
    is_enum = isinstance(kind, StrawberryEnumDefinition) or has_enum_definition(kind)
    return is_enum or is_scalar(kind, strawberry.scalar_registry)


def _maybe(kind: StrawberryMaybe, strawberry: GraphQLCoreConverter, within: tuple[type, ...]) -> Convert:
    inner = converter(kind.of_type, strawberry, within)
    if isinstance(kind.of_type, StrawberryOptional):
        return lambda value: Some(inner(value))
    refuse_null = partial(
        convert_argument, type_=kind, scalar_registry=strawberry.scalar_registry, config=strawberry.config
    )

    def convert(value: Any) -> Any:
        if value is None:
            return refuse_null(value)
        return Some(value if inner is same else inner(value))

    return convert


def _list(kind: StrawberryList, strawberry: GraphQLCoreConverter, within: tuple[type, ...]) -> Convert:
    inner = converter(kind.of_type, strawberry, within)
    return list if inner is same else lambda value: list(map(inner, value))


def _input(
    kind: type, definition: StrawberryObjectDefinition, strawberry: GraphQLCoreConverter, within: tuple[type, ...]
) -> Convert:
    """For an input with the fields `name` and `data`, of which `data` may be missing:

    return kind(name=value['name'], data=c1(value['data']) if 'data' in value else None)
    """
    names: dict[str, Any] = {"kind": kind}
    arguments, renamed = [], []
    for number, field in enumerate(definition.fields):
        key, name = strawberry.config.name_converter.from_field(field), field.python_name
        field_kind = field.resolve_type(type_definition=definition)
        convert, value = converter(field_kind, strawberry, within), f"value[{key!r}]"
        renamed.append((key, name))
        if convert is not same:
            names[f"c{number}"], value = convert, f"c{number}({value})"
        if field.default_value is not MISSING:
            names[f"d{number}"], value = field.default_value, f"{value} if {key!r} in value else d{number}"
        elif field.default_factory is not MISSING:
            names[f"d{number}"], value = field.default_factory, f"{value} if {key!r} in value else d{number}()"
        elif isinstance(field_kind, StrawberryOptional | StrawberryMaybe):
            value = f"{value} if {key!r} in value else None"
        arguments.append(f"{name}={value}" if written.is_name(name) else f"**{{{name!r}: {value}}}")
    require_distinct(renamed)
    return written.function("convert", "value", [f"return kind({', '.join(arguments)})"], names)


def require_distinct(named: Sequence[tuple[str, str]]) -> None:
    """Of names in GraphQL and in Python. Raises NotPrepared if one becomes another that is there already."""
    keys = {key for key, _ in named}
    if any(name in keys for key, name in named if name != key):
        raise NotPrepared
