"""What is kept of an operation with its document, and what is worked out for each request."""

import pytest
from graphql import GraphQLError, build_schema, parse
from graphql.execution.values import VariableValues

from graph.compiled import CompiledSchema
from graph.execution.cost_directive import CostWindow
from graph.execution.plans import Document, Plan

SCHEMA = build_schema("type Query { a: Int b: Int c(x: Int): Int below: Query }")


def plan(document, name=None):
    found = Document(CompiledSchema(SCHEMA), parse(document)).plan(name)
    assert isinstance(found, Plan)
    return found


def given(**variables):
    return VariableValues({}, variables)


def keys(found, **variables):
    return list(found.shape(given(**variables)).root)


def test_an_operation_without_conditions_has_one_shape():
    found = plan("query ($x: Int) { a z: c(x: $x) ... F } fragment F on Query { b @skip(if: false) a @skip(if: true) }")

    shape = found.shape(given(x=1))

    assert list(shape.root) == ["a", "z", "b"]
    assert shape.names == {"a", "b", "c"}
    assert shape.windows == {CostWindow.ACCOUNT}
    assert found.shape(given(x=2)) is shape


def test_each_combination_of_conditions_has_a_shape():
    found = plan("query ($x: Boolean!, $y: Boolean! = true) { a @skip(if: $x) below { b @include(if: $y) } ...F } "
                 "fragment F on Query { ... @include(if: $y) { b } }")  # fmt: skip

    assert keys(found, x=True, y=True) == ["below", "b"]
    assert keys(found, x=False, y=False) == ["a", "below"]
    shape = found.shape(given(x=False, y=True))
    assert list(shape.root) == ["a", "below", "b"]
    assert list(shape.subfields(SCHEMA.type_map["Query"], shape.root["below"])) == ["b"]
    assert found.shape(given(x=False, y=True)) is shape


def test_only_a_few_shapes_are_kept():
    names = [f"v{number}" for number in range(5)]
    found = plan(
        f"query ({' '.join(f'${name}: Boolean!' for name in names)}) "
        f"{{ __typename {' '.join(f'{name}: a @include(if: ${name})' for name in names)} }}"
    )
    first = found.shape(given(**dict.fromkeys(names, True)))
    for number in range(31):
        values = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        assert keys(found, **values) == ["__typename", *(name for name in names if values[name])]

    assert found.shape(given(**dict.fromkeys(names, True))) is not first


def test_a_null_condition_is_an_error_of_its_request():
    found = plan("query ($x: Boolean = true) { a @skip(if: $x) }")

    with pytest.raises(GraphQLError, match="Argument 'if' has invalid value"):
        found.shape(given(x=None))
    assert keys(found, x=True) == []


def test_a_null_condition_below_the_root_is_an_error_of_its_field():
    found = plan("query ($x: Boolean = true) { below { a @skip(if: $x) } }")

    shape = found.shape(given(x=None))

    assert list(shape.root) == ["below"]
    with pytest.raises(GraphQLError, match="Argument 'if' has invalid value"):
        shape.subfields(SCHEMA.type_map["Query"], shape.root["below"])
    assert found.shape(given(x=None)) is not shape


@pytest.mark.parametrize(
    ("name", "expected"), [(None, None), ("A", ["a"]), ("B", ["b"]), ("C", None), ("", None)]
)  # fmt: skip
def test_an_operation_is_found_by_its_name(name, expected):
    document = Document(CompiledSchema(SCHEMA), parse("query A { a } query B { b }"))

    found = document.plan(name)

    assert (found and keys(found)) == expected


def test_the_only_operation_needs_no_name():
    assert keys(plan("query A { a }")) == ["a"]
    assert keys(plan("query A { a } fragment F on Query { b }", "A")) == ["a"]


def test_a_shape_with_more_fields_than_its_document_has_room_for_is_not_kept():
    spread = "{ a b c below { a b c below { ...F } } }"
    found = plan(f"query {{ {' '.join(f'b{number}: below {{ ...G }}' for number in range(9))} }} "
                 f"fragment F on Query {spread.replace('{ ...F }', '{ a }')} fragment G on Query {spread}")  # fmt: skip
    shape = found.shape(given())
    assert found.shape(given()) is shape

    def prepare(fields):
        for nodes in fields.values():
            if nodes[0].node.selection_set:
                prepare(shape.subfields(SCHEMA.type_map["Query"], nodes))

    prepare(shape.root)

    assert found.shape(given()) is shape  # for the last time
    assert found.shape(given()) is not shape
