"""Two members of one name are found, whatever else the text holds; and places in documents are graphql-core's own."""

import json
import random

import pytest
from graphql import Source

import errors
from graph.execution import documents
from graph.http import json_bodies

COLONS = [":", r"\u003a", r"\u003A", r"\\u003a", r"\\\u003a", r"\"", "a", ""]


def has_doubles(text: str) -> bool:
    found = []

    def look(pairs):
        found.append(len(dict(pairs)) != len(pairs))
        return dict(pairs)

    json.loads(text, object_pairs_hook=look)
    return any(found)


def text(chance: random.Random) -> str:
    return '"' + "".join(chance.choices(COLONS, k=chance.randrange(4))) + '"'


def value(chance: random.Random, depth: int = 0) -> str:
    kind = chance.randrange(4 if depth < 4 else 2)
    if kind == 0:
        return text(chance)
    if kind == 1:
        return chance.choice(["1", "null", "-0.5e1", "true"])
    inside = [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == 2:
        return "[" + ", ".join(inside) + "]"
    return "{" + ",".join(f"{text(chance)} : {one}" for one in inside) + "}"


def test_doubled_names_are_found_as_a_parser_that_shows_all_of_them_finds_them():
    chance, both = random.Random(9), set()  # noqa: S311 - the same each time
    for _ in range(20_000):
        made = value(chance)
        expected = has_doubles(made)
        both.add(expected)
        if expected:
            with pytest.raises(errors.BadRequest, match="same key twice"):
                json_bodies.read(made.encode(), what="It")
        else:
            assert json_bodies.read(made.encode(), what="It") == json.loads(made), made
    assert both == {True, False}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (rb'{"a":"\u0000"}', "a NUL character"),
        (b'{"a":1,"a":1}', "same key twice"),
        (b'{"a":{"b":2,"b":2}}', "same key"),
    ],
)
def test_what_is_refused_is_refused_without_spaces_too(body, problem):
    with pytest.raises(errors.BadRequest, match=problem):
        json_bodies.read(body, what="It")


@pytest.mark.parametrize("part", ["[]", "{}", '{"a":1}', '":"'])
def test_a_body_has_at_most_250000_lists_objects_and_members(part):
    marks = sum(map(part.count, "[{:"))
    most = (250_000 - 1) // marks

    assert len(json_bodies.read(f"[{','.join([part] * most)}]".encode(), what="It")) == most
    with pytest.raises(errors.PayloadTooLarge, match="250000"):
        json_bodies.read(f"[{','.join([part] * (most + 1))}]".encode(), what="It")


def test_a_body_may_have_four_million_numbers():
    assert len(json_bodies.read(b"[" + b"1," * 4_000_000 + b"1]", what="It")) == 4_000_001


def test_places_in_a_document_are_those_of_graphql_core():
    chance = random.Random(9)  # noqa: S311 - the same each time
    for _ in range(2000):
        body = "".join(chance.choices("a \r\n", k=chance.randrange(12)))
        ours, its = documents.Text(body), Source(body)
        for offset in range(14):
            assert ours.get_location(offset) == its.get_location(offset), repr(body)
