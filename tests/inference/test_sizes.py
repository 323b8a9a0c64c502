"""What tensors take, told before they are made: never less than they then take."""

from dataclasses import replace

import numpy as np
import orjson
import pytest

from inference import sizes, wire
from inference.arrays import DTYPES
from inference.declarations import Datatype, Declaration, TensorSpec
from inference.tensors import Tensor

MODEL = Declaration(
    name="m",
    description=None,
    max_batch_size=0,
    streaming=False,
    inputs=(),
    outputs=(),
    cost=1,
    public=True,
    example=None,
)
FLOATS = {Datatype.FP16, Datatype.BF16, Datatype.FP32, Datatype.FP64}


def written(tensor: Tensor) -> int:
    return len(orjson.dumps(tensor.values(), option=orjson.OPT_SERIALIZE_NUMPY))


@pytest.mark.parametrize("datatype", DTYPES)
def test_no_number_is_longer_than_computed(datatype):
    generator = np.random.default_rng(1)
    raw = generator.bytes(4096 * DTYPES[datatype].itemsize)
    if datatype not in FLOATS and datatype is not Datatype.BOOL:
        limits = np.iinfo(DTYPES[datatype])
        raw = np.full(4096, limits.min or limits.max, DTYPES[datatype]).tobytes()
    tensor = Tensor("T", datatype, (4096,), raw)

    assert written(tensor) <= sizes.as_json(tensor)


@pytest.mark.parametrize("text", [b"", b"plain", b'"' * 50, b"\\" * 50, bytes(range(32)) * 4, "é漢".encode() * 9])
def test_no_string_is_longer_than_computed(text):
    raw = (len(text).to_bytes(4, "little") + text) * 3
    tensor = Tensor("T", Datatype.BYTES, (3,), raw)

    assert written(tensor) <= sizes.as_json(tensor)


@pytest.mark.parametrize(
    ("values", "most"),
    [([1, 2.5, True], 24), ([[1], [2]], 16), (["abc"], 11), (["é"], 12), ([], 0), (7, 8), ("abc", 3), ([[["ab"]]], 10)],
)
def test_about_so_much_have_values_on_the_wire(values, most):
    assert sizes.of_values(values) == most


def test_an_answer_whose_size_the_model_leaves_open_may_be_as_large_as_any():
    fixed = TensorSpec("A", Datatype.FP32, (2, 3))
    open_ = TensorSpec("B", Datatype.FP32, (-1, 3))
    strings = TensorSpec("C", Datatype.BYTES, (1,))
    model = replace(MODEL, outputs=(fixed, open_, strings))

    def largest(*names: str) -> int:
        return sizes.largest_answer(model, names, most=1000)

    assert (largest("A"), largest("B"), largest("C"), largest("A", "B"), largest()) == (24, 1000, 1000, 1000, 1000)
    batched = replace(MODEL, max_batch_size=4, outputs=(TensorSpec("A", Datatype.FP32, (-1, 3)),))
    assert sizes.largest_answer(batched, (), most=1000) == 48


def test_the_width_of_an_element_is_that_of_its_array():
    assert {datatype: wire.WIDTHS[datatype] for datatype in DTYPES} == {
        datatype: dtype.itemsize for datatype, dtype in DTYPES.items()
    }
    assert set(Datatype) - set(DTYPES) == {Datatype.BYTES}
