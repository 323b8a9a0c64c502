"""Where the events of a subscription come from: the one field of its document that is a stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import FieldNode, GraphQLError, GraphQLObjectType, get_named_type
from graphql.pyutils import Path

from graph.compiled import Selection, reader
from graph.compiled.fields import Field

if TYPE_CHECKING:
    from graph.execution.plans import Shape
    from graph.execution.runs import Run


class Source(NamedTuple):
    """`keys` is the path of the stream's field in the answer: of a root field, or of a field below `typed`."""

    keys: tuple[str, ...]
    fields: tuple[Field, ...]

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
        given = reader(field.definition, field.nodes[0])(run.variable_values)
        bring = run.plan.compiled_schema.events(field.parent, field.definition_name, field.definition)
        found = bring(None, field.info(run, path), given)
        events: AsyncGenerator[Any, None] = await found if isawaitable(found) else found
        return events


def of(shape: Shape) -> Source:
    """Raises GraphQLError if the document asks for no stream, or for several."""
    [root] = shape.selection.fields  # validation has refused several
    kind = get_named_type(root.definition.type)
    if not isinstance(kind, GraphQLObjectType) or not _has_streams(kind):
        return Source((root.key,), (root,))
    below = Selection(shape, kind, shape.subfields(kind, root.details)).fields
    streams = [field for field in below if field.definition.subscribe is not None]
    if len(streams) != 1:
        raise GraphQLError(f"A subscription selects one field of `{root.definition_name}`.", root.nodes)
    return Source((root.key, streams[0].key), (root, streams[0]))


def _has_streams(kind: GraphQLObjectType) -> bool:
    return any(field.subscribe is not None for field in kind.fields.values())
