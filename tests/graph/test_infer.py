"""Tensors in and out of real models."""

from base64 import b64encode
from struct import pack

import pytest

from tests.graph.infer_calls import INFER, by_values, tensor

# Datatype, values as they go in and come out, and the same as little-endian bytes.
EVERY_DATATYPE: list[tuple[str, list[object], bytes]] = [
    ("BOOL", [True, False], b"\1\0"),
    ("UINT8", [0, 255], b"\0\xff"),
    ("UINT16", [1, 65535], pack("<2H", 1, 65535)),
    ("UINT32", [1, 2**32 - 1], pack("<2I", 1, 2**32 - 1)),
    ("UINT64", ["1", str(2**64 - 1)], pack("<2Q", 1, 2**64 - 1)),
    ("INT8", [-128, 127], pack("<2b", -128, 127)),
    ("INT16", [-(2**15), 7], pack("<2h", -(2**15), 7)),
    ("INT32", [-(2**31), 7], pack("<2i", -(2**31), 7)),
    ("INT64", [str(-(2**63)), "7"], pack("<2q", -(2**63), 7)),
    ("FP16", [0.5, "-Infinity"], pack("<2e", 0.5, float("-inf"))),
    ("BF16", [1.5, -2.0], b"\xc0\x3f\x00\xc0"),
    ("FP32", [0.1, "NaN"], pack("<f", 0.1) + b"\0\0\xc0\x7f"),
    ("FP64", [0.1, "Infinity"], pack("<2d", 0.1, float("inf"))),
    ("BYTES", ["", "Gruß"], b"\0\0\0\0\5\0\0\0Gru\xc3\x9f"),
]
each_datatype = pytest.mark.parametrize(("datatype", "values", "raw"), EVERY_DATATYPE)


def echoed(datatype: str, values: list[object], raw: bytes) -> dict[str, object]:
    return {
        "name": f"OUT_{datatype}",
        "datatype": datatype,
        "shape": [2],
        "values": values,
        "base64": b64encode(raw).decode(),
    }


@each_datatype
async def test_values_go_in_and_come_out(visitor, datatype, values, raw):
    answer = await visitor.run(INFER, model="identity", inputs=[by_values(f"IN_{datatype}", values)])

    assert answer["infer"] == {"model": "identity", "version": "1", "outputs": [echoed(datatype, values, raw)]}


@each_datatype
async def test_base64_goes_in_and_comes_out(visitor, datatype, values, raw):
    given = tensor(f"IN_{datatype}", [2], base64=b64encode(raw).decode()) | {"datatype": datatype}

    answer = await visitor.run(INFER, model="identity", inputs=[given])

    assert answer["infer"]["outputs"] == [echoed(datatype, values, raw)]


@each_datatype
async def test_an_upload_goes_in(visitor, datatype, values, raw):
    given = tensor(f"IN_{datatype}", [2], upload=None)
    files = {"variables.inputs.0.data.upload": raw}

    answer = (await visitor.upload(INFER, files, model="identity", inputs=[given])).json()

    assert answer["data"]["infer"]["outputs"] == [echoed(datatype, values, raw)]


async def test_every_datatype_at_once(visitor):
    inputs = [by_values(f"IN_{datatype}", values) for datatype, values, _ in EVERY_DATATYPE]

    outputs = (await visitor.run(INFER, model="identity", inputs=inputs))["infer"]["outputs"]

    assert outputs == [echoed(*row) for row in EVERY_DATATYPE]


async def test_a_tensor_without_elements(visitor):
    answer = await visitor.run(INFER, model="identity", inputs=[by_values("IN_INT64", []), by_values("IN_BYTES", [])])

    assert [(out["shape"], out["values"], out["base64"]) for out in answer["infer"]["outputs"]] == [([0], [], "")] * 2


async def test_integers_of_64_bits_come_in_as_numbers_too(visitor):
    answer = await visitor.run(INFER, model="identity", inputs=[by_values("IN_UINT64", [2**53, 2**64 - 1])])

    assert answer["infer"]["outputs"][0]["values"] == ["9007199254740992", "18446744073709551615"]


@pytest.mark.parametrize("rows", [1, 4])
async def test_a_batch_is_the_first_dimension(visitor, rows):
    given = by_values("IN", [[number, 1] for number in range(rows)], [rows, 2])

    outputs = (await visitor.run(INFER, model="batched", inputs=[given]))["infer"]["outputs"]

    assert outputs[0]["shape"] == [rows, 1]
    assert outputs[0]["values"] == [str(number + 1) for number in range(rows)]


async def test_only_the_requested_outputs_are_returned(visitor):
    inputs = [by_values("query", [1, 0]), by_values("candidates", [[0, 1], [2, 0]], [2, 2])]

    answer = await visitor.run(INFER, model="similarity", inputs=inputs, outputs=["order"], version="1")

    assert [(out["name"], out["values"]) for out in answer["infer"]["outputs"]] == [("order", [1, 0])]


async def test_bytes_that_are_not_utf8_are_returned_only_as_base64(visitor):
    answer = (await visitor.post(INFER, model="text", inputs=[by_values("IN", ["invalid", "a"])])).json()

    [problem] = answer["errors"]
    assert problem["path"] == ["infer", "outputs", 0, "values"]
    assert problem["extensions"]["code"] == "INVALID_TENSOR"
    assert problem["extensions"]["tensor"] == "OUT"
    [output] = answer["data"]["infer"]["outputs"]
    assert output["values"] is None
    assert output["base64"] == b64encode(pack("<I2sI1s", 2, b"\xff\xfe", 1, b"a")).decode()


@pytest.mark.parametrize("datatype", ["FP32", "INT64", "BYTES"])
async def test_large_tensors_are_the_same_as_small_ones(visitor, datatype):
    # Large enough for the conversions that run in a thread, a part at a time.
    count = 150_000
    raw = {
        "FP32": pack(f"<{count}f", *range(count)),
        "INT64": pack(f"<{count}q", *range(count)),
        "BYTES": b"".join(pack("<I6s", 6, b"%06d" % number) for number in range(count)),
    }[datatype]
    expected = {
        "FP32": [float(number) for number in range(count)],
        "INT64": [str(number) for number in range(count)],
        "BYTES": [f"{number:06}" for number in range(count)],
    }[datatype]
    given = tensor(f"IN_{datatype}", [count], upload=None)

    files = {"variables.inputs.0.data.upload": raw}
    answer = (await visitor.upload(INFER, files, model="identity", inputs=[given])).json()

    [output] = answer["data"]["infer"]["outputs"]
    assert output["values"] == expected
    assert output["base64"] == b64encode(raw).decode()


async def test_large_bytes_that_are_not_utf8_are_returned_only_as_base64(visitor):
    raw = pack("<I1s", 1, b"\xff") * 100_000
    given = tensor("IN_BYTES", [100_000], upload=None)

    files = {"variables.inputs.0.data.upload": raw}
    answer = (await visitor.upload(INFER, files, model="identity", inputs=[given])).json()

    assert answer["errors"][0]["extensions"]["code"] == "INVALID_TENSOR"
    assert answer["data"]["infer"]["outputs"][0]["values"] is None
    assert answer["data"]["infer"]["outputs"][0]["base64"] == b64encode(raw).decode()
