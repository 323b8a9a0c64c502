import struct
from math import inf, isnan, nan
from typing import Any

import numpy as np
import orjson
import pytest

from inference.declarations import Datatype, TensorSpec
from inference.tensors import Tensor, from_bytes, from_values
from tests.inference.tensor_cases import FLOATS, NUMPY, WHOLE, refusal, spec, written


@pytest.mark.parametrize(
    ("datatype", "values", "raw", "answer"),
    [
        ("BOOL", [True, False], "01 00", "[true,false]"),
        ("UINT8", [0, 255], "00 ff", "[0,255]"),
        ("UINT16", [1, 65535], "01 00 ff ff", "[1,65535]"),
        ("UINT32", [4294967295], "ff ff ff ff", "[4294967295]"),
        ("UINT64", [2**64 - 1], "ff" * 8, '["18446744073709551615"]'),
        ("UINT64", ["18446744073709551615", 1], "ff" * 8 + "01" + "00" * 7, '["18446744073709551615","1"]'),
        ("INT8", [-128, 127], "80 7f", "[-128,127]"),
        ("INT16", [-2], "fe ff", "[-2]"),
        ("INT32", [-(2**31), 2**31 - 1], "00 00 00 80 ff ff ff 7f", "[-2147483648,2147483647]"),
        ("INT64", ["-9223372036854775808", "-0", 9], "00" * 7 + "80" + "00" * 8 + "09" + "00" * 7,
         '["-9223372036854775808","0","9"]'),
        ("FP16", [1.5, 65519, 5e-324], "00 3e ff 7b 00 00", "[1.5,65504.0,0.0]"),
        ("BF16", [1, 0.1], "80 3f cd 3d", "[1.0,0.100097656]"),
        ("FP32", [0.1, -1, 2**64 - 1], "cd cc cc 3d 00 00 80 bf 00 00 80 5f", "[0.1,-1.0,1.8446744e+19]"),
        ("FP64", [0.1], "9a 99 99 99 99 99 b9 3f", "[0.1]"),
        ("BYTES", ["", "hé", "\0"], "00 00 00 00 03 00 00 00 68 c3 a9 01 00 00 00 00", '["","hé","\\u0000"]'),
    ],
)  # fmt: skip
def test_values_become_the_bytes_of_the_wire_and_come_back(datatype, values, raw, answer):
    tensor = from_values(spec(datatype), values)

    assert tensor == Tensor("x", Datatype(datatype), (len(values),), bytes.fromhex(raw))
    assert written(tensor) == answer


@pytest.mark.parametrize("datatype", FLOATS)
def test_numbers_that_are_not_finite_are_words_both_ways(datatype):
    tensor = from_values(spec(datatype), ["NaN", 0.5, "Infinity", "-Infinity", 2])

    numbers = np.frombuffer(tensor.raw, NUMPY[datatype]).astype(float).tolist()
    assert isnan(numbers[0])
    assert numbers[1:] == [0.5, inf, -inf, 2.0]
    assert written(tensor) == '["NaN",0.5,"Infinity","-Infinity",2.0]'


def test_a_float32_keeps_its_shortest_digits_beside_a_nan():
    assert written(from_values(spec("FP32"), [0.1, "NaN", 16777217])) == '[0.1,"NaN",16777216.0]'


