"""Resolvers of fields: what Strawberry does around a resolver, prepared for one field of the schema."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import GraphQLField, GraphQLResolveInfo, GraphQLSchema, default_field_resolver
from graphql.pyutils import Path
from strawberry import Info as StrawberryInfo
from strawberry.schema.schema import Schema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from graph.compiled import inputs, written
from graph.compiled.inputs import Convert

if TYPE_CHECKING:
    from graph.compiled.fields import Field
    from graph.execution.runs import Run


class Info(StrawberryInfo[Any, Any]):
    """Strawberry's `info` of one field. What is of graphql-core is made when it is asked for: few resolvers ask."""

    # Strawberry's own has properties, and resolvers ask several times.
    context: Any = None
    path: Path = None  # type: ignore[assignment]

    def __init__(self, run: Run, field: Field, path: Path) -> None:
        self._run = run
        self._of = field
        self.context = run.context_value
        self.path = path

    @cached_property
    def raw(self) -> GraphQLResolveInfo[Any]:
        of = self._of
        return self._run.executor.build_resolve_info(of.definition, of.nodes, of.parent, self.path)

    # What Strawberry's own class has as fields.

    @property
    def _raw_info(self) -> GraphQLResolveInfo[Any]:  # type: ignore[override]
        return self.raw

    @property
    def _field(self) -> StrawberryField:  # type: ignore[override]
        found: StrawberryField = (self._of.definition.extensions or {})[GraphQLCoreConverter.DEFINITION_BACKREF]
        return found


# Of the source, `info`, and the arguments.
Call = Callable[[Any, Info | None, Mapping[str, Any]], Any]


class Resolver(NamedTuple):
    """If `attribute` is set, the field is that attribute of its source."""

    call: Call
    needs_info: bool
    attribute: str | None = None


def prepare(schema: GraphQLSchema, field: GraphQLField) -> Resolver:
    """For a field that uses more of Strawberry than a plain resolver, Strawberry's own function."""
    general = _general(field)
    strawberry = getattr(schema, "_strawberry_schema", None)
    definition = (field.extensions or {}).get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(strawberry, Schema) or type(definition) is not StrawberryField or definition.extensions:
        return general
    converter = strawberry.schema_converter
    if definition.is_subscription:
        return _event()
    if converter._get_field_exception_handlers(definition) or converter.config.info_class is not StrawberryInfo:
        return general
    if definition.base_resolver is None:
        attribute = definition.python_name if converter.config.default_resolver is getattr else None
        return general if attribute is None else _attribute(attribute)
    if inspect.isasyncgenfunction(definition.base_resolver.wrapped_func):
        return general
    try:
        return _direct(definition, definition.base_resolver, converter)
    except inputs.NotPrepared:
        return general


def _general(field: GraphQLField) -> Resolver:
    resolve: Any = field.resolve or default_field_resolver

    def call(source: Any, info: Info | None, given: Mapping[str, Any]) -> Any:
        return resolve(source, info and info.raw, **given)

    return Resolver(call, needs_info=True)


def _attribute(name: str) -> Resolver:
    return Resolver(lambda source, info, given: getattr(source, name), needs_info=False, attribute=name)


def events(schema: GraphQLSchema, field: GraphQLField) -> Call:
    """What brings the events of a subscription: an async generator, or what it can be awaited from."""
    definition = (field.extensions or {})[GraphQLCoreConverter.DEFINITION_BACKREF]
    converter: GraphQLCoreConverter = schema._strawberry_schema.schema_converter  # type: ignore[attr-defined]
    return _direct(definition, definition.base_resolver, converter).call


def _event() -> Resolver:
    """Of a subscription: its source is the event that `subscribe` brought."""

    def call(source: Any, info: Info | None, given: Mapping[str, Any]) -> Any:
        return source

    return Resolver(call, needs_info=False)


def _direct(
    definition: StrawberryField, resolver: StrawberryResolver[Any], strawberry: GraphQLCoreConverter
) -> Resolver:
    function: Any = resolver.wrapped_func
    prepared = arguments(definition, strawberry)
    of_source = [found.name for found in (resolver.parent_parameter, resolver.root_parameter) if found is not None]
    of_info = resolver.info_parameter.name if resolver.info_parameter is not None else None
    takes_self = resolver.self_parameter is not None
    if takes_self and not (prepared or of_source):
        return _method(function, takes_info=of_info is not None)
    names: dict[str, Any] = {"function": function, "late": _raise}
    lines = ["keywords = {**given}"]
    for number, (key, name, convert) in enumerate(prepared):
        # All others are the same, by the same name.
        if key != name or convert is not inputs.same:
            names[f"c{number}"] = convert
            lines += [f"if {key!r} in given:", f"    keywords[{name!r}] = c{number}(keywords.pop({key!r}))"]
    lines += [f"keywords[{name!r}] = source" for name in of_source]
    if of_info is not None:
        lines.append(f"keywords[{of_info!r}] = info")
    lines.append(f"return function({'source, ' if takes_self else ''}**keywords)")
    if definition.is_async:  # an error is raised where the result is awaited, as by Strawberry
        lines = ["try:", *(f"    {line}" for line in lines), "except Exception as error:", "    return late(error)"]
    return Resolver(written.function("call", "source, info, given", lines, names), needs_info=of_info is not None)


def _method(function: Any, *, takes_info: bool) -> Resolver:
    """Of a field without arguments."""
    if takes_info:

        def call(source: Any, info: Info | None, given: Mapping[str, Any]) -> Any:
            return function(source, info)
    else:

        def call(source: Any, info: Info | None, given: Mapping[str, Any]) -> Any:
            return function(source)

    return Resolver(call, needs_info=takes_info)


def arguments(definition: StrawberryField, strawberry: GraphQLCoreConverter) -> list[tuple[str, str, Convert]]:
    """For each argument: its key in GraphQL, its name in Python, and its converter. Raises inputs.NotPrepared."""
    names = strawberry.config.name_converter
    found = [
        (names.from_argument(argument), argument.python_name, inputs.converter(argument.type, strawberry))
        for argument in definition.arguments
    ]
    inputs.require_distinct([(key, name) for key, name, _ in found])
    return found


async def _raise(error: Exception) -> None:
    raise error
