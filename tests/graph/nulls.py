"""Every place of the schema where no null may stand, and a document that leads a variable there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_required_argument,
    is_required_input_field,
)

from tests.abuse import text_inputs

# A literal of each scalar. Inputs with a scalar that is not here fail the test until it is.
LITERALS = {
    "String": '"x"',
    "ID": '"x"',
    "Int": "1",
    "Float": "1.5",
    "Boolean": "false",
    "Duration": '"PT1S"',
    "Date": '"2026-01-01"',
    "DateTime": '"2026-01-01T00:00:00Z"',
    "TensorData": "[1]",
}
# It has no literal, and so a variable of it no default.
FILE = "Upload"


@dataclass(frozen=True)
class Place:
    """`document` declares the variable `v`, which may be null; `root` is whether its field stands at the root."""

    name: str
    document: str
    root: bool


def places_of(schema: GraphQLSchema) -> Iterator[Place]:
    """Each twice where the place has a default: with a default of the variable's own, and with none."""
    for kind, (root, way) in text_inputs.ways(schema).items():
        for name, field in schema.type_map[kind].fields.items():  # type: ignore[attr-defined]
            for key, argument in field.args.items():
                for path, written, variable in _written(argument.type, argument.default, _has_default(argument)):
                    yield _place(root, (*way, name), field, (key, *path), written, variable)
    for kind, (root, way) in text_inputs.ways(schema).items():
        # Not below a model that may be called with nothing: it then gives nothing, and that is its failure.
        below_model = way[:1] == ("typed",) and len(way) > 1
        if not kind.startswith("__") and root == "query" and not below_model:
            yield from _directives(way)


def _directives(way: tuple[str, ...]) -> Iterator[Place]:
    for directive in ("skip", "include"):
        for variable in ("Boolean = true", "Boolean = false"):
            for inner in ("__typename @D", "... @D { __typename }", "...F @D"):
                field = inner.replace("@D", f"@{directive}(if: $v)")
                fragment = " fragment F on Query { __typename }" if "...F" in field else ""
                if fragment and way:
                    continue
                body = _nested(way, field)
                yield Place(f"{'.'.join(way)} {field}", f"query ($v: {variable}) {{ {body} }}{fragment}", not way)


def _place(root: str, way: tuple[str, ...], field: Any, path: Any, written: str, variable: str) -> Place:
    required = {key: literal(one.type) for key, one in field.args.items() if is_required_argument(one)}
    given = ", ".join(f"{key}: {value}" for key, value in (required | {path[0]: written}).items())
    selection = "{ __typename }" if _is_composite(field.type) else ""
    body = _nested(way[:-1], f"{way[-1]}({given}) {selection}")
    name = f"{'.'.join(way)}({'.'.join(path)}) ${variable}"
    return Place(name, f"{root} ($v: {variable}) {{ {body} }}", len(way) == 1)


def _written(kind: Any, default: object, has_default: bool) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Paths within a value of this type to what takes no null, the value with `$v` there, and how to declare `$v`."""
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
        if get_named_type(kind).name != FILE:
            yield (), "$v", f"{kind} = {literal(kind)}"
        if has_default:
            yield (), "$v", str(kind)
    if isinstance(kind, GraphQLList):
        for path, written, variable in _written(kind.of_type, None, False):
            yield ("0", *path), f"[{written}]", variable
    elif isinstance(kind, GraphQLInputObjectType):
        for name, field in kind.fields.items():
            for path, written, variable in _written(field.type, field.default, _has_default(field)):
                yield (name, *path), _object(kind, {name: written}), variable


def literal(kind: Any) -> str:
    if isinstance(kind, GraphQLNonNull):
        return literal(kind.of_type)
    if isinstance(kind, GraphQLList):
        return f"[{literal(kind.of_type)}]"
    if isinstance(kind, GraphQLInputObjectType):
        return _object(kind, {})
    if isinstance(kind, GraphQLEnumType):
        return str(next(iter(kind.values)))
    return LITERALS[kind.name]


def _object(kind: GraphQLInputObjectType, given: dict[str, str]) -> str:
    fields = {name: literal(field.type) for name, field in kind.fields.items() if is_required_input_field(field)}
    if kind.is_one_of and not given:
        fields = next({name: literal(one.type)} for name, one in kind.fields.items() if str(one.type) in LITERALS)
    return f"{{{', '.join(f'{name}: {value}' for name, value in (fields | given).items())}}}"


def _has_default(one: Any) -> bool:
    return one.default is not None or one.default_value is not Undefined


def _nested(way: tuple[str, ...], body: str) -> str:
    for name in reversed(way):
        body = f"{name} {{ {body} }}"
    return body


def _is_composite(kind: Any) -> bool:
    return not hasattr(get_named_type(kind), "coerce_input_value")
