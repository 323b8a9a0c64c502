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


BODIES = [
    {"data": {"a": Unwritten(RAW)}},
    {"data": {"a": Unwritten(b""), "b": [Unwritten(RAW), Unwritten(memoryview(RAW)[1:]), Unwritten(RAW[:2])], "c": 1}},
    {"errors": [{"message": "\0 \\u0000 \"\0\""}], "data": {"\0": "\0", "a": Unwritten(RAW), "b": "\0"}},
    {"a": orjson.Fragment(b'["\\u0000"]'), "b": np.arange(3), "c": Unwritten(RAW)},
    {"a": Word("\0é"), "b": Kind.A, "c": Number.ONE, "d": Members(e=Word()), "f": Unwritten(RAW)},
    {"a": Word("\0é"), "b": Kind.A, "c": Number.ONE, "d": Members(e=Word()), "f": np.float32(0.1)},
]  # fmt: skip


def written(value):
    """What the same body is with base64 in it from the start."""
    match value:
        case Unwritten():
            return encode(value._raw)
        case dict():
            return {key: written(item) for key, item in value.items()}
        case list():
            return [written(item) for item in value]
    return value


@pytest.mark.parametrize("most", [4, 5, 1000, 256 * 1024])
@pytest.mark.parametrize("body", BODIES)
def test_the_pieces_are_the_whole_answer(body, most: int):
    content = contents.write(body)
    pieces = list(contents.pieces(content, most))

    assert b"".join(pieces) == orjson.dumps(written(body), option=orjson.OPT_SERIALIZE_NUMPY)
    assert (len(content), max(map(len, pieces))) == (sum(map(len, pieces)), min(most, max(map(len, pieces))))


def test_what_is_not_json_is_refused():
    with pytest.raises(TypeError):
        contents.write({"data": object()})


@pytest.mark.parametrize("size", range(20))
def test_base64_in_pieces_is_base64(size: int):
    later = Unwritten(RAW[:size])

    assert b"".join(later.pieces(8)) == b64encode(RAW[:size])
    assert later.size == len(b64encode(RAW[:size]))
