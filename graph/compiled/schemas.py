"""What is prepared for a whole schema: once for each of its fields and inputs."""

from __future__ import annotations

from graphql import GraphQLField, GraphQLInputObjectType, GraphQLLeafType, GraphQLObjectType, GraphQLSchema

from graph.compiled import completers, resolvers, variables
from graph.compiled.completers import Complete
from graph.compiled.resolvers import Call, Resolver
from graph.compiled.variables import Coerce


class CompiledSchema:
    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._resolvers: dict[tuple[GraphQLObjectType, str], Resolver] = {}
        self._events: dict[tuple[GraphQLObjectType, str], Call] = {}
        self._completers: dict[GraphQLLeafType, Complete] = {}
        # None while it is being made, for inputs that hold inputs of their own type.
        self._coercers: dict[GraphQLInputObjectType, Coerce | None] = {}

    def resolver(self, kind: GraphQLObjectType, name: str, field: GraphQLField) -> Resolver:
        found = self._resolvers.get((kind, name))
        if found is None:
            found = self._resolvers[kind, name] = resolvers.prepare(self.schema, field)
        return found

    def events(self, kind: GraphQLObjectType, name: str, field: GraphQLField) -> Call:
        """What brings the events of a subscription's field."""
        found = self._events.get((kind, name))
        if found is None:
            found = self._events[kind, name] = resolvers.events(self.schema, field)
        return found

    def completer(self, kind: GraphQLLeafType) -> Complete:
        found = self._completers.get(kind)
        if found is None:
            found = self._completers[kind] = completers.leaf(kind)
        return found

    def coercer(self, kind: GraphQLInputObjectType) -> Coerce:
        """Raises variables.NotPrepared."""
        if kind not in self._coercers:
            self._coercers[kind] = None
            self._coercers[kind] = variables.input_object(self, kind)
        found = self._coercers[kind]
        if found is None:
            raise variables.NotPrepared
        return found
