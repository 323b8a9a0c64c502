"""The tensors of one call, checked together."""

import pytest

from inference.declarations import Datatype, TensorSpec
from inference.tensors import Tensor, check_inputs, declared, from_bytes
from tests.inference.tensor_cases import refusal


def test_a_name_or_datatype_that_is_not_declared_is_refused():
    specs = [TensorSpec("a", Datatype.FP32, (-1,)), TensorSpec("b", Datatype.INT8, (-1,))]

    assert declared(specs, "b", datatype=Datatype.INT8) is specs[1]
    assert declared(specs, "b") is specs[1]
    assert refusal(declared, specs, "c") == "c: expected one of 'a', 'b', got a name that the model does not declare"
    assert refusal(declared, specs, "b", datatype=Datatype.FP32) == "b: expected datatype INT8, got FP32"


A = TensorSpec("a", Datatype.UINT8, (-1, 1))

B = TensorSpec("b", Datatype.UINT8, (-1, 1), optional=True)


def rows(declaration, count):
    return from_bytes(declaration, bytes(count))


@pytest.mark.parametrize(
    ("tensors", "max_batch_size", "message"),
    [
        ([rows(A, 2)], 4, None),
        ([rows(A, 4), rows(B, 4)], 4, None),
        ([rows(A, 9), rows(B, 3)], 0, None),
        ([rows(A, 1), rows(A, 1)], 4, "a: expected one tensor of this name, got 2"),
        ([rows(A, 1), Tensor("c", Datatype.UINT8, (1,), b"\0")], 4,
         "c: expected one of 'a', 'b', got a name that the model does not declare"),
        ([rows(B, 1)], 4, "a: expected UINT8 of shape [-1, 1], got nothing"),
        ([], 4, "a: expected UINT8 of shape [-1, 1], got nothing"),
        ([rows(A, 5)], 4, "a: expected a batch (the first dimension) of 1 to 4, got 5"),
        ([rows(A, 0)], 4, "a: expected a batch (the first dimension) of 1 to 4, got 0"),
        ([rows(A, 2), rows(B, 3)], 4, "b: expected a batch (the first dimension) of 2 as in 'a', got 3"),
    ],
)  # fmt: skip
def test_the_inputs_together_are_what_the_model_takes(tensors, max_batch_size, message):
    if message is None:
        check_inputs([A, B], tensors, max_batch_size=max_batch_size)
    else:
        assert refusal(check_inputs, [A, B], tensors, max_batch_size=max_batch_size) == message
