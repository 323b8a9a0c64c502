"""Where the events of a subscription come from: the one field of its document that is a stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from inspect import isasyncgen
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import FieldNode, GraphQLError, GraphQLObjectType, get_named_type
from graphql.pyutils import Path

from graph.compiled import Reader, Selection, reader
from graph.compiled.fields import Field
from graph.compiled.resolvers import Call

if TYPE_CHECKING:
    from graph.execution.plans import Shape
    from graph.execution.runs import Run


class Source(NamedTuple):
    """`keys` is the path of the stream's field in the answer: of a root field, or of a field below `typed`."""

    keys: tuple[str, ...]
    fields: tuple[Field, ...]
    read: Reader
    bring: Call

    @property
    def nodes(self) -> list[FieldNode]:
        return list(self.fields[-1].nodes)

    async def events(self, run: Run) -> AsyncGenerator[Any, None]:
        """Raises GraphQLError for arguments that do not fit, and what the field raises."""
        field = self.fields[-1]
        path: Path | None = None
        for above in self.fields:
            path = Path(path, above.key, above.parent.name)
        assert path is not None  # noqa: S101 - there is a field
        found = self.bring(None, field.info(run, path), self.read(run.variable_values))
        events: AsyncGenerator[Any, None] = found if isasyncgen(found) else await found
        return events


def of(shape: Shape) -> Source:
    """Of the document, whose shape keeps it. Raises GraphQLError if it asks for no stream, or for several."""
    if shape.source is None:
        shape.source = _find(shape)
    return shape.source


def _find(shape: Shape) -> Source:
    [root] = shape.selection.fields  # validation has refused several
    kind = get_named_type(root.definition.type)
    if not isinstance(kind, GraphQLObjectType) or not _has_streams(kind):
        return _source(shape, root)
    below = Selection(shape, kind, shape.subfields(kind, root.details)).fields
    streams = [field for field in below if field.definition.subscribe is not None]
    if len(streams) != 1:
        raise GraphQLError(f"A subscription selects one field of `{root.definition_name}`.", root.nodes)
    return _source(shape, root, streams[0])


def _source(shape: Shape, *fields: Field) -> Source:
    last = fields[-1]
    bring = shape.compiled_schema.events(last.parent, last.definition_name, last.definition)
    return Source(tuple(field.key for field in fields), fields, reader(last.definition, last.nodes[0]), bring)


def _has_streams(kind: GraphQLObjectType) -> bool:
    return any(field.subscribe is not None for field in kind.fields.values())