@pytest.mark.parametrize(
    ("datatype", "values", "message"),
    [
        ("UINT8", [1, 300], "whole numbers from 0 to 255, got 300"),
        ("UINT8", [-1, 300], "whole numbers from 0 to 255, got -1"),
        ("INT8", [-129], "whole numbers from -128 to 127, got -129"),
        ("UINT16", [65536], "whole numbers from 0 to 65535, got 65536"),
        ("INT16", [32768], "whole numbers from -32768 to 32767, got 32768"),
        ("UINT32", [2**32], "whole numbers from 0 to 4294967295, got 4294967296"),
        ("INT32", [2**31], "whole numbers from -2147483648 to 2147483647, got 2147483648"),
        ("UINT64", [-1], "whole numbers from 0 to 18446744073709551615, got -1"),
        ("UINT64", ["-1"], "whole numbers from 0 to 18446744073709551615, got -1"),
        ("UINT64", [10**5000], "whole numbers from 0 to 18446744073709551615, got a number of more than 64 bits"),
        ("INT8", [1.0], "whole numbers from -128 to 127, got 1.0"),
        ("INT8", [True], "whole numbers from -128 to 127, got true"),
        ("INT8", ["1"], 'whole numbers from -128 to 127, got "1"'),
        ("INT8", [None], "whole numbers from -128 to 127, got null"),
        ("INT8", [{}], "whole numbers from -128 to 127, got an object"),
        ("INT8", [1, [2]], "whole numbers from -128 to 127, got a list"),
        ("INT8", [[2]], "shape [-1], got lists nested deeper"),
        ("BOOL", [True, 0], "true or false, got 0"),
        ("BOOL", ["true"], 'true or false, got "true"'),
        ("BOOL", [None], "true or false, got null"),
        ("FP32", [True], 'numbers, "NaN", "Infinity" or "-Infinity", got true'),
        ("FP32", [None], 'numbers, "NaN", "Infinity" or "-Infinity", got null'),
        ("FP32", ["1.5"], 'numbers, "NaN", "Infinity" or "-Infinity", got "1.5"'),
        ("FP32", ["nan", "NaN"], 'numbers, "NaN", "Infinity" or "-Infinity", got "nan"'),
        ("FP32", ["+" * 99], f'numbers, "NaN", "Infinity" or "-Infinity", got "{"+" * 40}" and more'),
        ("FP16", ["NaN", 70000], "numbers from -65504 to 65504, got 70000"),
        ("FP16", [-65520], "numbers from -65504 to 65504, got -65520"),
        ("BF16", [3.4e38], "numbers from -3.3895314e+38 to 3.3895314e+38, got 3.4e+38"),
        ("FP32", ["Infinity", 1, 1e300], "numbers from -3.4028235e+38 to 3.4028235e+38, got 1e+300"),
        ("FP64", [inf], "numbers from -1.7976931e+308 to 1.7976931e+308, got Infinity"),
        ("FP64", [nan], "numbers from -1.7976931e+308 to 1.7976931e+308, got NaN"),
        ("FP64", [-(10**400)], "numbers from -1.7976931e+308 to 1.7976931e+308, got a number of more than 64 bits"),
        ("BYTES", ["a", 1], "strings, got 1"),
        ("BYTES", [None], "strings, got null"),
        ("BYTES", ["\ud800"], "strings of Unicode characters, got half a surrogate pair"),
        ("BYTES", "abc", 'a list of values, got "abc"'),
        ("FP32", None, "a list of values, got null"),
        ("FP32", {"a": 1}, "a list of values, got an object"),
        ("FP32", 1.5, "a list of values, got 1.5"),
    ],
)
def test_a_value_of_another_datatype_is_refused(datatype, values, message):
    assert refusal(from_values, spec(datatype), values) == f"x: expected {message}"


@pytest.mark.parametrize(
    "text",
    ["1_000", " 1", "1 ", "+1", "\u0661", "", "-", "--1", "01", "1.0", "1e3", "0x1", "1,2", "[1]", "true", "null",
     "1\n", '"1"', "9" * 21, "\uff19", "\u2003" "1"],
)  # fmt: skip
def test_strings_that_are_not_plain_whole_numbers_are_refused(text):
    limits = "whole numbers from -9223372036854775808 to 9223372036854775807"

    message = refusal(from_values, spec("INT64"), ["5", text, 7])

    assert message == f"x: expected {limits}, got {orjson.dumps(text).decode() if text.isascii() else ascii_of(text)}"


def ascii_of(text):
    return '"' + "".join(f"\\u{ord(letter):04x}" if ord(letter) > 127 else letter for letter in text) + '"'


def test_strings_beyond_64_bits_are_refused_by_value():
    limits = "whole numbers from -9223372036854775808 to 9223372036854775807"

    assert refusal(from_values, spec("INT64"), ["9223372036854775808"]) == (
        f"x: expected {limits}, got 9223372036854775808"
    )
    assert refusal(from_values, spec("INT64"), ["18446744073709551616"]) == (
        f"x: expected {limits}, got a number of more than 64 bits"
    )


def test_strings_cannot_share_one_number_or_list_between_them():
    for texts in (["[1", "2]"], ['"1', '2"'], ['{"a":1', '"b":2}'], ["1,2", ""]):
        assert refusal(from_values, spec("INT64"), texts).endswith(f"got {orjson.dumps(texts[0]).decode()}")


@pytest.mark.parametrize(
    ("declaration", "values", "shape", "dims"),
    [
        ((-1, 3), [[1, 2, 3], [4, 5, 6]], None, (2, 3)),
        ((-1, 3), [[1, 2, 3], [4, 5, 6]], [2, 3], (2, 3)),
        ((-1, 3), [1, 2, 3, 4, 5, 6], [2, 3], (2, 3)),
        ((2, 1, 3), [[[1, 2, 3]], [[4, 5, 6]]], None, (2, 1, 3)),
        ((-1,), [1, 2, 3, 4, 5, 6], None, (6,)),
        ((), [1], [], ()),
        ((-1,), [], None, (0,)),
        ((-1,), [], [0], (0,)),
        ((-1, 3), [], None, (0, 3)),
        ((-1, 3), [], [0, 3], (0, 3)),
        ((-1, -1), [[], []], None, (2, 0)),
        ((-1, -1, 4), [[], []], None, (2, 0, 4)),
    ],
)
def test_a_shape_is_given_or_that_of_the_nesting(declaration, values, shape, dims):
    tensor = from_values(
        spec("UINT8", *declaration) if declaration else TensorSpec("x", Datatype.UINT8, ()), values, shape
    )

    assert tensor.shape == dims
    assert tensor.raw == bytes(range(1, len(tensor.raw) + 1))


