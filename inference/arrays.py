"""Reads elements from Triton's bytes with numpy; `wire` describes the format."""

from collections.abc import Iterator
from typing import Any

import ml_dtypes
import numpy as np
import orjson
from numpy.typing import NDArray

from inference.declarations import Datatype
from inference.wire import FLOATS, STEP, WIDE, WIDTHS, check_size, split, split_stepwise

DTYPES: dict[Datatype, np.dtype[Any]] = {
    Datatype.BOOL: np.dtype("?"),
    Datatype.UINT8: np.dtype("u1"),
    Datatype.UINT16: np.dtype("<u2"),
    Datatype.UINT32: np.dtype("<u4"),
    Datatype.UINT64: np.dtype("<u8"),
    Datatype.INT8: np.dtype("i1"),
    Datatype.INT16: np.dtype("<i2"),
    Datatype.INT32: np.dtype("<i4"),
    Datatype.INT64: np.dtype("<i8"),
    Datatype.FP16: np.dtype("<f2"),
    Datatype.BF16: np.dtype(ml_dtypes.bfloat16),
    Datatype.FP32: np.dtype("<f4"),
    Datatype.FP64: np.dtype("<f8"),
}
# To look for a member of an enum takes as long as five comparisons.
_BYTES, _BOOL, _BF16 = Datatype.BYTES, Datatype.BOOL, Datatype.BF16


def decode(datatype: Datatype, raw: bytes | memoryview, count: int) -> list[Any] | NDArray[Any]:
    """`count` elements, flat, as a list or a contiguous array that orjson writes in the form of TensorData.

    Raises Malformed if `raw` is not `count` elements, and UnicodeDecodeError if BYTES are not UTF-8.
    """
    if datatype is _BYTES:
        return list(map(bytes.decode, split(raw, count)))
    if len(raw) != count * WIDTHS[datatype]:
        check_size(datatype, raw, count)  # raises
    values = np.frombuffer(raw, DTYPES[datatype])
    if not values.flags.aligned:
        # A view may begin anywhere in an answer, and orjson reads whole elements.
        values = values.copy()
    if datatype in FLOATS:
        # orjson does not know bfloat16.
        return _spell_not_finite(values.astype(np.float32) if datatype is _BF16 else values)
    if datatype is _BOOL:
        return values.view("u1").astype("?")  # a model may set any bit of a true byte
    if datatype in WIDE:
        return _json(values)[1:-1].decode().split(",") if count else []
    return values


def decode_stepwise(datatype: Datatype, raw: bytes | memoryview, count: int) -> Iterator[list[Any] | NDArray[Any]]:
    """The same as `decode`, in parts."""
    if datatype is Datatype.BYTES:
        for elements in split_stepwise(raw, count):
            yield list(map(bytes.decode, elements))
        return
    check_size(datatype, raw, count)
    for start in range(0, count, STEP):
        part, width = min(STEP, count - start), WIDTHS[datatype]
        yield decode(datatype, raw[start * width : (start + part) * width], part)


def _spell_not_finite(values: NDArray[Any]) -> list[Any] | NDArray[Any]:
    finite = np.isfinite(values)
    # `all` of numpy looks into its settings first, which takes longer than to look at a few elements.
    if 0 not in finite.tobytes():
        return values
    # Through orjson, so that a float32 keeps its own shortest digits: 0.1 and not 0.10000000149011612.
    spelled = np.array(orjson.loads(_json(values)), dtype=object)
    odd = values[~finite]
    spelled[~finite] = np.where(np.isnan(odd), "NaN", np.where(odd > 0, "Infinity", "-Infinity"))
    return list(spelled)  # numpy returns the Python values themselves


def _json(values: NDArray[Any]) -> bytes:
    return orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)
