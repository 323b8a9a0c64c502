"""The fields of one type in a document: each with its resolver, the reader of its arguments, and its completer.

Everything here follows graphql-core's `Executor`, method by method. `run` has the variables, the context, the errors
and the slices of one request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

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
from graph.compiled import arguments, completers, plain
from graph.compiled.awaitables import is_awaitable, may_be_awaited, replace
from graph.compiled.resolvers import Info

if TYPE_CHECKING:
    from graph.compiled.schemas import CompiledSchema
    from graph.execution.runs import Run


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


class Selection:
    """The selected fields of an object type."""

    __slots__ = ("_only", "_prepared", "fields", "takes_slices")

    def __init__(self, shape: Shape, kind: GraphQLObjectType, fields: dict[str, FieldDetailsList]) -> None:
        self.fields = [
            Field(shape, kind, key, definition, nodes)
            for key, nodes in fields.items()
            if (definition := shape.compiled_schema.schema.get_field(kind, nodes[0].node.name.value)) is not None
        ]
        self._prepared = [(field.key, field.execute) for field in self.fields]
        self._only = self._prepared[0] if len(self._prepared) == 1 else None
        # Whether one of the fields looks if its slice is used up.
        self.takes_slices = any(field.takes_slice for field in self.fields)

    def execute(self, run: Run, source: Any, path: Path | None) -> Any:
        if self._only is not None:
            key, execute = self._only
            result = execute(run, source, path)
            return _only(key, result) if may_be_awaited[type(result)] and is_awaitable(result) else {key: result}
        results: dict[str, Any] = {}
        waiting: list[str] = []
        try:
            for key, execute in self._prepared:
                result = results[key] = execute(run, source, path)
                if may_be_awaited[type(result)] and is_awaitable(result):
                    waiting.append(key)
        except Exception:
            if waiting:
                # They may fail, too.
                run.executor.settle_in_background([results[key] for key in waiting])
            raise
        return replace(results, waiting) if waiting else results

    def execute_serially(self, run: Run, source: Any) -> Any:
        results: dict[str, Any] = {}
        for number, field in enumerate(self.fields):
            result = results[field.key] = field.execute(run, source, None)
            if is_awaitable(result):
                return _serially(results, result, self.fields[number:], run, source)
        return results


class Field:
    """One key of an answer. `details` are all places in the document that ask for it."""

    __slots__ = (
        "_are_plain",
        "_attribute",
        "_call",
        "_complete",
        "_is_leaf",
        "_is_non_null",
        "_needs_info",
        "_needs_path",
        "_node_id",
        "_plain",
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
        self._is_leaf = is_leaf_type(get_nullable_type(definition.type))
        self._read = arguments.reader(definition, self.nodes[0]) if definition.args else None
        resolver = shape.compiled_schema.resolver(parent, self.definition_name, definition)
        self._call = resolver.call
        # The field is this attribute of its source, unless it is empty.
        self._attribute = resolver.attribute or ""
        self._complete = completers.of_type(shape, self, definition.type)
        # Values of this type are complete as they are.
        self._plain = plain.whole(definition.type)
        kind = get_nullable_type(definition.type)
        self._are_plain = plain.many(kind.of_type) if isinstance(kind, GraphQLList) else None
        self._needs_info = resolver.needs_info or completers.needs_info(definition.type)
        self._needs_path = self._needs_info or not self._is_leaf
        # The value, or what it can be awaited from; of the source, and the path of the object that has the field.
        self.execute: Callable[[Run, Any, Path | None], Any] = self._execute
        if definition is TypeNameMetaFieldDef:
            self.execute = self._execute_typename
        elif not self._runs_dry and self._attribute and self._is_leaf:
            # It does no work that would need a slice.
            self.execute = self._execute_attribute
        elif not self._runs_dry and self._attribute and self._are_plain is not None:
            self.execute = self._execute_list
        self.takes_slice = self.execute == self._execute

    def info(self, run: Run, path: Path) -> Info:
        return Info(run, self, path)

    def null(self) -> TypeError:
        return TypeError(f"Cannot return null for non-nullable field {self.parent}.{self.definition_name}.")

    def _execute_typename(self, run: Run, source: Any, above: Path | None) -> Any:
        return self.parent.name

    def _execute_attribute(self, run: Run, source: Any, above: Path | None) -> Any:
        try:
            result = getattr(source, self._attribute)
            if type(result) is self._plain:
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

    async def _execute_later(self, run: Run, source: Any, above: Path | None) -> Any:
        await run.slices.turn()
        result = self._execute(run, source, above, has_slice=True)
        return await result if is_awaitable(result) else result

    def _execute(self, run: Run, source: Any, above: Path | None, *, has_slice: bool = False) -> Any:
        if self._runs_dry and run.is_dry_run:
            return None
        if not has_slice and run.slices.are_used_up():
            return self._execute_later(run, source, above)
        # Of a leaf, the path is made where it is asked for.
        path = new_path((above, self.key, self.parent.name)) if self._needs_path else _NO_PATH
        info = Info(run, self, path) if self._needs_info else None
        try:
            if self._attribute:
                result = getattr(source, self._attribute)
            else:
                given = _NO_ARGUMENTS
                if self._read is not None:
                    given = run.arguments.get(self._node_id) or self._read(run.variable_values)
                result = self._call(source, info, given)
            kind = type(result)
            if kind is self._plain:
                return result
            if may_be_awaited[kind] and is_awaitable(result):
                return self._await_resolver(run, result, self._path(above) if path is _NO_PATH else path, info)
            completed = self._complete(run, result, path, info)
            if completed is None and self._is_non_null:
                raise self.null()
        except Exception as error:
            return fail(run, error, self, self._path(above), non_null=self._is_non_null)
        if not may_be_awaited[type(completed)] or not is_awaitable(completed):
            return completed
        return self._await_completed(run, completed, self._path(above))

    async def _await_resolver(self, run: Run, resolver: Awaitable[Any], path: Path, info: Info | None) -> Any:
        try:
            if run.slices.are_used_up():
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


async def _only(key: str, result: Awaitable[Any]) -> dict[str, Any]:
    return {key: await result}


async def _serially(
    results: dict[str, Any], first: Awaitable[Any], fields: Sequence[Field], run: Run, source: Any
) -> dict[str, Any]:
    """`first` is the result of the first of the fields that are left."""
    results[fields[0].key] = await first
    for field in fields[1:]:
        result = field.execute(run, source, None)
        results[field.key] = await result if is_awaitable(result) else result
    return results
