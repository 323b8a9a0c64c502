"""Random documents and variables of a schema: aliases, fragments, conditions, literals, defaults, nulls.

They follow from a seed. Hypothesis would find smaller examples, but takes ten times as long to write one.
"""

# ruff: noqa: S311 - chance here is no secret

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLUnionType,
    get_named_type,
    is_required_argument,
    is_required_input_field,
)

SCALARS: Mapping[str, Sequence[Any]] = {
    "Int": [-3, 0, 1, 2, 3],
    "Float": [0.5, -1.25, 3],
    "String": ["", "a", 'q"uote', "ö"],
    "ID": ["1", "x"],
    "Boolean": [True, False],
}
_DEEPEST = 4


@dataclass
class Written:
    """A document with the values of its variables."""

    text: str
    variables: dict[str, Any]


@dataclass
class _Writer:
    random: Random
    schema: Any
    scalars: Any
    count: int = 0
    declared: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)

    def new(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}"

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def selections(self, kind, depth):
        count = self.random.randint(1, 3)
        return " ".join(["{", *(self.selection(kind, depth) for _ in range(count)), "}"])

    def selection(self, kind, depth):
        if depth < _DEEPEST and self.chance(20):
            return self.fragment(kind, depth)
        names = list(getattr(kind, "fields", {}))
        if depth >= _DEEPEST:
            names = [name for name in names if not hasattr(get_named_type(kind.fields[name].type), "fields")]
            names = [name for name in names if not isinstance(get_named_type(kind.fields[name].type), GraphQLUnionType)]
        name = self.random.choice(["__typename", *names])
        if name == "__typename":
            return f"__typename {self.directives()}"
        chosen = kind.fields[name]
        arguments = self.arguments(chosen.args)
        # Fields with one key must have the same arguments.
        alias = f"{self.new('a')}: " if chosen.args or self.chance(30) else ""
        below = get_named_type(chosen.type)
        is_leaf = isinstance(below, GraphQLScalarType | GraphQLEnumType)
        return f"{alias}{name}{arguments} {self.directives()} {'' if is_leaf else self.selections(below, depth + 1)}"

    def fragment(self, kind, depth):
        abstract = isinstance(kind, GraphQLUnionType | GraphQLInterfaceType)
        possible = list(self.schema.get_possible_types(kind)) if abstract else []
        on = self.random.choice([kind, *possible, *getattr(kind, "interfaces", ())])
        body = f"on {on.name} {{directives}} {self.selections(on, depth + 1)}"
        if self.chance(50):
            name = self.new("F")
            self.fragments.append(f"fragment {name} {body.replace('{directives}', '')}")
            return f"...{name} {self.directives()}"
        return f"... {body.replace('{directives}', self.directives())}"

    def directives(self):
        if not self.chance(25):
            return ""
        name = self.random.choice(["skip", "include"])
        return f"@{name}(if: {self.value(GraphQLNonNull(self.schema.type_map['Boolean']), _DEEPEST)})"

    def arguments(self, arguments):
        given = [
            f"{name}: {self.value(argument.type, 0)}"
            for name, argument in arguments.items()
            if is_required_argument(argument) or self.chance(60)
        ]
        return f"({', '.join(given)})" if given else ""

    def value(self, kind, depth):
        """A literal, perhaps with variables in it, or a variable."""
        if self.chance(35):
            return self.variable(kind)
        if isinstance(kind, GraphQLNonNull):
            return self.literal(kind.of_type, depth)
        return "null" if self.chance(15) else self.literal(kind, depth)

    def literal(self, kind, depth):
        if isinstance(kind, GraphQLList):
            if self.chance(20):
                return self.literal(getattr(kind.of_type, "of_type", kind.of_type), depth)
            return f"[{', '.join(self.value(kind.of_type, depth + 1) for _ in range(self.random.randint(0, 2)))}]"
        if isinstance(kind, GraphQLInputObjectType):
            names = self.members(kind, depth)
            return f"{{{', '.join(f'{name}: {self.value(kind.fields[name].type, depth + 1)}' for name in names)}}}"
        return literal(kind, self.leaf(kind))

    def members(self, kind, depth):
        if kind.is_one_of:
            return [self.random.choice(sorted(kind.fields))]
        return [
            name
            for name, found in kind.fields.items()
            if is_required_input_field(found) or (depth < _DEEPEST and self.chance(60))
        ]

    def variable(self, kind):
        name = self.new("v")
        declared = kind
        if isinstance(kind, GraphQLNonNull) and self.chance(30):
            # A nullable variable is allowed here if it has a default.
            declared = kind.of_type
            default = f" = {self.constant(declared)}"
        else:
            default = f" = {self.constant(kind)}" if self.chance(25) else ""
        self.declared.append(f"${name}: {declared}{default}")
        if not (default or not isinstance(declared, GraphQLNonNull)) or self.chance(70):
            self.values[name] = self.json(declared, 0)
        return f"${name}"

    def constant(self, kind):
        kind = getattr(kind, "of_type", kind) if isinstance(kind, GraphQLNonNull) else kind
        return written(kind, self.json(GraphQLNonNull(kind), 0))

    def json(self, kind, depth):
        if isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        elif self.chance(15):
            return None
        if isinstance(kind, GraphQLList):
            if self.chance(15) and not isinstance(kind.of_type, GraphQLList):
                return self.json(GraphQLNonNull(getattr(kind.of_type, "of_type", kind.of_type)), depth)
            return [self.json(kind.of_type, depth + 1) for _ in range(self.random.randint(0, 2))]
        if isinstance(kind, GraphQLInputObjectType):
            members = self.members(kind, depth)
            if kind.is_one_of:
                return {name: self.json(GraphQLNonNull(kind.fields[name].type), depth + 1) for name in members}
            return {name: self.json(kind.fields[name].type, depth + 1) for name in members}
        return self.leaf(kind)

    def leaf(self, kind):
        return self.random.choice(sorted(kind.values) if isinstance(kind, GraphQLEnumType) else self.scalars[kind.name])


def literal(kind, value):
    return value if isinstance(kind, GraphQLEnumType) else json.dumps(value, ensure_ascii=False)


def written(kind, value):
    """A JSON value as a literal of the type."""
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if value is None:
        return "null"
    if isinstance(kind, GraphQLList):
        items = value if isinstance(value, list) else [value]
        return f"[{', '.join(written(kind.of_type, item) for item in items)}]"
    if isinstance(kind, GraphQLInputObjectType):
        return f"{{{', '.join(f'{name}: {written(kind.fields[name].type, value[name])}' for name in value)}}}"
    return literal(kind, value)


def document(schema, seed, *, scalars=SCALARS):
    """A document of one operation. Some are not valid: variables may be null where they must not be."""
    writer = _Writer(Random(seed), schema, scalars)
    root = writer.random.choice([found for found in (schema.query_type, schema.mutation_type) if found])
    body = writer.selections(root, 0)
    head = "query" if root is schema.query_type else "mutation"
    declared = f"({', '.join(writer.declared)})" if writer.declared else ""
    return Written(" ".join([f"{head} {declared} {body}", *writer.fragments]), writer.values)


def json_value(schema, kind, seed, *, scalars=SCALARS):
    """A value of an input type, as in variables."""
    return _Writer(Random(seed), schema, scalars).json(kind, 0)
