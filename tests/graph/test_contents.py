"""The bytes of answers that hold base64 which is written while they are sent."""

from base64 import b64encode
from enum import Enum, IntEnum

import numpy as np
import orjson
import pytest

from base64_text import Unwritten, encode
from graph.http import contents

RAW = bytes(range(256)) * 41


class Word(str):
    pass


class Kind(Enum):
    A = "a"


class Number(IntEnum):
    ONE = 1


class Members(dict[str, object]):
    pass


# With base64 that is written when it is sent, or from the start.
BODIES = [
    lambda b64: {"data": {"a": b64(RAW)}},
    lambda b64: {"data": {"a": b64(b""), "b": [b64(RAW), b64(memoryview(RAW)[1:]), b64(RAW[:2])], "c": 1}},
    lambda b64: {"errors": [{"message": "\0 \\u0000 \"\0\""}], "data": {"\0": "\0", "a": b64(RAW), "b": "\0"}},
    lambda b64: {"a": orjson.Fragment(b'["\\u0000"]'), "b": np.arange(3), "c": b64(RAW)},
    lambda b64: {"a": Word("\0é"), "b": Kind.A, "c": Number.ONE, "d": Members(e=Word()), "f": b64(RAW)},
    lambda _: {"a": Word("\0é"), "b": Kind.A, "c": Number.ONE, "d": Members(e=Word()), "f": np.float32(0.1)},
]  # fmt: skip


@pytest.mark.parametrize("most", [4, 5, 1000, 256 * 1024])
@pytest.mark.parametrize("body", BODIES)
def test_the_pieces_are_the_whole_answer(body, most: int):
    content = contents.write(body(Unwritten))
    pieces = list(contents.pieces(content, most))

    assert b"".join(pieces) == orjson.dumps(body(encode), option=orjson.OPT_SERIALIZE_NUMPY)
    assert (len(content), max(map(len, pieces))) == (sum(map(len, pieces)), min(most, max(map(len, pieces))))


def test_what_is_not_json_is_refused():
    with pytest.raises(TypeError):
        contents.write({"data": object()})


@pytest.mark.parametrize("size", range(20))
def test_base64_in_pieces_is_base64(size: int):
    later = Unwritten(RAW[:size])

    assert b"".join(later.pieces(8)) == b64encode(RAW[:size])
    assert later.size == len(b64encode(RAW[:size]))
