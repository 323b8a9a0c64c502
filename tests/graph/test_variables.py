"""What variables may hold."""

import pytest

pytestmark = pytest.mark.usefixtures("answers_as_before")

INFER = 'query ($i: [TensorInput!]!) { infer(model: "identity", inputs: $i) { outputs { shape } } }'
READ = "query ($i: [ImageInput!]!) { rateLimit(dryRun: true) { cost } readTexts(images: $i) { __typename } }"
IMAGE = {"base64": ""}


def tensor(**changes: object) -> dict[str, object]:
    return {"name": "IN_INT8", "shape": [1], "data": {"values": [1]}} | changes


@pytest.mark.parametrize(
    "value",
    [[tensor()] * 200, [tensor(shape=[1] * 1000)], [{}] * 1000, [1] * 1000, [{f"a{n}": 1 for n in range(1000)}]],
    ids=["tensors", "shape", "empty", "numbers", "members"],
)
async def test_more_values_than_a_document_could_hold_are_refused(visitor, value: object):
    answer = await visitor.post(INFER, i=value)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "QUERY_TOO_COMPLEX")


async def test_up_to_a_thousand_values_are_taken(visitor):
    # The list, and for each image the object and its member.
    assert (await visitor.run(READ, i=[IMAGE] * 499))["rateLimit"]["cost"] == 5 * 499
    assert (await visitor.refusal(READ, i=[IMAGE] * 500))["code"] == "QUERY_TOO_COMPLEX"


async def test_the_elements_of_a_tensor_are_one_value(visitor):
    flat = tensor(shape=[20_000], data={"values": [1] * 20_000})
    deep = tensor(shape=[20_000], data={"values": {"a": [[{}] * 5000]}})

    assert await visitor.run(INFER, i=[flat]) == {"infer": {"outputs": [{"shape": [20_000]}]}}
    assert (await visitor.refusal(INFER, i=[deep]))["code"] == "INVALID_TENSOR"


async def test_what_no_operation_declares_is_not_counted(visitor):
    answer = await visitor.post("query A { __typename }", other=[[{}] * 1000] * 10)

    assert answer.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("value", [None, "x", 1, {}, [None], [[tensor()]], [tensor(name=None)], [tensor(shape=[1.5])]])
async def test_variables_that_do_not_fit_are_refused(visitor, value: object):
    answer = await visitor.post(INFER, i=value)

    assert (answer.status_code, set(answer.json())) == (400, {"errors"})
    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {"BAD_REQUEST"}
