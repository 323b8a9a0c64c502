"""The errors for values that do not fit the schema."""

import logging
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLInt, GraphQLList, GraphQLObjectType, GraphQLSchema, execute_sync, parse
from strawberry.types.base import StrawberryMaybe, StrawberryObjectDefinition

from graph import failures
from graph.schema import build

pytestmark = pytest.mark.usefixtures("answers_as_before")

READ = "query ($i: ImageInput!) { readText(image: $i) { text } }"
READ_ALL = "query ($i: [ImageInput!]!) { readTexts(images: $i) { __typename } }"
INFER = 'query ($i: [TensorInput!]!) { infer(model: "identity", inputs: $i) { version } }'
REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { __typename } }"
BYTES = {"name": "A", "shape": [1], "data": {"base64": ""}}


@pytest.mark.parametrize(
    ("document", "value", "message"),
    [
        (READ, {}, "Variable '$i': exactly one of upload, base64 must be given; none was."),
        (READ, {"base64": None}, "Variable '$i': exactly one of upload, base64 must be given; `base64` is null."),
        (READ, {"base64": 1}, "Variable '$i' at 'i.base64': expected a string, got a number."),
        (READ, {"base64": "", "x": 1}, "Variable '$i': ImageInput has no field `x`. It has upload and base64."),
        (READ, [], "Variable '$i': expected an object of type ImageInput, got a list."),
        (READ, None, "Variable '$i': null is not allowed here; expected a value of type ImageInput!."),
        (
            READ,
            {"upload": "x"},
            "Variable '$i' at 'i.upload': An Upload is a file part of a multipart request, named by its `map`.",
        ),
        (
            READ_ALL,
            [{"base64": ""}, {"base64": "", "upload": ""}],
            "Variable '$i' at 'i.1': exactly one of upload, base64 must be given; 2 were.",
        ),
        (
            INFER,
            [BYTES | {"data": {"values": 1, "base64": ""}}],
            "Variable '$i' at 'i.0.data': exactly one of values, base64, upload must be given; 2 were.",
        ),
        (
            INFER,
            [{"name": "A", "shape": [1]}],
            "Variable '$i' at 'i.0': the field `data` is missing; TensorInput needs it.",
        ),
        (
            INFER,
            BYTES | {"shape": [1, 2**31]},
            "Variable '$i' at 'i.shape.1': expected a whole number from -2147483648 to 2147483647, got another number.",
        ),
        (
            INFER,
            BYTES | {"datatype": "FP31"},
            "Variable '$i' at 'i.datatype': expected Datatype: BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, "
            "INT32, INT64, FP16, BF16, FP32, FP64 or BYTES.",
        ),
    ],
)
async def test_an_error_names_the_place_within_the_variable(visitor, document: str, value: object, message: str):
    answer = await visitor.post(document, i=value)

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["message"]) == (400, message)
    assert error["locations"] == [{"line": 1, "column": 8}]
    assert error["extensions"]["code"] == "BAD_REQUEST"


async def test_a_missing_variable_is_named(visitor):
    assert (await visitor.refusal(READ))["message"] == (
        "Variable '$i': it is missing, and must be a value of type ImageInput!."
    )


async def test_each_of_several_errors_is_named_and_at_most_twenty(visitor):
    answer = await visitor.post(INFER, i=[BYTES | {"name": 1}] * 30)

    messages = [error["message"] for error in answer.json()["errors"]]
    assert messages == [f"Variable '$i' at 'i.{n}.name': expected a string, got a number." for n in range(20)]


async def test_a_secret_beside_an_error_is_not_repeated(visitor):
    wrong = await visitor.post(REGISTER, input={"email": 1, "password": "correct horse"})
    missing = await visitor.post(REGISTER, input={"password": "correct horse"})
    number = await visitor.post(REGISTER, input={"email": "a@example.org", "password": 271828})

    assert [answer.json()["errors"][0]["message"] for answer in (wrong, missing, number)] == [
        "Variable '$input' at 'input.email': expected a string, got a number.",
        "Variable '$input' at 'input': the field `email` is missing; RegisterInput needs it.".replace(
            " at 'input'", ""
        ),
        "Variable '$input' at 'input.password': expected a string, got a number.",
    ]


