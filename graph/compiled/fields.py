"""One field of a document, with its resolver, the reader of its arguments, and its completer.

Everything here follows graphql-core's `Executor`, method by method. `run` has the variables, the context, the errors
and the slices of one request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from types import CoroutineType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    TypeNameMetaFieldDef,
    get_nullable_type,
    is_leaf_type,
    is_non_null_type,
    located_error,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path

import named_tuples
from graph.compiled import arguments, completers, plain, written
from graph.compiled.awaitables import is_awaitable, may_be_awaited
from graph.compiled.resolvers import Info

if TYPE_CHECKING:
    from graph.compiled.schemas import CompiledSchema
    from graph.execution.runs import Run


# Takes the run, the source, and the path of the object that has the field.
Execute = Callable[..., Any]
# Of a leaf, which has no fields below it.
_NO_PATH = Path(None, "", None)
_NO_ARGUMENTS: Mapping[str, Any] = {}
# Of a parent, a key and the name of a type.
new_path = named_tuples.maker(Path)


class Shape(Protocol):
    """An operation with its `@skip` and `@include` applied."""

    compiled_schema: CompiledSchema

    def subfields(self, kind: GraphQLObjectType, nodes: FieldDetailsList) -> dict[str, FieldDetailsList]:
        """Raises GraphQLError if a condition is null."""

    def runs_dry(self, field: GraphQLField) -> bool:
        """Whether the field is null in a dry run."""


class PlainAttribute(NamedTuple):
    """`kind` is the type in Python of its plain values. Of a list, the items must be plain, too."""

    name: str
    kind: type[Any]
    are_plain: Callable[[list[Any]], bool] | None = None


class Field:
    """One key of an answer. `details` are all places in the document that ask for it."""

    __slots__ = (
        "_are_plain",
        "_attribute",
        "_call",
        "_complete",
        "_is_non_null",
        "_kind",
        "_needs_info",
        "_node_id",
        "_read",
        "_runs_dry",
        "definition",
        "definition_name",
        "details",
        "execute",
        "key",
        "nodes",
        "parent",
        "takes_slice",
    )

    def __init__(
        self, shape: Shape, parent: GraphQLObjectType, key: str, definition: GraphQLField, details: FieldDetailsList
    ) -> None:
        self.key = key
        self.parent = parent
        self.definition_name = details[0].node.name.value
        self.definition = definition
        self.details = details
        self.nodes = [found.node for found in details]
        self._node_id = id(self.nodes[0])
        self._is_non_null = is_non_null_type(definition.type)
        self._runs_dry = shape.runs_dry(definition)
        self._read = arguments.reader(definition, self.nodes[0]) if definition.args else None
        resolver = shape.compiled_schema.resolver(parent, self.definition_name, definition)
        self._call = resolver.call
        # The field is this attribute of its source, unless it is empty.
        self._attribute = resolver.attribute or ""
        self._complete = completers.of_type(shape, self, definition.type)
        # Values of this type are complete as they are.
        self._kind = plain.whole(definition.type)
        kind = get_nullable_type(definition.type)
        self._are_plain = plain.many(kind.of_type) if isinstance(kind, GraphQLList) else None
        self._needs_info = resolver.needs_info or completers.needs_info(definition.type)
        # Gives the value, or what it can be awaited from.
        self.execute: Execute = self._execute
        if definition is TypeNameMetaFieldDef:
            self.execute = self._execute_typename
        elif self._attribute and not self._runs_dry:
            # It does no work that would need a slice.
            if is_leaf_type(kind):
                self.execute = self._execute_attribute
            elif self._are_plain is not None:
                self.execute = self._execute_list
        self.takes_slice = self.execute == self._execute

    @property
    def plain_attribute(self) -> PlainAttribute | None:
        """If the field is an attribute that is never null, and whose values are nearly always complete as they are."""
        if self.takes_slice or not self._is_non_null or not written.is_name(self._attribute):
            return None
        if self._are_plain is not None:
            return PlainAttribute(self._attribute, list, self._are_plain)
        return None if self._kind is None else PlainAttribute(self._attribute, self._kind)

    def info(self, run: Run, path: Path) -> Info:
        return Info(run, self, path)

    def null(self) -> TypeError:
        return TypeError(f"Cannot return null for non-nullable field {self.parent}.{self.definition_name}.")

    def _execute_typename(self, run: Run, source: Any, above: Path | None) -> Any:
        return self.parent.name

    def _execute_attribute(self, run: Run, source: Any, above: Path | None) -> Any:
        try:
            result = getattr(source, self._attribute)
            if type(result) is self._kind:
                return result
            if not may_be_awaited[type(result)] or not is_awaitable(result):
                result = self._complete(run, result, _NO_PATH, None)
                if result is None and self._is_non_null:
                    raise self.null()
                if not may_be_awaited[type(result)] or not is_awaitable(result):
                    return result
                return self._await_completed(run, result, self._path(above))
        except Exception as error:
            return fail(run, error, self, self._path(above), non_null=self._is_non_null)
        return self._await_resolver(run, result, self._path(above), None)

    def _execute_list(self, run: Run, source: Any, above: Path | None) -> Any:
        """Of an attribute. A list of plain values needs no slice."""
        try:
            result = getattr(source, self._attribute)
        except Exception:  # raised again, and recorded
            result = None
        if type(result) is list and self._are_plain(result):  # type: ignore[misc]  # not None for such a field
            return result
        return self._execute(run, source, above)

    def _execute(self, run: Run, source: Any, above: Path | None, *, has_slice: bool = False) -> Any:
        if self._runs_dry and run.is_dry_run:
            return None
        if perf_counter() > run.slices.until and not has_slice and run.slices.are_used_up():
            return self._execute_later(run, source, above)
        path = new_path((above, self.key, self.parent.name))
        info = Info(run, self, path) if self._needs_info else None
        try:
            if self._attribute:
                result = getattr(source, self._attribute)
            elif self._read is None:
                result = self._call(source, info, _NO_ARGUMENTS)
            else:
                given = run.arguments.get(self._node_id) or self._read(run.variable_values)
                result = self._call(source, info, given)
            kind = type(result)
            if kind is self._kind:
                return result
            if may_be_awaited[kind] and (kind is CoroutineType or is_awaitable(result)):
                return self._await_resolver(run, result, path, info)
            completed = self._complete(run, result, path, info)
            if completed is None and self._is_non_null:
                raise self.null()
        except Exception as error:
            return fail(run, error, self, path, non_null=self._is_non_null)
        if not may_be_awaited[type(completed)] or not is_awaitable(completed):
            return completed
        return self._await_completed(run, completed, path)

    async def _execute_later(self, run: Run, source: Any, above: Path | None) -> Any:
        await run.slices.turn()
        result = self._execute(run, source, above, has_slice=True)
        return await result if is_awaitable(result) else result

    async def _await_resolver(self, run: Run, resolver: Awaitable[Any], path: Path, info: Info | None) -> Any:
        try:
            if perf_counter() > run.slices.until and run.slices.are_used_up():
                await run.slices.turn_before(resolver)
            result = await resolver
            completed = self._complete(run, result, path, info)
            if completed is None and self._is_non_null:
                raise self.null()
            return await completed if may_be_awaited[type(completed)] and is_awaitable(completed) else completed
        except Exception as error:
            return fail(run, error, self, path, non_null=self._is_non_null)

    async def _await_completed(self, run: Run, completed: Awaitable[Any], path: Path) -> Any:
        try:
            return await completed
        except Exception as error:
            return fail(run, error, self, path, non_null=self._is_non_null)

    def _path(self, above: Path | None) -> Path:
        return new_path((above, self.key, self.parent.name))


def fail(run: Run, error: Exception, field: Field, path: Path, *, non_null: bool) -> None:
    """Raises the error of a value that must not be null, and records that of another one."""
    located = located_error(error, field.nodes, path.as_list())
    if non_null and run.error_propagation:
        raise located
    run.collected_errors.add(located, path)
