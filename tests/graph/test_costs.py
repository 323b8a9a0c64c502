"""What an operation costs, before any of it runs."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from graphql import parse
from graphql.execution.values import VariableValues
from tritonclient.grpc import InferenceServerClient

from graph import schema
from graph.compiled import CompiledSchema
from graph.execution import costs
from graph.execution.plans import Document
from resolvers.models import Quote
from tests.mails import until

pytestmark = pytest.mark.usefixtures("answers_as_before")

TENSOR = 'inputs: [{name: "IN", shape: [1], data: {values: [1]}}]'
TYPED = "costly(IN: {data: {values: [1]}}) { OUT { name } }"
IMAGE = '{base64: ""}'


def costly(directives: str = "") -> str:
    return f'infer(model: "costly", {TENSOR}) {directives} {{ version }}'


COSTLY = costly()


async def cost(visitor, fields: str, head: str = "", *, fragments: str = "", **variables: Any) -> int:
    query = f"query {head} {{ rateLimit(dryRun: true) {{ cost }} {fields} }} {fragments}"
    return int((await visitor.run(query, **variables))["rateLimit"]["cost"])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("", 0),
        ("__typename service { health }", 0),
        ("a: rateLimit { cost } b: service { version }", 0),
        ("...on Query { service { version } }", 0),
        ("models { totalCount }", 1),
        ('model(name: "costly") { cost }', 1),
        ('model(name: "none") { cost }', 1),
        ("__schema { queryType { name } }", 1),
        ('__type(name: "Model") { name }', 1),
        ("typed { __typename }", 1),
        (COSTLY, 7),
        (f"a: {COSTLY} b: {COSTLY}", 14),
        (f"{COSTLY} {COSTLY}", 7),
        (f"{COSTLY} ... {{ {COSTLY} }}", 7),
        (f"{COSTLY} models {{ totalCount }}", 7),
        (f'infer(model: "private", {TENSOR}) {{ version }}', 1),
        (f'infer(model: "none", {TENSOR}) {{ version }}', 1),
        (f'a: infer(model: "none", {TENSOR}) {{ version }} b: {COSTLY}', 8),
        (costly("@skip(if: true)"), 0),
        (costly("@include(if: false)"), 0),
        (costly("@include(if: true) @skip(if: false)"), 7),
        (f"typed {{ {TYPED} }}", 7),
        (f"typed {{ {TYPED} a: {TYPED} }}", 14),
        (f"typed {{ {TYPED} }} typed {{ a: {TYPED} }}", 14),
        (f"a: typed {{ {TYPED} }} b: typed {{ {TYPED} }}", 14),
        (f"typed {{ ... @skip(if: true) {{ {TYPED} }} }}", 1),
        (f"typed @skip(if: true) {{ {TYPED} }}", 0),
        (f"readText(image: {IMAGE}) {{ text }}", 5),
        ("readTexts(images: []) { __typename }", 1),
        (f"readTexts(images: {IMAGE}) {{ __typename }}", 5),
        (f"readTexts(images: [{IMAGE} {IMAGE} {IMAGE}]) {{ __typename }}", 15),
        (f"readDocument(file: {IMAGE}, pages: []) {{ pageCount }}", 1),
        (f"readDocument(file: {IMAGE}, pages: 7) {{ pageCount }}", 5),
        (f"readDocument(file: {IMAGE}, pages: [7, 8]) {{ pageCount }}", 10),
        (f"readDocument(file: {IMAGE}) {{ pageCount }}", 50),
    ],
)  # fmt: skip
async def test_the_cost_of_what_is_written(visitor, fields: str, expected: int):
    assert await cost(visitor, fields) == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [({}, 7), ({"s": True}, 0), ({"i": True}, 21), ({"s": True, "i": True}, 7), ({"s": False, "i": False}, 7)],
)
async def test_the_cost_follows_skip_and_include(visitor, variables: dict[str, Any], expected: int):
    head = "($s: Boolean! = false, $i: Boolean! = false)"
    fields = f"a: {costly('@skip(if: $s)')} b: {costly('@include(if: $i)')}"
    fields += f" c: {costly('@skip(if: $s) @include(if: $i)')}"

    assert await cost(visitor, fields, head, **variables) == expected


@pytest.mark.parametrize(("count", "expected"), [(0, 1), (1, 5), (100, 500)])
async def test_each_item_of_a_list_costs(visitor, count: int, expected: int):
    fields, head = "readTexts(images: $i) { __typename }", "($i: [ImageInput!]!)"

    assert await cost(visitor, fields, head, i=[{"base64": ""}] * count) == expected


async def test_the_model_may_be_named_in_a_variable(visitor):
    fields, head = f"infer(model: $m, {TENSOR}) {{ version }}", '($m: String! = "costly")'

    assert [await cost(visitor, fields, head), await cost(visitor, fields, head, m="identity")] == [7, 1]


async def test_fragments_cost_where_they_are_spread(visitor):
    fragments = f"fragment F on Query {{ ...G b: {COSTLY} }} fragment G on Query {{ {COSTLY} typed {{ ...T }} }}"
    fragments += f" fragment T on TypedModels {{ {TYPED} }}"

    assert await cost(visitor, f"...F ...G {COSTLY}", fragments=fragments) == 21


async def test_fields_are_priced_also_when_they_run(visitor):
    answer = await visitor.run(f"{{ rateLimit {{ cost }} {COSTLY} typed {{ {TYPED} }} }}")

    assert answer == {
        "rateLimit": {"cost": 14},
        "infer": {"version": "1"},
        "typed": {"costly": {"OUT": {"name": "OUT"}}},
    }


@pytest.mark.parametrize("dry_run", ["true", "$d"])
async def test_a_dry_run_runs_nothing(visitor, triton, dry_run: str):
    client = InferenceServerClient(urlsplit(triton.url).netloc or triton.url)
    before: object = None

    def is_settled() -> bool:
        """Triton counts a call after its answer, and earlier tests have called the model."""
        nonlocal before
        last, before = before, client.get_inference_statistics("costly", as_json=True)
        return last == before

    await until(is_settled, every=0.5)
    fields = f'{COSTLY} typed {{ {TYPED} }} models {{ totalCount }} model(name: "none") {{ name }}'
    fields += f" readText(image: {IMAGE}) {{ text }} readTexts(images: [{IMAGE}]) {{ __typename }}"
    head = "query ($d: Boolean! = true)"
    answer = await visitor.run(
        f"{head} {{ a: __typename @include(if: $d) rateLimit(dryRun: {dry_run}) {{ cost }} {fields} }}"
    )

    nothing = dict.fromkeys(["infer", "models", "model", "readText", "readTexts"])
    assert answer == {"a": "Query", "rateLimit": {"cost": 24}, "typed": {"costly": None}, **nothing}
    assert client.get_inference_statistics("costly", as_json=True) == before
    client.close()


def test_a_cost_is_capped_at_the_largest_int():
    plan = Document(CompiledSchema(schema.build([])._schema), parse(f"{{ a: {COSTLY} b: {COSTLY} }}")).plan(None)
    assert plan is not None
    nothing = VariableValues({}, {})
    shape = plan.shape(nothing)

    def cost_at(price: int) -> int:
        return costs.total(shape, costs.fields_of(shape, nothing, lambda model: Quote(model, price)))

    assert cost_at(2**30 - 1) == 2**31 - 2
    assert cost_at(2**30) == 2**31 - 1
    assert cost_at(2**62) == 2**31 - 1
