"""What an answer must have, whatever Triton passes on."""

import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2, service_pb2

from inference import answers, sizes
from inference.answers import WrongAnswer
from inference.declarations import Datatype, Declaration
from inference.tensors import Tensor
from inference.transports import grpc_calls

CONFIG = """
name: "m"
input [ {{ name: "IN" data_type: TYPE_INT8 dims: [ 1 ] }} ]
input [ {{ name: "MORE" data_type: TYPE_INT8 dims: [ 1 ] optional: true }} ]
output [ {{ name: "A" data_type: TYPE_INT16 dims: [ 2, -1 ] }}, {{ name: "B" data_type: TYPE_STRING dims: [ 1 ] }} ]
response_cache {{ enable: {} }}
"""
A = Tensor("A", Datatype.INT16, (2, 1), b"\0\0\0\0")
B = Tensor("B", Datatype.BYTES, (1,), b"\0\0\0\0")
ALL = {"IN", "MORE"}


def declared(*, cached: bool = False) -> Declaration:
    config = text_format.Parse(CONFIG.format(str(cached).lower()), model_config_pb2.ModelConfig())
    return Declaration.from_config(config)


def wrong(*answer: Tensor, inputs=ALL, outputs=(), may_lack=False, cached=False) -> str | None:
    """How; None where the answer is taken."""
    try:
        answers.checked(declared(cached=cached), answer, inputs=inputs, outputs=outputs, may_lack=may_lack)
    except WrongAnswer as error:
        return str(error)
    return None


LACKS_B = "its answer lacks the output 'B'"


def test_an_answer_as_it_is_declared_is_cut_to_what_was_asked_for():
    assert answers.checked(declared(), [B, A], inputs=ALL, outputs=()) == [B, A]
    assert answers.checked(declared(), [B, A], inputs=ALL, outputs=["A"]) == [A]


@pytest.mark.parametrize(
    ("tensor", "how"),
    [
        (Tensor("C", Datatype.INT16, (2, 1), b""), "its answer has an output 'C', which it does not declare"),
        (Tensor("A", Datatype.UINT16, (2, 1), b""), "its output 'A' is UINT16 and not INT16 as declared"),
        (Tensor("A", Datatype.INT16, (3, 1), b""), "its output 'A' has shape [3, 1] and not [2, -1] as declared"),
        (Tensor("A", Datatype.INT16, (2,), b""), "its output 'A' has shape [2] and not [2, -1] as declared"),
        (Tensor("A", Datatype.INT16, (2, -1), b""), "its output 'A' has shape [2, -1] and not [2, -1] as declared"),
        (Tensor("A", Datatype.INT16, (2, 2**31), b""), "its output 'A' has a dimension above 2147483647"),
        (Tensor("A", Datatype.INT16, (2, 2), b""), "its output 'A' has 0 bytes and not 8 as its shape says"),
    ],
)
def test_an_output_that_is_not_as_declared_is_wrong(tensor, how):
    assert wrong(tensor, B) == how
    assert wrong(B, tensor, outputs=["B"]) is None


def test_an_output_that_is_there_twice_is_wrong():
    assert wrong(A, B, A) == "its answer has the output 'A' 2 times"


@pytest.mark.parametrize("cached", [False, True])
def test_what_was_asked_for_by_name_must_be_there(cached):
    for inputs in (ALL, {"IN"}):
        assert wrong(A, inputs=inputs, outputs=["A", "B"], may_lack=True, cached=cached) == LACKS_B


def test_all_must_be_there_unless_an_optional_input_was_left_out_or_the_caller_allows_it():
    assert wrong(A) == LACKS_B
    assert wrong(A, inputs={"IN"}) is None
    assert wrong(A, may_lack=True) is None
    assert wrong(A, may_lack=True, cached=True) == LACKS_B
    assert wrong(A, inputs={"IN"}, cached=True) is None


def test_an_answer_without_any_output_is_wrong():
    assert wrong(inputs={"IN"}, may_lack=True) == "its answer lacks the output 'A'"


def test_of_a_model_whose_answers_triton_keeps_all_is_asked_for_and_has_room():
    fixed = CONFIG.replace("TYPE_STRING", "TYPE_INT64").replace("-1", "3")
    kept, other = (
        Declaration.from_config(text_format.Parse(fixed.format(cached), model_config_pb2.ModelConfig()))
        for cached in ("true", "false")
    )

    assert (answers.asked_of_triton(kept, ["A"]), answers.asked_of_triton(other, ["A"])) == ((), ["A"])
    assert sizes.largest_answer(kept, ["A"], most=1000) == 12 + 8
    assert sizes.largest_answer(other, ["A"], most=1000) == 12


@pytest.mark.parametrize(
    ("contents", "datatype", "how"),
    [
        ([], "INT8", "1 outputs came with 0 contents"),
        ([b"", b""], "INT8", "1 outputs came with 2 contents"),
        ([b""], "INT128", "its output 'A' came without a datatype that is known here"),
        ([b""], "", "its output 'A' came without a datatype that is known here"),
    ],
)
def test_a_message_that_does_not_hold_together_is_wrong(contents, datatype, how):
    output = service_pb2.ModelInferResponse.InferOutputTensor(name="A", datatype=datatype, shape=[0])
    message = service_pb2.ModelInferResponse(outputs=[output], raw_output_contents=contents)

    with pytest.raises(WrongAnswer) as refused:
        grpc_calls.read_answer(message.SerializeToString())

    assert str(refused.value) == how
