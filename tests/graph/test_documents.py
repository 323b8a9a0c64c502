"""What a document may hold, before anything runs."""

import asyncio

import pytest
from graphql import get_introspection_query

import errors
from graph import schema
from graph.execution.documents import Documents, InvalidDocument
from settings import Settings

pytestmark = pytest.mark.usefixtures("answers_as_before")

TENSOR = '{name: "IN", shape: [1], data: {values: [1]}}'


def chain(count: int, body: str, last: str) -> str:
    """Fragments of which each spreads the next as `body` says, in the place of X."""
    links = (f"fragment f{number} on Query {{ {body.replace('X', f'...f{number + 1}')} }}" for number in range(count))
    return "{ ...f0 } " + " ".join(links) + f" fragment f{count} on Query {{ {last} }}"


TOO_COMPLEX = {
    "tokens": "{ " + "__typename " * 999 + "}",
    "40,000 tokens": "{a" * 20_000,
    "comments": "{ __typename }\n" + "#\n" * 1001,
    "comments, longer": "{ __typename }\n" + f"#{'c' * 50}\n" * 1010,
    "fields to compare": "{ models { nodes { " + "name " * 990 + "} } }",
    "depth": "{ models { nodes" * 7 + " { name }" + " } }" * 7,
    "depth 13 in inline fragments": "{ models " + "{ ... { nodes " * 12 + "{ name }" + " } }" * 12 + "}",
    "root fields": "{ " + " ".join(f"a{number}: __typename" for number in range(31)) + " }",
    "root fields, plain": "{ " + "__typename " * 31 + "}",
    "root fields by fragments": "{ ...f ...f ...f ...f } fragment f on Query { " + "__typename " * 8 + "}",
    "aliases": "{ models { nodes { " + " ".join(f"a{number}: name" for number in range(31)) + " } } }",
    "aliases in a fragment": "{ a: models { ...f } b: models { ...f } } fragment f on ModelConnection { "
    + " ".join(f"a{number}: totalCount" for number in range(15))
    + " }",
    "aliases in directives' shadow": "{ "
    + " ".join(f"a{number}: __typename @skip(if: true)" for number in range(31))
    + " }",
    "exponential fragments": chain(20, "X X", "__typename"),
    "exponential aliases": chain(20, "X ... { X }", "a: __typename"),
    "the second operation": "query A { __typename } query B { " + "__typename " * 31 + "}",
    "directives": "{ __typename " + "@skip(if: false) " * 10_000 + "}",
    "lists in lists": '{ infer(model: "x", inputs: ' + "[" * 995,
    "objects in objects": '{ infer(model: "x", inputs: ' + "{a:" * 300,
    "selections in selections": "{a" * 330 + "}" * 330,
    "inline fragments": "{ " + "... { " * 300 + "__typename" + " }" * 300 + " }",
    "introspection with aliases": "{ __schema { types { a: fields { name } b: fields { name } } } }",
    "introspection with aliases in a fragment": "{ __schema { types { ...f } } } fragment f on __Type { a: name }",
    "a long alias": f"{{ models {{ nodes {{ inputs {{ {'a' * 301}: name }} }} }} }}",
    "a long name of a variable": f"query (${'a' * 301}: Int) {{ models(first: ${'a' * 301}) {{ totalCount }} }}",
    "introspection twice": "{ a: __schema { types { name } } b: __schema { types { name } } }",
}


@pytest.mark.parametrize("document", TOO_COMPLEX.values(), ids=TOO_COMPLEX.keys())
async def test_a_document_beyond_the_limits_is_refused(visitor, document: str):
    answer = await visitor.http.post("/graphql", json={"query": document[:60_000]})

    codes = [error["extensions"]["code"] for error in answer.json()["errors"]]
    assert (answer.status_code, codes) == (400, ["QUERY_TOO_COMPLEX"]), answer.text


