"""Functions written for one selection have the results of graphql-core, whatever its attributes are."""

# ruff: noqa: S311 - chance here is no secret

import asyncio
from random import Random
from types import FunctionType, SimpleNamespace

import pytest
import strawberry
from graphql import parse

from graph.compiled import CompiledSchema, selections
from graph.execution.plans import Document
from graph.execution.slices import SlicedExecutor
from tests.graph.compiled.outcomes import expected, found

_ATTRIBUTES = ("name", "note", "flag", "id", "numbers", "words", "number", "made_up")


class Text(str):
    __slots__ = ()


class Failure(Exception):
    pass


@strawberry.type
class Thing:
    name: str
    note: str | None
    flag: bool
    id: strawberry.ID
    numbers: list[int]
    words: list[str]
    number: int
    made_up: str

    @strawberry.field
    def greeting(self, info: strawberry.Info) -> str:
        return f"hello from {info.path.as_list()}"

    @strawberry.field
    def later(self) -> str:
        return Later("now")  # type: ignore[return-value]


@strawberry.type
class Query:
    @strawberry.field
    def things(self, info: strawberry.Info) -> list[Thing | None]:
        random = Random(info.context)
        return [thing(random) for _ in range(4)]


class Later:
    """Can be awaited, and need not be."""

    def __init__(self, value):
        self._value = value

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return self._value


def value(random, name):
    if random.randrange(12):
        return {"flag": True, "numbers": [1, 2], "words": ["a"], "number": 3}.get(name, name)
    odd = [None, 5, 2**40, "text", Text("text"), True, [], [1, None], [2**40], ["x", 1], Failure(name), Failure]
    chosen = random.randrange(len(odd) + 1)
    return Later(name) if chosen == len(odd) else odd[chosen]


def thing(random):
    """An attribute may be missing, which is an error of its field alone."""
    return SimpleNamespace(**{name: value(random, name) for name in _ATTRIBUTES if random.randrange(40)})


def selected(random):
    fields = [*_ATTRIBUTES[:-1], "madeUp", "greeting", "later", "__typename"]
    chosen = random.choices(fields, k=random.randrange(1, 8))
    return " ".join(f"f{number}: {name}" for number, name in enumerate(chosen))


@pytest.fixture(scope="module")
def schema():
    return strawberry.Schema(Query)._schema


async def test_odd_attributes_have_the_results_of_graphql_core(schema):
    for seed in range(400):
        node = parse(f"{{ things {{ {selected(Random(seed))} }} }}")
        planned = Document(CompiledSchema(schema), node)
        for context in (seed, seed + 1):
            wanted = await expected(schema, node, {}, context, SlicedExecutor)
            assert await found(planned, {}, context) == wanted, seed


def is_written(selection: selections.Selection) -> bool:
    # What is not is one of its methods.
    return isinstance(selection.execute, FunctionType)


async def test_a_selection_of_many_fields_stays_general(schema):
    planned = Document(CompiledSchema(schema), parse(f"{{ {' '.join(f'f{n}: __typename' for n in range(17))} }}"))
    plan = planned.plan(None)
    assert plan is not None
    selection = plan.shape(plan.variables.read({})).selection  # type: ignore[arg-type]  # no variable is wrong

    for _ in range(3):
        assert await found(planned, {}, None) == await expected(schema, planned.node, {}, None)
    assert not is_written(selection)


async def test_a_selection_gets_its_function_once_it_ran_often(schema, monkeypatch):
    monkeypatch.setattr(selections, "BEFORE_WRITTEN", 5)
    planned = Document(CompiledSchema(schema), parse("{ a: __typename b: __typename }"))
    plan = planned.plan(None)
    assert plan is not None
    selection = plan.shape(plan.variables.read({})).selection  # type: ignore[arg-type]  # no variable is wrong
    written = []

    for _ in range(7):
        assert await found(planned, {}, None) == ('{"a": "Query", "b": "Query"}', [])
        written.append(is_written(selection))
    assert written == [False] * 5 + [True] * 2
