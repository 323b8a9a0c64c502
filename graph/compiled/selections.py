"""The selected fields of an object."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from graphql import GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path

from graph.compiled import fields as prepared
from graph.compiled.awaitables import is_awaitable, may_be_awaited, replace

if TYPE_CHECKING:
    from graph.compiled.fields import Field, Shape
    from graph.execution.runs import Run

# The results of all fields with plain values, each in its place. None if a value is not plain, or could not be read.
_Read = Callable[[Any], dict[str, Any] | None]


class Selection:
    """The selected fields of an object type."""

    __slots__ = ("_only", "_others", "_prepared", "_read", "fields", "takes_slices")

    def __init__(self, shape: Shape, kind: GraphQLObjectType, fields: dict[str, FieldDetailsList]) -> None:
        self.fields = [
            prepared.Field(shape, kind, key, definition, nodes)
            for key, nodes in fields.items()
            if (definition := shape.compiled_schema.schema.get_field(kind, nodes[0].node.name.value)) is not None
        ]
        self._prepared = [(field.key, field.execute) for field in self.fields]
        self._only = self._prepared[0] if len(self._prepared) == 1 else None
        self._read = _plain_values(self.fields)
        # What is left once these are read.
        self._others = [(field.key, field.execute) for field in self.fields if field.plain_attribute is None]
        # Whether one of the fields looks if its slice is used up.
        self.takes_slices = any(field.takes_slice for field in self.fields)

    def execute(self, run: Run, source: Any, path: Path | None) -> Any:
        if self._only is not None:
            key, execute = self._only
            result = execute(run, source, path)
            return _only(key, result) if may_be_awaited[type(result)] and is_awaitable(result) else {key: result}
        results, left = None if self._read is None else self._read(source), self._others
        if results is None:
            results, left = {}, self._prepared
        waiting: list[str] = []
        try:
            for key, execute in left:
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


def _plain_values(fields: Sequence[Field]) -> _Read | None:
    """None if there are not several such fields."""
    found = [(field.key, field.plain_attribute) for field in fields if field.plain_attribute is not None]
    if len(found) < 2:
        return None
    keys, read = [key for key, _ in found], attrgetter(*[attribute.name for _, attribute in found])
    kinds = [attribute.kind for _, attribute in found]
    lists = [(key, attribute.are_plain) for key, attribute in found if attribute.are_plain is not None]
    in_order = dict.fromkeys([field.key for field in fields])

    def results(source: Any) -> dict[str, Any] | None:
        try:
            values = read(source)
        except Exception:  # raised again by its field, and recorded
            return None
        if list(map(type, values)) != kinds:
            return None
        found = in_order.copy()
        found.update(zip(keys, values, strict=True))
        for key, are_plain in lists:
            if not are_plain(found[key]):
                return None
        return found

    return results
