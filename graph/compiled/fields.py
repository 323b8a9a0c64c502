"""One field of a document, with its resolver, the reader of its arguments, and its completer.

Everything here follows graphql-core's `Executor`, method by method. `run` has the variables, the context, the errors
and the slices of one request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
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

from graph.compiled import arguments, completers, plain, written
from graph.compiled.awaitables import is_awaitable, may_be_awaited
from graph.compiled.resolvers import Info, Resolver

if TYPE_CHECKING:
    from graph.compiled.schemas import CompiledSchema
    from graph.execution.runs import Run


# Takes the run, the source, and the path of the object that has the field.
Execute = Callable[..., Any]
# Of a leaf, which has no fields below it.
_NO_PATH = Path(None, "", None)
_NO_ARGUMENTS: Mapping[str, Any] = {}
# Of a parent, a key and the name of a type. The constructor of a named tuple is a function in Python.
new_path: Callable[[tuple[Path | None, str | int, str | None]], Path] = partial(tuple.__new__, Path)


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
        "_complete",
        "_is_non_null",
        "_plain",
        "_runs_dry",
        "definition",
        "definition_name",
        "details",
        "execute",
        "key",
        "nodes",
        "parent",
        "plain_attribute",
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
        self._is_non_null = is_non_null_type(definition.type)
        self._runs_dry = shape.runs_dry(definition)
        self._complete = completers.of_type(shape, self, definition.type)
        # Values of this type are complete as they are.
        self._plain = plain.whole(definition.type)
        kind = get_nullable_type(definition.type)
        are_plain = plain.many(kind.of_type) if isinstance(kind, GraphQLList) else None
        resolver = shape.compiled_schema.resolver(parent, self.definition_name, definition)
        # Fields that are attributes do no work that would need a slice, and neither do lists of plain values.
        attribute = "" if self._runs_dry else resolver.attribute or ""
        is_whole = self._is_non_null and written.is_name(attribute)
        self.takes_slice = False
        # Set if the field is an attribute that is never null, and whose values are nearly always complete as they are.
        self.plain_attribute: PlainAttribute | None = None
        # Gives the value, or what it can be awaited from.
        self.execute: Execute
        if definition is TypeNameMetaFieldDef:
            self.execute = self._execute_typename
        elif attribute and is_leaf_type(kind):
            self.execute = self._of_attribute(attribute)
            if is_whole and self._plain is not None:
                self.plain_attribute = PlainAttribute(attribute, self._plain)
        elif attribute and are_plain is not None:
            self.execute = self._of_list(attribute, are_plain, self._of_resolver(resolver))
            if is_whole:
                self.plain_attribute = PlainAttribute(attribute, list, are_plain)
        else:
            self.takes_slice = True
            self.execute = self._of_resolver(resolver)

    def info(self, run: Run, path: Path) -> Info:
        return Info(run, self, path)

    def null(self) -> TypeError:
        return TypeError(f"Cannot return null for non-nullable field {self.parent}.{self.definition_name}.")

    def _execute_typename(self, run: Run, source: Any, above: Path | None) -> Any:
        return self.parent.name

    def _of_attribute(self, attribute: str) -> Execute:
        """Of a leaf."""
        kind, complete = self._plain, self._complete

        def execute(run: Run, source: Any, above: Path | None) -> Any:
            try:
                result = getattr(source, attribute)
                if type(result) is kind:
                    return result
                if not may_be_awaited[type(result)] or not is_awaitable(result):
                    result = complete(run, result, _NO_PATH, None)
                    if result is None and self._is_non_null:
                        raise self.null()
                    if not may_be_awaited[type(result)] or not is_awaitable(result):
                        return result
                    return self._await_completed(run, result, self._path(above))
            except Exception as error:
                return fail(run, error, self, self._path(above), non_null=self._is_non_null)
            return self._await_resolver(run, result, self._path(above), None)

        return execute

    def _of_list(self, attribute: str, are_plain: Callable[[list[Any]], bool], otherwise: Execute) -> Execute:
        def execute(run: Run, source: Any, above: Path | None) -> Any:
            try:
                result = getattr(source, attribute)
            except Exception:  # raised again, and recorded
                result = None
            return result if type(result) is list and are_plain(result) else otherwise(run, source, above)

        return execute

    def _of_resolver(self, resolver: Resolver) -> Execute:
        key, type_name, node_id = self.key, self.parent.name, id(self.nodes[0])
        call, attribute = resolver.call, resolver.attribute or ""
        complete, kind, runs_dry = self._complete, self._plain, self._runs_dry
        needs_info = resolver.needs_info or completers.needs_info(self.definition.type)
        read = arguments.reader(self.definition, self.nodes[0]) if self.definition.args else None

        def execute(run: Run, source: Any, above: Path | None, *, has_slice: bool = False) -> Any:
            if runs_dry and run.is_dry_run:
                return None
            if perf_counter() > run.slices.until and not has_slice and run.slices.are_used_up():
                return _later(execute, run, source, above)
            path = new_path((above, key, type_name))
            info = Info(run, self, path) if needs_info else None
            try:
                if attribute:
                    result = getattr(source, attribute)
                elif read is None:
                    result = call(source, info, _NO_ARGUMENTS)
                else:
                    result = call(source, info, run.arguments.get(node_id) or read(run.variable_values))
                found = type(result)
                if found is kind:
                    return result
                if may_be_awaited[found] and (found is CoroutineType or is_awaitable(result)):
                    return self._await_resolver(run, result, path, info)
                completed = complete(run, result, path, info)
                if completed is None and self._is_non_null:
                    raise self.null()
            except Exception as error:
                return fail(run, error, self, path, non_null=self._is_non_null)
            if not may_be_awaited[type(completed)] or not is_awaitable(completed):
                return completed
            return self._await_completed(run, completed, path)

        return execute

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


async def _later(execute: Execute, run: Run, source: Any, above: Path | None) -> Any:
    await run.slices.turn()
    result = execute(run, source, above, has_slice=True)
    return await result if is_awaitable(result) else result


def fail(run: Run, error: Exception, field: Field, path: Path, *, non_null: bool) -> None:
    """Raises the error of a value that must not be null, and records that of another one."""
    located = located_error(error, field.nodes, path.as_list())
    if non_null and run.error_propagation:
        raise located
    run.collected_errors.add(located, path)
