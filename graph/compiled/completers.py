"""From what a resolver returned to what the answer holds, prepared for the type of one field."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from graphql import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLError,
    GraphQLIsTypeOfFn,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
    UndefinedType,
    default_type_resolver,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution.executor import collect_iterator_awaitables, invalid_return_type_error
from graphql.pyutils import Path, inspect, is_async_iterable, is_iterable
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.enum import StrawberryEnumDefinition

from graph.compiled import fields, plain, selections
from graph.compiled.awaitables import is_awaitable, may_be_awaited, replace
from graph.compiled.resolvers import Info
from graph.scalars import same

if TYPE_CHECKING:
    from graph.compiled.fields import Field, Shape
    from graph.execution.runs import Run

# Returns the value, or what it can be awaited from. `info` is None for a type whose values need none.
Complete = Callable[["Run", Any, Path, Info | None], Any]

# What completes to null, or to an error.
_NULLS = (type(None), UndefinedType, Exception)


def needs_info(kind: GraphQLOutputType) -> bool:
    """Whether a value of the type is asked which type it has."""
    named = get_named_type(kind)
    return is_abstract_type(named) or (isinstance(named, GraphQLObjectType) and named.is_type_of is not None)


def of_type(shape: Shape, field: Field, kind: GraphQLOutputType) -> Complete:
    """The caller refuses null, if the type is not nullable."""
    if isinstance(kind, GraphQLNonNull):
        return of_type(shape, field, kind.of_type)
    if isinstance(kind, GraphQLList):
        return _List(shape, field, kind).complete
    if is_leaf_type(kind):
        return shape.compiled_schema.completer(kind)
    if is_abstract_type(kind):
        return _Abstract(shape, field, kind).complete
    return _Object(shape, field, cast(GraphQLObjectType, kind)).complete


def _null(value: Any) -> Any:
    """Of a value in `_NULLS`. Raises an error that was returned as a value."""
    if isinstance(value, Exception):
        raise value
    return None


def leaf(kind: GraphQLLeafType) -> Complete:
    if isinstance(kind, GraphQLEnumType) and (names := _names(kind)):
        return _member(names, _leaf(kind))
    return _leaf(kind)


def _names(kind: GraphQLEnumType) -> dict[int, str]:
    """Of the members of Strawberry's enum, by their identity: a member's hash is a Python function."""
    definition = (kind.extensions or {}).get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryEnumDefinition):
        return {}
    members: Iterable[Enum] = definition.wrapped_cls
    return {id(member): kind.coerce_output_value(member) for member in members}


def _member(names: dict[int, str], others: Complete) -> Complete:
    def complete(run: Run, value: Any, path: Path, info: Info | None) -> Any:
        # A member is never freed, so nothing else has its identity.
        return names.get(id(value)) or others(run, value, path, info)

    return complete


def _leaf(kind: GraphQLLeafType) -> Complete:
    coerce, is_plain = kind.coerce_output_value, plain.one(kind)

    def complete(run: Run, value: Any, path: Path, info: Info | None) -> Any:
        if is_plain is not None and is_plain(value):
            return value
        if isinstance(value, _NULLS):
            return _null(value)
        if coerce is same:
            return value
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise TypeError(
                f"Expected `{inspect(kind)}.coerce_output_value({inspect(value)})` to return non-nullable value, "
                f"returned: {inspect(coerced)}"
            )
        return coerced

    return complete


class _List:
    __slots__ = ("_are_plain", "_field", "_is_non_null", "_item", "_kind")

    def __init__(self, shape: Shape, field: Field, kind: GraphQLList[Any]) -> None:
        self._field = field
        self._kind = kind
        self._are_plain = plain.many(kind.of_type)
        self._item = of_type(shape, field, kind.of_type)
        self._is_non_null = is_non_null_type(kind.of_type)

    def complete(self, run: Run, value: Any, path: Path, info: Info | None) -> Any:
        if type(value) is list:
            if self._are_plain is not None and self._are_plain(value):
                return value
        elif isinstance(value, _NULLS):
            return _null(value)
        else:
            if is_async_iterable(value):
                # Rare: no list of this service is one.
                details, asked = self._field.details, info or self._field.info(run, path)
                return run.executor.complete_list_value(self._kind, details, asked.raw, path, value, None)
            if not is_iterable(value):
                raise GraphQLError(
                    "Expected Iterable, but did not find one for field "
                    f"'{self._field.parent}.{self._field.definition_name}'."
                )
        return self._items(run, iter(value), path, info)

    def _items(self, run: Run, items: Iterator[Any], path: Path, info: Info | None) -> Any:
        completed: list[Any] = []
        waiting: list[int] = []
        try:
            for number, item in enumerate(items):
                item_path = fields.new_path((path, number, None))
                if may_be_awaited[type(item)] and is_awaitable(item):
                    waiting.append(number)
                    completed.append(self._await_item(run, item, item_path, info))
                    continue
                try:
                    result = self._item(run, item, item_path, info)
                    if result is None and self._is_non_null:
                        raise self._field.null()
                except Exception as error:
                    self._fail(run, error, item_path)
                    result = None
                if may_be_awaited[type(result)] and is_awaitable(result):
                    waiting.append(number)
                    result = self._await_completed(run, result, item_path)
                completed.append(result)
        except Exception:
            left = [completed[number] for number in waiting]
            left += collect_iterator_awaitables(items, is_awaitable)
            if left:
                # They may fail, too.
                run.executor.settle_in_background(left)
            raise
        return replace(completed, waiting) if waiting else completed

    async def _await_item(self, run: Run, item: Awaitable[Any], path: Path, info: Info | None) -> Any:
        try:
            result = self._item(run, await item, path, info)
            if result is None and self._is_non_null:
                raise self._field.null()
            return await result if is_awaitable(result) else result
        except Exception as error:
            return self._fail(run, error, path)

    async def _await_completed(self, run: Run, completed: Awaitable[Any], path: Path) -> Any:
        try:
            return await completed
        except Exception as error:
            return self._fail(run, error, path)

    def _fail(self, run: Run, error: Exception, path: Path) -> None:
        fields.fail(run, error, self._field, path, non_null=self._is_non_null)


class _Object:
    __slots__ = ("_field", "_kind", "_selection", "_shape", "complete")

    def __init__(self, shape: Shape, field: Field, kind: GraphQLObjectType) -> None:
        self._shape = shape
        self._field = field
        self._kind = kind
        self._selection: selections.Selection | None = None
        self.complete: Complete = self._execute if kind.is_type_of is None else partial(self._check, kind.is_type_of)

    def _check(self, is_type_of: GraphQLIsTypeOfFn, run: Run, value: Any, path: Path, info: Info | None) -> Any:
        if isinstance(value, _NULLS):
            return _null(value)
        is_type = is_type_of(value, (info or self._field.info(run, path)).raw)
        if is_awaitable(is_type):
            return self._await_type(run, is_type, value, path, info)
        self._require(is_type, value)
        return self._execute(run, value, path, info)

    async def _await_type(self, run: Run, is_type: Awaitable[bool], value: Any, path: Path, info: Info | None) -> Any:
        self._require(await is_type, value)
        result = self._execute(run, value, path, info)
        return await result if is_awaitable(result) else result

    def _require(self, is_type: object, value: Any) -> None:
        if not is_type:
            raise invalid_return_type_error(self._kind, value, self._field.details)

    def _execute(self, run: Run, value: Any, path: Path, info: Info | None) -> Any:
        if isinstance(value, _NULLS):
            return _null(value)
        selection = self._selection
        if selection is None:
            chosen = self._shape.subfields(self._kind, self._field.details)
            selection = self._selection = selections.Selection(self._shape, self._kind, chosen)
        # Fields that are attributes do not look, and a list may have many objects.
        if not selection.takes_slices and run.slices.are_used_up():
            return self._execute_later(run, selection, value, path)
        return selection.execute(run, value, path)

    async def _execute_later(self, run: Run, selection: selections.Selection, value: Any, path: Path) -> Any:
        await run.slices.turn()
        result = selection.execute(run, value, path)
        return await result if is_awaitable(result) else result


class _Abstract:
    __slots__ = ("_by_class", "_field", "_kind", "_objects", "_resolve", "_shape")

    def __init__(self, shape: Shape, field: Field, kind: GraphQLAbstractType) -> None:
        self._shape = shape
        self._field = field
        self._kind = kind
        self._resolve = kind.resolve_type or default_type_resolver
        self._objects: dict[str, Complete] = {}
        # Of the classes that stand for one type each. To ask for the type takes longer than all of its fields.
        self._by_class: dict[type, Complete] = {}

    def complete(self, run: Run, value: Any, path: Path, info: Info | None) -> Any:
        if isinstance(value, _NULLS):
            return _null(value)
        if (known := self._by_class.get(type(value))) is not None:
            return known(run, value, path, info)
        info = info or self._field.info(run, path)
        name = self._resolve(value, info.raw, self._kind)
        if is_awaitable(name):
            return self._await_type(run, name, value, path, info)
        return self._object(run, name, value, info)(run, value, path, info)

    async def _await_type(self, run: Run, name: Awaitable[str | None], value: Any, path: Path, info: Info) -> Any:
        result = self._object(run, await name, value, info)(run, value, path, info)
        return await result if is_awaitable(result) else result

    def _object(self, run: Run, name: Any, value: Any, info: Info) -> Complete:
        found = self._objects.get(name) if isinstance(name, str) else None
        if found is None:
            kind = run.executor.ensure_valid_runtime_type(name, self._kind, self._field.details, info.raw, value)
            found = self._objects[kind.name] = _Object(self._shape, self._field, kind).complete
        if _is_of_one_type(type(value)):
            self._by_class[type(value)] = found
        return found


def _is_of_one_type(kind: type) -> bool:
    """Whether all its objects have the same GraphQL type. Those of a generic class may have several."""
    definition = kind.__dict__.get("__strawberry_definition__")
    return (
        isinstance(definition, StrawberryObjectDefinition)
        and definition.origin is kind
        and definition.concrete_of is None
        and not definition.is_graphql_generic
    )
