"""The selected fields of an object."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from graphql import GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path

from graph.compiled import fields as prepared
from graph.compiled import written
from graph.compiled.awaitables import is_awaitable, may_be_awaited, replace

if TYPE_CHECKING:
    from graph.compiled.fields import Execute, Field, Shape
    from graph.execution.runs import Run

# Most documents run seldom, and to write a function takes as long as hundreds of fields: half a millisecond for the
# most fields that one may have.
BEFORE_WRITTEN = 16
MOST_WRITTEN = 16


class Selection:
    """The selected fields of an object type."""

    __slots__ = ("_prepared", "_runs", "execute", "fields", "takes_slices")

    def __init__(self, shape: Shape, kind: GraphQLObjectType, fields: dict[str, FieldDetailsList]) -> None:
        self.fields = [
            prepared.Field(shape, kind, key, definition, nodes)
            for key, nodes in fields.items()
            if (definition := shape.compiled_schema.schema.get_field(kind, nodes[0].node.name.value)) is not None
        ]
        self._prepared = [(field.key, field.execute) for field in self.fields]
        self._runs = 0
        # Whether one of the fields looks if its slice is used up.
        self.takes_slices = any(field.takes_slice for field in self.fields)
        # Gives the results by their keys, or what they can be awaited from.
        self.execute: Execute = self._execute_early

    def _execute_early(self, run: Run, source: Any, path: Path | None) -> Any:
        self._runs += 1
        if self._runs > BEFORE_WRITTEN:
            is_small = len(self.fields) <= MOST_WRITTEN
            self.execute = _written(self.fields, self._execute) if is_small else self._execute
            return self.execute(run, source, path)
        return self._execute(run, source, path)

    def _execute(self, run: Run, source: Any, path: Path | None) -> Any:
        """What the written function does, for any source."""
        results: dict[str, Any] = {}
        try:
            for key, execute in self._prepared:
                results[key] = execute(run, source, path)
        except Exception:
            _drop(run, results.values())
            raise
        return _awaited(results)

    def execute_serially(self, run: Run, source: Any) -> Any:
        results: dict[str, Any] = {}
        for number, field in enumerate(self.fields):
            result = results[field.key] = field.execute(run, source, None)
            if is_awaitable(result):
                return _serially(results, result, self.fields[number:], run, source)
        return results


async def _serially(
    results: dict[str, Any], first: Awaitable[Any], fields: Sequence[Field], run: Run, source: Any
) -> dict[str, Any]:
    """`first` is the result of the first of the fields that are left."""
    results[fields[0].key] = await first
    for field in fields[1:]:
        result = field.execute(run, source, None)
        results[field.key] = await result if is_awaitable(result) else result
    return results


def _awaited(results: dict[str, Any]) -> Any:
    waiting = [key for key, result in results.items() if may_be_awaited[type(result)] and is_awaitable(result)]
    return replace(results, waiting) if waiting else results


def _drop(run: Run, results: Iterable[Any]) -> None:
    """After the failure of another field. They may fail, too."""
    if waiting := [result for result in results if is_awaitable(result)]:
        run.executor.settle_in_background(waiting)


def _written(fields: Sequence[Field], general: Execute) -> Execute:
    """The function for these fields. Attributes are read at once, and are complete if they are plain. If one is not, or
    cannot be read, nothing else has run yet, and `general` does all of it. For two attributes and another field:

        try:
            v0 = source.name
            v1 = source.shape
        except Exception:
            return general(run, source, above)
        if type(v0) is not t0 or type(v1) is not t1 or not p1(v1):
            return general(run, source, above)
        v2 = None
        try:
            v2 = e2(run, source, above)
        except Exception:
            drop(run, (v2,))
            raise
        results = {'name': v0, 'shape': v1, 'values': v2}
        return awaited(results) if m[type(v2)] else results
    """
    names: dict[str, Any] = {"general": general, "awaited": _awaited, "drop": _drop, "m": may_be_awaited}
    reads, odd, others = [], [], []
    for number, field in enumerate(fields):
        if (plain := field.plain_attribute) is not None:
            reads.append(f"v{number} = source.{plain.name}")
            odd.append(f"type(v{number}) is not t{number}")
            names[f"t{number}"] = plain.kind
            if plain.are_plain is not None:
                odd.append(f"not p{number}(v{number})")
                names[f"p{number}"] = plain.are_plain
        else:
            others.append(number)
            names[f"e{number}"] = field.execute
    otherwise = "    return general(run, source, above)"
    lines: list[str] = []
    if reads:
        lines += ["try:", *(f"    {read}" for read in reads), "except Exception:", otherwise]
        lines += [f"if {' or '.join(odd)}:", otherwise]
    if others:
        values = [f"v{number}" for number in others]
        lines += [f"{' = '.join(values)} = None", "try:"]
        lines += [f"    v{number} = e{number}(run, source, above)" for number in others]
        lines += ["except Exception:", f"    drop(run, ({', '.join(values)},))", "    raise"]
    shown = ", ".join([f"{field.key!r}: v{number}" for number, field in enumerate(fields)])
    lines.append(f"results = {{{shown}}}")
    if others:
        lines += [f"if {' or '.join(f'm[type(v{number})]' for number in others)}:", "    return awaited(results)"]
    return written.function("execute", "run, source, above", [*lines, "return results"], names)