@pytest.mark.parametrize(
    ("declaration", "values", "shape", "message"),
    [
        ((-1, 3), [[1, 2, 3, 4], [1, 2, 3, 4]], None, "shape [-1, 3], got [2, 4]"),
        ((-1, 3), list(range(8)), [2, 4], "shape [-1, 3], got [2, 4]"),
        ((-1, 3), [1, 2, 3], None, "shape [-1, 3], got [3]"),
        ((-1, 3), [1, 2, 3], [3], "shape [-1, 3], got [3]"),
        ((-1, 3), [1, 2, 3, 4, 5], [2, 3], "6 values for shape [2, 3], got 5"),
        ((-1, 3), [[1, 2, 3]], [2, 3], "lists nested as shape [2, 3], got [1, 3]"),
        ((-1, 1, 3), [[1, 2, 3]], [1, 1, 3], "lists nested as shape [1, 1, 3], got [1, 3]"),
        ((-1, 3), [[1, 2, 3], [1, 2]], None, "lists of one length, got lengths 2 and 3"),
        ((-1, 3), [[1, 2, 3], 4], None, "lists nested evenly, got a list beside a value"),
        ((-1, 3), [1, [1, 2, 3]], None, "lists nested evenly, got a list beside a value"),
        ((-1, 3), [1, 2, [3]], [1, 3], "whole numbers from 0 to 255, got a list"),
        ((-1, 3), [[1, 2, [3]]], None, "whole numbers from 0 to 255, got a list"),
        ((-1, 3), [[[1], [2], [3]]], None, "shape [-1, 3], got lists nested deeper"),
        ((3,), [], None, "shape [3], got [0]"),
        ((-1, -1), [1], [-1, -1], "shape [-1, -1], got [-1, -1]"),
        ((-1,), [], [-1], "shape [-1], got [-1]"),
        ((-1, 3), [], [0, 0], "shape [-1, 3], got [0, 0]"),
        ((-1, 3), [], [1] * 65, "shape [-1, 3], got 65 dimensions"),
        ((-1, -1), [], [2**31 - 1, 0], None),
        ((-1, -1, -1), [], [0, 2**31 - 1, 2**31 - 1], None),
        ((-1, -1, -1, -1), [], [0] + [2**31 - 1] * 3,
         "a shape of less than 2^63 bytes, got [0, 2147483647, 2147483647, 2147483647]"),
        ((-1, -1), [1], [2**31 - 1, 2**31 - 1], "4611686014132420609 values for shape [2147483647, 2147483647], got 1"),
    ],
)  # fmt: skip
def test_a_shape_that_does_not_fit_is_refused(declaration, values, shape, message):
    if message is None:
        assert from_values(spec("UINT8", *declaration), values, shape).shape == tuple(shape)
        return

    assert refusal(from_values, spec("UINT8", *declaration), values, shape) == f"x: expected {message}"


def test_a_nest_deeper_than_the_declaration_costs_nothing():
    nest: Any = []
    for _ in range(100_000):
        nest = [nest]

    assert refusal(from_values, spec("FP32"), nest) == "x: expected shape [-1], got lists nested deeper"
    while nest:  # taken apart by hand: freeing it at once would recurse
        nest = nest.pop()


@pytest.mark.parametrize("datatype", list(NUMPY))
def test_any_bits_survive_the_way_out_and_in_again(datatype):
    random = np.random.default_rng(7)
    for shape in [(0,), (1,), (257,), (16, 3), (2, 3, 4, 5)]:
        dtype = np.dtype(NUMPY[datatype])
        bits = random.bytes(int(np.prod(shape)) * dtype.itemsize)
        raw = bytes(byte & 1 for byte in bits) if datatype is Datatype.BOOL else bits
        array = np.frombuffer(raw, dtype).reshape(shape)
        declaration = TensorSpec("x", datatype, (-1,) * len(shape))

        answer = orjson.loads(written(from_bytes(declaration, raw, shape)))
        flat = from_values(declaration, answer, shape)
        nested = from_values(declaration, np.array(answer, dtype=object).reshape(shape).tolist())

        assert flat.shape == nested.shape == shape
        assert flat.raw == nested.raw
        back = np.frombuffer(flat.raw, dtype).reshape(shape)
        # A NaN comes back as the NaN of the datatype: its payload has no name in JSON.
        exact = dtype if datatype in WHOLE else float
        np.testing.assert_array_equal(back.astype(exact), array.astype(exact))


def test_any_text_survives_the_way_in_and_out_again():
    random = np.random.default_rng(7)
    for count in (0, 1, 300):
        texts = ["".join(map(chr, random.integers(0, 0xD800, size))) for size in random.integers(0, 20, count)]

        tensor = from_values(spec("BYTES"), texts)

        assert tensor.values() == texts
        assert tensor.raw == b"".join(struct.pack("<I", len(text.encode())) + text.encode() for text in texts)
        assert from_bytes(spec("BYTES"), tensor.raw, [count]) == tensor


@pytest.mark.parametrize("datatype", FLOATS)
def test_numbers_are_rounded_to_the_nearest_of_the_datatype(datatype):
    numbers = np.random.default_rng(7).normal(size=1000)

    tensor = from_values(spec(datatype), numbers.tolist())

    assert tensor.raw == numbers.astype(NUMPY[datatype]).tobytes()