INVALID = {
    "a fragment that spreads itself": "{ ...f } fragment f on Query { ...f }",
    "fragments that spread each other": "{ ...f } fragment f on Query { ...g } fragment g on Query { ...f ...f }",
    "an unknown fragment": "{ ...f }",
    "an unused fragment": "{ __typename } fragment f on Query { __typename }",
    "a fragment twice": "{ ...f } fragment f on Query { __typename } fragment f on Query { __typename }",
    "a fragment on nothing": "{ ... on Nothing { a } }",
    "an operation twice": "query A { __typename } query A { __typename }",
    "anonymous operations": "{ __typename } { __typename }",
    "no selection": "{ service }",
    "an empty selection": "{ service {} }",
    "a selection too many": "{ service { version { a } } }",
    "an unknown argument": "{ service(a: 1) { version } }",
    "an argument twice": '{ model(name: "a", name: "b") { name } }',
    "a missing argument": "{ model { name } }",
    "a conflict": "{ models(first: 1) { totalCount } models(first: 2) { totalCount } }",
    "an unknown variable": "{ model(name: $a) { name } }",
    "an unused variable": "query ($a: Int) { __typename }",
    "a variable of a wrong type": "query ($a: Int) { model(name: $a) { name } }",
    "@defer": "{ ... @defer { __typename } }",
    "a directive out of place": "query @skip(if: true) { __typename }",
    "a directive twice": "{ __typename @skip(if: true) @skip(if: true) }",
    "two members of a one-of": '{ readText(image: {base64: "", upload: "x"}) { text } }',
    "no member of a one-of": "{ readText(image: {}) { text } }",
    "null in a one-of": "{ readText(image: {base64: null}) { text } }",
    "a type system": "type Query { a: Int }",
    "a type system beside": "{ __typename } type Other { a: Int }",
    "a number of 5,000 digits": f"{{ models(first: {'1' * 5000}) {{ totalCount }} }}",
    "a number of 33 bits": "{ models(first: 4294967296) { totalCount } }",
    "1e400 for a whole number": "{ models(first: 1e400) { totalCount } }",
    "half a surrogate pair": '{ model(name: "\\ud800") { name } }',
    "an escaped NUL": '{ model(name: "\\u0000") { name } }',
    "a longer escaped NUL": '{ model(name: "\\u{000}") { name } }',
    "a duration that is none": f'{{ infer(model: "x", inputs: [{TENSOR}], timeout: "1 s") {{ version }} }}',
    "an upload that is none": '{ readText(image: {upload: "x"}) { text } }',
    "deep introspection": "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
    "deep introspection by a fragment": "{ __schema { types { ...f } } } "
    "fragment f on __Type { fields { type { fields { type { interfaces { name } } } } } }",
}


@pytest.mark.parametrize("document", INVALID.values(), ids=INVALID.keys())
async def test_a_document_that_does_not_fit_the_schema_is_refused(visitor, document: str):
    answer = await visitor.post(document)

    assert answer.status_code == 400
    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {"BAD_REQUEST"}


async def test_at_most_twenty_errors_are_returned(visitor):
    answer = await visitor.post("{ service { " + " ".join(f"a{number}" for number in range(500)) + " } }")

    assert len(answer.json()["errors"]) == 21
    assert "Too many validation errors" in answer.json()["errors"][-1]["message"]


@pytest.mark.parametrize(
    "document",
    [
        "{ " + "__typename " * 30 + "}",
        "{ " + " ".join(f"a{number}: __typename" for number in range(30)) + " }",
        "{ __typename " + "@include(if: true) @skip(if: false) }",
        "{ models { nodes { " + "name " * 150 + "} } }",
        chain(4, "X X", "service { version }"),
        chain(40, "X", "a: __typename"),
        "query A { __typename } query B { ...f } fragment f on Query { __typename }",
        "# " + "c" * 50_000 + "\n{ __typename }",
        f"query {'q' * 300} {{ {'a' * 300}: __typename }}",
    ],
)
async def test_a_document_within_the_limits_is_answered(visitor, document: str):
    answer = await visitor.http.post("/graphql", json={"query": document, "operationName": None})

    if "query A" in document:
        answer = await visitor.http.post("/graphql", json={"query": document, "operationName": "B"})
    assert (answer.status_code, list(answer.json())) == (200, ["data"]), answer.text


async def test_a_string_of_60_kb_is_a_token_like_another(visitor):
    refusal = await visitor.refusal(f'{{ model(name: "{"x" * 60_000}") {{ name }} }}')

    assert refusal["code"] == "MODEL_NOT_FOUND"


@pytest.mark.parametrize("depth", [2, 100, 400, 480])
async def test_lists_written_deep_are_a_tensor_that_does_not_fit(visitor, depth: int):
    nested = "[" * depth + "]" * depth
    answer = await visitor.post(
        f'{{ infer(model: "identity", inputs: [{{name: "IN_INT8", shape: [1], data: {{values: {nested}}}}}]) '
        "{ version } }"
    )

    assert answer.json()["errors"][0]["extensions"]["code"] in ("INVALID_TENSOR", "QUERY_TOO_COMPLEX")


