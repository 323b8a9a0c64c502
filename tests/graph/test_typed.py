"""The fields under `typed`, one for each public model."""

from base64 import b64encode
from struct import pack

from graphql import build_schema

from tests import forked
from tests.conftest import SHIPPED_MODELS, TEST_MODELS
from tests.graph.typed_fields import names


async def test_every_public_model_that_does_not_stream_has_a_field(visitor):
    expected = {folder.name for folder in [*SHIPPED_MODELS.iterdir(), *TEST_MODELS.iterdir()]}

    assert await names(visitor) == expected - {"private", "streaming", "ticking", "odd.names-1"} | {"odd_names_1"}


async def test_arguments_are_the_inputs_and_fields_the_outputs(visitor):
    query = """{ typed { similarity(query: {data: {values: [1, 0]}}, candidates: {data: {values: [[0, 1], [2, 0]]}}) {
      scores { name datatype shape values } order { values } } } }"""

    answer = await visitor.run(query)

    assert answer["typed"]["similarity"] == {
        "scores": {"name": "scores", "datatype": "FP32", "shape": [2], "values": [0, 1]},
        "order": {"values": [1, 0]},
    }


async def test_a_shape_may_be_given_and_bytes_have_the_one_declared(visitor):
    raw = pack("<6f", 1, 2, 3, 4, 5, 6)
    query = """query ($flat: TypedTensorInput!, $bytes: TypedTensorInput!) { typed {
      flat: matrix(IN: $flat) { OUT { shape values } } bytes: matrix(IN: $bytes) { OUT { shape values } } } }"""

    answer = await visitor.run(
        query,
        flat={"shape": [2, 3], "data": {"values": [1, 2, 3, 4, 5, 6]}},
        bytes={"data": {"base64": b64encode(raw).decode()}},
    )

    expected = {"OUT": {"shape": [2, 3], "values": [1, 2, 3, 4, 5, 6]}}
    assert answer["typed"] == {"flat": expected, "bytes": expected}


async def test_an_upload_is_a_tensor_too(visitor):
    query = "query ($in: TypedTensorInput!) { typed { costly(IN: $in) { OUT { values } } } }"

    files = {"variables.in.data.upload": pack("<2f", 1.5, 2)}
    answer = (await visitor.upload(query, files, **{"in": {"data": {"upload": None}}})).json()

    assert answer["data"]["typed"]["costly"]["OUT"]["values"] == [1.5, 2]


async def test_optional_inputs_may_be_left_out_and_what_the_model_leaves_out_is_null(visitor):
    answer = await visitor.run(
        "{ typed { identity(IN_INT8: {data: {values: [1, 2]}}) { OUT_INT8 { values } OUT_FP32 { values } } } }"
    )

    assert answer["typed"]["identity"] == {"OUT_INT8": {"values": [1, 2]}, "OUT_FP32": None}


async def test_names_that_graphql_cannot_spell_are_changed(visitor):
    query = """{ typed { odd_names_1(my_input: {data: {values: [1, 2]}}, m_2nd_input: {data: {values: [4]}}) {
      my_output { name values } m___sum { name values } } } }"""

    answer = await visitor.run(query)

    assert answer["typed"]["odd_names_1"] == {
        "my_output": {"name": "my.output", "values": [1, 2]},
        "m___sum": {"name": "__sum", "values": [7]},
    }


async def test_a_model_that_fails_leaves_the_others_alone(visitor):
    query = """{ typed { failing(HOW: {data: {values: ["internal"]}}) { OUT { values } }
      costly(IN: {data: {values: [1]}}) { OUT { values } } } }"""

    answer = (await visitor.post(query)).json()

    assert answer["data"]["typed"] == {"failing": None, "costly": {"OUT": {"values": [1]}}}
    assert [(problem["path"], problem["extensions"]["code"]) for problem in answer["errors"]] == [
        (["typed", "failing"], "INTERNAL")
    ]


async def test_a_tensor_that_does_not_fit_is_named(visitor):
    refusal = await visitor.refusal("{ typed { matrix(IN: {data: {values: [1, 2]}}) { OUT { values } } } }")

    assert refusal == {
        "code": "INVALID_TENSOR",
        "tensor": "IN",
        "expected": "shape [2, 3]",
        "got": "[2]",
        "message": "Tensor 'IN': expected shape [2, 3], got [2].",
        "path": ["typed", "matrix"],
    }


def test_the_schema_of_all_these_models_can_be_built():
    printed = forked.run("schema", "--models", str(TEST_MODELS), environ={})

    assert printed.returncode == 0
    assert "Typed_odd_names_1" in build_schema(printed.stdout).type_map
