"""What `infer` refuses, and that a refusal changes nothing."""

import pytest

from tests.graph.infer_calls import INFER, by_values, tensor

TIMED = """query ($inputs: [TensorInput!]!, $timeout: Duration) {
  infer(model: "slow", inputs: $inputs, timeout: $timeout) { outputs { values } } }"""
# Of the text that the model `failing` fails with.
SECRET = "hunter2"  # noqa: S105 - nobody's


async def works(visitor) -> bool:
    answer = await visitor.run(INFER, model="matrix", inputs=[by_values("IN", [1, 2, 3, 4, 5, 6], [2, 3])])
    return bool(answer["infer"]["outputs"][0]["values"] == [1, 2, 3, 4, 5, 6])


MISFITS = [
    ("matrix", [by_values("IN", [1, 2, 3], [3])], "IN", "shape [2, 3]", "[3]"),
    ("matrix", [by_values("IN", [1, 2, 3], [2, 3])], "IN", "6 values for shape [2, 3]", "3"),
    ("matrix", [by_values("NO", [1])], "NO", "one of 'IN'", "a name that the model does not declare"),
    ("matrix", [], "IN", "FP32 of shape [2, 3]", "nothing"),
    ("matrix", [by_values("IN", [1] * 6, [2, 3])] * 2, "IN", "one tensor of this name", "2"),
    ("matrix", [by_values("IN", [1] * 6, [2, 3]) | {"datatype": "FP64"}], "IN", "datatype FP32", "FP64"),
    ("batched", [by_values("IN", [0] * 10, [5, 2])], "IN", "a batch (the first dimension) of 1 to 4", "5"),
    ("batched", [by_values("IN", [], [0, 2])], "IN", "a batch (the first dimension) of 1 to 4", "0"),
    ("identity", [tensor("IN_FP32", [1], base64="AAAA")], "IN_FP32", "4 bytes for shape [1]", "3"),
    ("identity", [tensor("IN_FP32", [1], base64="?")], "IN_FP32", "standard base64 with padding", "other text"),
    (
        "identity",
        [tensor("IN_FP32", [1], base64="AAAA\nAA==")],
        "IN_FP32",
        "standard base64 with padding",
        "text with line breaks",
    ),
    (
        "identity",
        [tensor("IN_FP32", [1], base64="data:,AAAAAA==")],
        "IN_FP32",
        "standard base64 with padding",
        "a data: URL",
    ),
    ("identity", [tensor("IN_BOOL", [1], base64="Ag==")], "IN_BOOL", "bytes of 0 or 1 for shape [1]", "2"),
]


@pytest.mark.parametrize(("model", "inputs", "name", "expected", "got"), MISFITS)
async def test_a_tensor_that_does_not_fit_is_named(visitor, model, inputs, name, expected, got):
    refusal = await visitor.refusal(INFER, model=model, inputs=inputs)

    assert refusal == {
        "code": "INVALID_TENSOR",
        "tensor": name,
        "expected": expected,
        "got": got,
        "message": f"Tensor {name!r}: expected {expected}, got {got}.",
        "path": ["infer"],
    }
    assert await works(visitor)


async def test_an_output_that_is_not_declared_is_named(visitor):
    refusal = await visitor.refusal(INFER, model="matrix", inputs=[by_values("IN", [1] * 6, [2, 3])], outputs=["NO"])

    assert (refusal["code"], refusal["tensor"], refusal["expected"]) == ("INVALID_TENSOR", "NO", "one of 'OUT'")


async def test_an_output_asked_for_twice_is_refused(visitor):
    refusal = await visitor.refusal(INFER, model="matrix", inputs=[], outputs=["OUT", "OUT"])

    assert (refusal["code"], refusal["message"]) == (
        "BAD_REQUEST",
        "`outputs` names an output twice. Name each output once.",
    )


@pytest.mark.parametrize(("model", "version"), [("private", None), ("nowhere", None), ("identity", "2")])
async def test_a_model_that_the_caller_may_not_know_is_not_found(visitor, model, version):
    refusal = await visitor.refusal(INFER, model=model, inputs=[], version=version)

    assert (refusal["code"], refusal["path"]) == ("MODEL_NOT_FOUND", ["infer"])


async def test_a_model_may_refuse_inputs_that_fit(visitor):
    refusal = await visitor.refusal(INFER, model="failing", inputs=[by_values("HOW", ["invalid"])])

    assert refusal == {
        "code": "BAD_REQUEST",
        "message": "Model 'failing' refused these inputs: they fit its declaration but not what it works on. "
        "Its operator finds the reason under this request's id.",
        "path": ["infer"],
    }


@pytest.mark.parametrize(
    ("how", "code"),
    [("exception", "INTERNAL"), ("internal", "INTERNAL"), ("invalid", "BAD_REQUEST"), ("unavailable", None)],
)
async def test_the_error_of_a_failing_model_is_logged_and_never_shown(visitor, service, how, code):
    answer = await visitor.post(INFER, model="failing", inputs=[by_values("HOW", [how])])

    [problem] = answer.json()["errors"]
    assert problem["extensions"]["code"] == (code or "MODEL_UNAVAILABLE")
    assert SECRET not in answer.text
    log = service.log.read_text()
    begin = log.index(f"Request {problem['extensions']['requestId']}")
    assert "postgres://[password]@10.0.0.7/secret" in log[begin:]
    assert SECRET not in log
    assert await works(visitor)


async def test_an_answer_without_its_output_is_a_failure(visitor):
    refusal = await visitor.refusal(INFER, model="failing", inputs=[by_values("HOW", ["missing"])])

    assert refusal == {
        "code": "INTERNAL",
        "message": (
            "Model 'failing' failed: its answer lacks the output 'OUT'. Its operator finds the reason under this "
            "request's id."
        ),
        "path": ["infer"],
    }


async def test_a_call_that_takes_too_long_is_given_up(visitor):
    refusal = await visitor.refusal(TIMED, inputs=[by_values("MILLISECONDS", [1000])], timeout="PT0.1S")

    assert refusal == {
        "code": "DEADLINE_EXCEEDED",
        "message": "The model did not answer in time. Raise `timeout`, or send less in one call.",
        "path": ["infer"],
    }


async def test_no_time_at_all_is_a_bad_request(visitor):
    refusal = await visitor.refusal(TIMED, inputs=[by_values("MILLISECONDS", [0])], timeout="PT0S")

    assert (refusal["code"], refusal["message"]) == ("BAD_REQUEST", "`timeout` must be longer than zero.")


async def test_a_time_longer_than_the_service_allows_is_taken_as_the_longest(visitor):
    answer = await visitor.run(TIMED, inputs=[by_values("MILLISECONDS", [1])], timeout="P100Y")

    assert answer["infer"]["outputs"] == [{"values": [1]}]