@pytest.mark.parametrize("digits", [20, 4000, 5000])
async def test_a_long_number_is_a_tensor_that_does_not_fit(visitor, digits: int):
    answer = await visitor.post(
        f'{{ infer(model: "identity", inputs: [{{name: "IN_INT8", shape: [1], data: {{values: [{"1" * digits}]}}}}]) '
        "{ version } }"
    )

    assert answer.json()["errors"][0]["extensions"]["code"] in ("INVALID_TENSOR", "BAD_REQUEST")


ALL_OPTIONS = get_introspection_query(
    descriptions=True,
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
    one_of=True,
    type_depth=15,
)


@pytest.mark.parametrize("document", [get_introspection_query(), ALL_OPTIONS], ids=["default", "all"])
async def test_introspection_tells_the_schema(visitor, document: str):
    answer = await visitor.run(document)

    assert answer["__schema"]["queryType"]["name"] == "Query"
    assert {"Query", "TypedModels", "Typed_identity"} <= {kind["name"] for kind in answer["__schema"]["types"]}


async def test_introspection_may_stand_beside_other_fields(visitor):
    answer = await visitor.run(
        '{ service { health } ...S a: __type(name: "Model") { name } b: __type(name: "None") { name } '
        'model(name: "identity") { name } } fragment S on Query { __schema { queryType { name } } }'
    )

    assert answer == {
        "service": {"health": "UP"},
        "__schema": {"queryType": {"name": "Query"}},
        "a": {"name": "Model"},
        "b": None,
        "model": {"name": "identity"},
    }
    assert list(answer) == ["service", "__schema", "a", "b", "model"]


def documents(settings: dict[str, str], **changes: str) -> Documents:
    changed = {f"GATEHOUSE_DOCUMENT_{name}": value for name, value in changes.items()}
    return Documents(schema.build([])._schema, Settings.from_environ(settings | changed))


@pytest.mark.parametrize(
    ("setting", "document"),
    [
        ("TOKENS", "{ service { version } }"),
        ("DEPTH", "{ service { dependencies { name } } }"),
        ("ROOT_FIELDS", "{ __typename service { version } rateLimit { cost } }"),
        ("ALIASES", "{ a: __typename service { b: version c: health } }"),
    ],
)
async def test_the_limits_are_settings(settings, setting: str, document: str):
    size = {"TOKENS": 6}.get(setting, 3)

    await documents(settings, **{setting: str(size)}).prepare(
        document, operation_name=None, may_mutate=True, aside=asyncio.to_thread
    )
    with pytest.raises(errors.QueryTooComplex):
        await documents(settings, **{setting: str(size - 1)}).prepare(
            document, operation_name=None, may_mutate=True, aside=asyncio.to_thread
        )


async def test_a_sound_document_is_kept_and_a_refused_one_is_not(settings):
    kept = documents(settings)
    first = await kept.prepare("{ __typename }", operation_name=None, may_mutate=True, aside=asyncio.to_thread)
    with pytest.raises(InvalidDocument):
        await kept.prepare("{ nothing }", operation_name=None, may_mutate=True, aside=asyncio.to_thread)
    long = "x" * 60_000
    for number in range(90):
        await kept.prepare(
            f"{{ __typename }} # {number}{long}", operation_name=None, may_mutate=True, aside=asyncio.to_thread
        )

    assert await kept.prepare("{ __typename }", operation_name=None, may_mutate=True, aside=asyncio.to_thread) is first
    for number in range(110):
        await kept.prepare(
            f"{{ __typename }} #{number}{long}", operation_name=None, may_mutate=True, aside=asyncio.to_thread
        )
    assert (
        await kept.prepare("{ __typename }", operation_name=None, may_mutate=True, aside=asyncio.to_thread) is not first
    )


async def test_a_large_document_is_answered_and_not_kept(settings):
    kept, large = documents(settings), "{ __typename } #" + "x" * 65_536

    first = await kept.prepare(large, operation_name=None, may_mutate=True, aside=asyncio.to_thread)

    assert await kept.prepare(large, operation_name=None, may_mutate=True, aside=asyncio.to_thread) is not first
