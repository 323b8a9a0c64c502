"""Tensors from and to bytes and base64."""

import base64

import pytest

from inference.declarations import Datatype
from inference.tensors import Tensor, from_base64, from_bytes
from tests.inference.tensor_cases import refusal, spec, written


@pytest.mark.parametrize(
    ("datatype", "declaration", "size", "shape", "outcome"),
    [
        ("FP32", (2, 3), 24, None, (2, 3)),
        ("FP32", (-1, 3), 24, None, (2, 3)),
        ("FP32", (-1, 3), 0, None, (0, 3)),
        ("FP32", (-1, -1), 24, [3, 2], (3, 2)),
        ("FP32", (2, 3), 23, None, "24 bytes for shape [2, 3], got 23"),
        ("FP32", (-1, 3), 24, [3, 3], "36 bytes for shape [3, 3], got 24"),
        ("FP32", (-1, 3), 13, None, "a multiple of 12 bytes for shape [-1, 3], got 13"),
        ("FP32", (-1, -1), 24, None, "a shape, as the model declares [-1, -1], got none"),
        ("BYTES", (-1,), 24, None, "a shape, as the model declares [-1], got none"),
        ("FP32", (-1, 3), 24, [2, 4], "shape [-1, 3], got [2, 4]"),
        ("BYTES", (-1,), 24, [6], (6,)),
        ("BYTES", (6,), 24, None, (6,)),
        ("BYTES", (-1,), 24, [2**31 - 1],
         "2147483647 elements, each after its length in 4 bytes, for shape [2147483647], got 24 bytes"),
        ("BYTES", (-1,), 24, [5],
         "5 elements, each after its length in 4 bytes, for shape [5], got 24 bytes that hold other lengths"),
        ("BYTES", (-1,), 0, [0], (0,)),
    ],
)  # fmt: skip
def test_bytes_are_measured_against_the_shape(datatype, declaration, size, shape, outcome):
    declaration = spec(datatype, *declaration)

    if isinstance(outcome, tuple):
        assert from_bytes(declaration, bytes(size), shape) == Tensor("x", Datatype(datatype), outcome, bytes(size))
    else:
        assert refusal(from_bytes, declaration, bytes(size), shape) == f"x: expected {outcome}"


def test_a_byte_of_a_bool_is_0_or_1_in_and_anything_out():
    assert refusal(from_bytes, spec("BOOL"), b"\0\1\2") == "x: expected bytes of 0 or 1 for shape [3], got 2"
    assert written(Tensor("x", Datatype.BOOL, (3,), b"\0\1\xff")) == "[false,true,true]"


@pytest.mark.parametrize(
    "raw",
    [b"\x05\0\0\0abcd", b"\x03\0\0\0abcd", b"\x04\0\0\0abc", b"\xff\xff\xff\xffabcd", b"\0\0\0", b"\0\0\0\0\0"],
)
def test_an_element_of_bytes_must_be_as_long_as_it_says(raw):
    message = refusal(from_bytes, spec("BYTES"), raw, [1])

    assert message.startswith("x: expected 1 elements, each after its length in 4 bytes, for shape [1], got ")


def test_bytes_that_are_not_utf_8_go_in_and_do_not_come_out_as_values():
    tensor = from_bytes(spec("BYTES"), b"\x01\0\0\0\xff", [1])

    assert refusal(tensor.values) == "x: expected UTF-8 strings, got other bytes, which base64 can carry"


@pytest.mark.parametrize(("raw", "got"), [(b"\x02\0\0\0a", "5 bytes that hold other lengths"), (b"", "0 bytes")])
def test_output_bytes_that_do_not_match_the_shape_are_not_returned_as_values(raw, got):
    tensor = Tensor("x", Datatype.BYTES, (1,), raw)

    for write in (tensor.values, tensor.json):
        assert refusal(write) == f"x: expected 1 elements, each after its length in 4 bytes, for shape [1], got {got}"


def test_base64_holds_the_bytes_of_the_wire():
    assert from_base64(spec("INT16"), base64.b64encode(b"\1\0\2\0").decode()).raw == b"\1\0\2\0"
    assert from_base64(spec("INT16"), "", [0]).shape == (0,)


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("AA", "text without its padding"),
        ("AAAA\n", "text with line breaks"),
        (" AAAA", "text with spaces"),
        ("A-_=", "the URL-safe alphabet"),
        ("Data:application/octet-stream;base64,AAAA", "a data: URL"),
        *((text, "other text") for text in ("AAAA=", "AA==AA==", "AB==", "é", "=", "!")),
    ],
)
def test_base64_is_read_strictly(text, got):
    assert refusal(from_base64, spec("UINT8"), text) == f"x: expected standard base64 with padding, got {got}"
