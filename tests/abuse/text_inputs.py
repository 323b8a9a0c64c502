"""Every place of the schema that takes a text, found in the schema itself, and a document that leads a text there."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_required_argument,
    is_required_input_field,
)

# How a text becomes a value of a scalar. A scalar that is not here fails the test until it is.
SCALARS: Mapping[str, Callable[[str], Any] | None] = {
    "String": str,
    "ID": str,
    "Duration": str,
    "Date": str,
    "TensorData": lambda text: [text],
    # These take no text. The names of files are a case of their own.
    "Upload": None,
    "Int": None,
    "Boolean": None,
    "Float": None,
}

Fields = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """`fields` lead from the root to the field, `path` from its arguments to the text."""

    root: str
    fields: Fields
    path: Fields
    scalar: str
    arguments: Mapping[str, GraphQLArgument] = field(repr=False, compare=False)
    answer: Any = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        return f"{'.'.join(self.fields)}({'.'.join(self.path)})"

    def values(self, text: str, known: Mapping[str, Any]) -> dict[str, Any]:
        """Variables with the text in its place; what else the field needs is taken from `known`, by name."""
        found = {}
        for name, argument in self.arguments.items():
            path = self.path[1:] if name == self.path[0] else None
            if path is not None or is_required_argument(argument):
                found[name] = self._value(argument.type, path, text, {**known}, (self.fields[-1], name))
        return found

    @cached_property
    def document(self) -> str:
        names = [name for name, one in self.arguments.items() if name == self.path[0] or is_required_argument(one)]
        declared = ", ".join(f"${name}: {self.arguments[name].type}" for name in names)
        given = ", ".join(f"{name}: ${name}" for name in names)
        inner = f"{self.fields[-1]}({given}) {_selection(self.answer)}"
        for outer in reversed(self.fields[:-1]):
            inner = f"{outer} {{ {inner} }}"
        return f"{self.root} ({declared}) {{ {inner} }}"

    def _value(self, kind: Any, path: Fields | None, text: str, known: Mapping[str, Any], trail: Fields) -> Any:
        if isinstance(kind, GraphQLNonNull):
            return self._value(kind.of_type, path, text, known, trail)
        if isinstance(kind, GraphQLList):
            return [self._value(kind.of_type, path, text, known, trail)]
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(kind, path, text, known, trail)
        if path is not None:
            convert = SCALARS[kind.name]
            assert convert is not None
            return convert(text)
        if isinstance(kind, GraphQLEnumType):
            return next(iter(kind.values))
        # A KeyError asks for a value that this test is to be told.
        return known[next((key for key in (".".join(trail), trail[-1]) if key in known), kind.name)]

    def _object(self, kind: GraphQLInputObjectType, path: Fields | None, text: str, known: Any, trail: Fields) -> Any:
        wanted = [name for name, one in kind.fields.items() if is_required_input_field(one)]
        wanted += path[:1] if path else _first_text(kind) if kind.is_one_of else []
        return {
            name: self._value(
                kind.fields[name].type, path[1:] if path and path[0] == name else None, text, known, (*trail, name)
            )
            for name in dict.fromkeys(wanted)
        }


def of(schema: GraphQLSchema) -> list[Place]:
    """Raises AssertionError for fields with a text that no way of fields without required arguments leads to."""
    reached = ways(schema)
    places: list[Place] = []
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            for field_name, one in kind.fields.items():
                texts = [found for key, argument in one.args.items() for found in _texts(argument.type, (key,))]
                assert name in reached or not texts, f"No way leads to {name}.{field_name}: tell this test one"
                root, way = reached.get(name, ("", ()))
                places += [Place(root, (*way, field_name), path, scalar, one.args, one.type) for path, scalar in texts]
    return places


def ways(schema: GraphQLSchema) -> dict[str, tuple[str, Fields]]:
    """By object type, the kind of operation and the fields that lead to it, none of which needs an argument."""
    reached: dict[str, tuple[str, Fields]] = {}
    roots = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    for root, root_type in roots.items():
        assert root_type is not None
        _reach(root_type, root, reached)
    return reached


def _reach(kind: GraphQLObjectType, root: str, reached: dict[str, tuple[str, Fields]]) -> None:
    waiting: deque[tuple[GraphQLObjectType, Fields]] = deque([(kind, ())])
    while waiting:
        kind, way = waiting.popleft()
        if kind.name in reached:
            continue
        reached[kind.name] = (root, way)
        for name, one in kind.fields.items():
            below = get_named_type(one.type)
            is_open = not any(is_required_argument(argument) for argument in one.args.values())
            # What a mutation answers is reached by queries too.
            if isinstance(below, GraphQLObjectType) and is_open and root != "mutation":
                waiting.append((below, (*way, name)))


def _texts(kind: Any, path: Fields) -> Iterator[tuple[Fields, str]]:
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        for name, one in named.fields.items():
            assert len(path) < 10, "an input that holds itself: tell this test where to stop"
            yield from _texts(one.type, (*path, name))
    elif isinstance(named, GraphQLScalarType):
        assert named.name in SCALARS, f"{named.name}: tell this test how a text becomes one"
        if SCALARS[named.name] is not None:
            yield path, named.name


def _first_text(kind: GraphQLInputObjectType) -> list[str]:
    return [name for name, one in kind.fields.items() if SCALARS.get(get_named_type(one.type).name) is not None][:1]


def _selection(kind: Any) -> str:
    named = get_named_type(kind)
    if isinstance(named, GraphQLUnionType):
        accepted = "... on MailAccepted { email }" if any(one.name == "MailAccepted" for one in named.types) else ""
        return f"{{ __typename ... on UserError {{ code }} {accepted} }}"
    return "{ __typename }" if isinstance(named, GraphQLObjectType | GraphQLInterfaceType) else ""