@pytest.mark.parametrize(
    ("document", "message", "columns"),
    [
        ("{readText(image:{base64:$x}){text}}", "Variable '$x' is not defined.", [25, 1]),
        (
            "query($x:String){readText(image:{base64:$x}){text}}",
            "Variable '$x' may be null, and `base64` of ImageInput may not. Declare the variable as String!.",
            [7, 41],
        ),
        (
            'query($x:String="a"){readTexts(images:[{base64:$x}]){__typename}}',
            "Variable '$x' may be null, and `base64` of ImageInput may not. Declare the variable as String!.",
            [7, 48],
        ),
        (
            "query A($x:String){...F} query B($x:String!){...F} fragment F on Query{readText(image:{base64:$x}){text}}",
            "Variable '$x' may be null, and `base64` of ImageInput may not. Declare the variable as String!.",
            [9, 95],
        ),
        (
            "{typed{text_reader(IMAGE:{data:{base64:null}}){SIZE{values}}}}",
            "TensorDataInput: exactly one of values, base64, upload must be given; `base64` is null.",
            [32],
        ),
        (
            '{readText(image:{base64:"",upload:null}){text}}',
            "ImageInput: exactly one of upload, base64 must be given; 2 were.",
            [17],
        ),
        ("{readText(image:{}){text}}", "ImageInput: exactly one of upload, base64 must be given; none was.", [17]),
        ("{infer(model:null,inputs:[]){version}}", "Expected value of non-null type 'String!' not to be null.", [14]),
        ('{readText(image:{base64:""},timeout:5){text}}', "A Duration is a string like PT30S, PT1H, P7D or P1Y.", [37]),
    ],
)
async def test_an_error_in_a_document_says_where(visitor, document: str, message: str, columns: list[int]):
    answer = await visitor.post(document)

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["message"]) == (400, message)
    assert error["locations"] == [{"line": 1, "column": column} for column in columns]


async def test_a_variable_in_a_one_of_object_is_taken_where_it_is_never_null(visitor):
    document = "query ($x: String!) { rateLimit(dryRun: true) { cost } readText(image: {base64: $x}) { text } }"

    assert await visitor.run(document, x="") == {"rateLimit": {"cost": 5}, "readText": None}


@pytest.mark.parametrize("variables", [{}, {"v": None}], ids=["missing", "null"])
async def test_a_variable_that_is_missing_within_a_tensor_is_null(visitor, variables: dict[str, Any]):
    document = """query ($v: TensorData) { infer(model: "identity", inputs: [
      {name: "IN_INT8", shape: [1], data: {values: [$v]}}]) { outputs { values } } }"""

    assert (await visitor.refusal(document, **variables))["message"] == (
        "Tensor 'IN_INT8': expected whole numbers from -128 to 127, got null."
    )
    assert await visitor.run(document, v=7) == {"infer": {"outputs": [{"values": [7]}]}}


def test_all_inputs_that_strawberry_takes_no_null_for_are_one_of():
    """Its answer to a null there is advice to developers, and our rule sees to one-of inputs only."""
    schema = build([])
    definitions = [kind.definition for kind in schema.schema_converter.type_map.values()]
    maybes = {
        definition.name: definition.is_one_of
        for definition in definitions
        if isinstance(definition, StrawberryObjectDefinition)
        and any(isinstance(field.type, StrawberryMaybe) for field in definition.fields)
    }

    assert maybes == {"ImageInput": True, "TensorDataInput": True}


async def test_a_field_that_gives_what_its_type_cannot_hold_is_our_fault_and_masked(caplog):
    fields = {"number": 2**31, "list": 1}
    kinds: dict[str, Any] = {"number": GraphQLInt, "list": GraphQLList(GraphQLInt)}
    query = GraphQLObjectType(
        "Query", {name: GraphQLField(kind, resolve=lambda *_, name=name: fields[name]) for name, kind in kinds.items()}
    )
    result = execute_sync(GraphQLSchema(query), parse("{ number list }"))

    with caplog.at_level(logging.ERROR):
        shown = failures.show_all(result.errors or [], "r1")

    assert [(one["message"], one["path"], one["extensions"]["code"]) for one in shown] == [
        (
            "The service failed at this, and the fault is not in your request. Try again once; if it fails again, give "
            "the request id r1 to the operator.",
            [name],
            "INTERNAL",
        )
        for name in fields
    ]
    assert caplog.text.count("Request r1 failed.") == 2
