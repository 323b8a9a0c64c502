"""Declarations for tests of tensors, and the sentence of a refusal."""

import ml_dtypes
import numpy as np
import orjson
import pytest

from errors import InvalidTensor
from inference.declarations import Datatype, TensorSpec

WHOLE = [datatype for datatype in Datatype if "INT" in datatype]

FLOATS = [Datatype.FP16, Datatype.BF16, Datatype.FP32, Datatype.FP64]

NUMPY = {
    Datatype.BOOL: "?",
    Datatype.FP16: "<f2",
    Datatype.BF16: ml_dtypes.bfloat16,
    Datatype.FP32: "<f4",
    Datatype.FP64: "<f8",
    **{datatype: np.dtype(datatype.lower()) for datatype in WHOLE},
}


def spec(datatype, *shape):
    return TensorSpec("x", Datatype(datatype), shape or (-1,))


def refusal(call, *args, **kwargs):
    with pytest.raises(InvalidTensor) as refused:
        call(*args, **kwargs)
    return f"{refused.value.tensor}: expected {refused.value.expected}, got {refused.value.got}"


def written(tensor):
    return orjson.dumps(tensor.values(), option=orjson.OPT_SERIALIZE_NUMPY).decode()
