"""Converters of arguments into the types of a resolver: Strawberry's `convert_argument`, prepared for one type.

Strawberry works out the GraphQL name and the type of each field of an input anew for each value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    fields = [
        (
            strawberry.config.name_converter.from_field(field),
            field.python_name,
            converter(field.resolve_type(type_definition=definition), strawberry, within),
        )
        for field in definition.fields
    ]
    # All others are the same, by the same name.
    converted = [found for found in fields if found[0] != found[1] or found[2] is not same]
    names = {name for name, _, _ in fields}
    if any(python_name in names for name, python_name, _ in fields if name != python_name):
        raise NotPrepared
    # A nullable field that is not given and has no default is None.
    absent = {
        field.python_name: None
        for field in definition.fields
        if definition.is_input and field.default_value is MISSING and field.default_factory is MISSING
    }

    if definition.is_one_of:
        by_name = {name: (python_name, convert) for name, python_name, convert in fields}

        def convert_one(value: Mapping[str, Any]) -> Any:
            keywords = absent.copy()
            for name, given in value.items():
                python_name, convert_field = by_name[name]
                keywords[python_name] = convert_field(given)
            return kind(**keywords)

        return convert_one

    def convert(value: Mapping[str, Any]) -> Any:
        keywords: dict[str, Any] = {**absent, **value}
        for name, python_name, convert_field in converted:
            if name in value:
                keywords[python_name] = convert_field(keywords.pop(name))
        return kind(**keywords)

    return convert
