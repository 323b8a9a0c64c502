"""The bodies and the answers of KServe by HTTP, as generated ones: any cut, any bytes."""

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.answers import WrongAnswer
from inference.declarations import Datatype
from inference.tensors import Tensor
from inference.transports import kserve
from inference.transports.http_answers import Answer, AnswerReader, BrokenAnswer, TooLarge

MOST = 70_000
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
# The second kind is larger than what is copied from the connection, or than what becomes a copy in a tensor.
RAW = st.binary(max_size=40) | st.integers(16_000, 40_000).map(bytes)
TENSORS = st.lists(
    st.builds(Tensor, NAMES, st.sampled_from(Datatype), st.lists(st.integers(0, 2**40), max_size=3).map(tuple), RAW),
    max_size=2,
)
CUTS = st.lists(st.integers(1, 3000), min_size=1, max_size=20)


def body(version: str, tensors: list[Tensor]) -> tuple[bytes, int]:
    head = orjson.dumps(
        {
            "model_version": version,
            "outputs": [
                {
                    "name": tensor.name,
                    "datatype": tensor.datatype,
                    "shape": tensor.shape,
                    "parameters": {"binary_data_size": len(tensor.raw)},
                }
                for tensor in tensors
            ],
        }
    )
    return head + b"".join(tensor.raw for tensor in tensors), len(head)


def http(said: bytes, head_size: int, *, chunk: int | None) -> bytes:
    start = b"HTTP/1.1 200 OK\r\nInference-Header-Content-Length: %d\r\n" % head_size
    if chunk is None:
        return start + b"Content-Length: %d\r\n\r\n" % len(said) + said
    parts = [said[start : start + chunk] for start in range(0, len(said), chunk)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return start + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


def read(said: bytes, cuts: list[int], *, most: int = MOST, reader: AnswerReader | None = None) -> list[Answer]:
    """As a connection would, with pieces of these lengths in turn."""
    reader = reader or AnswerReader(most=most)
    answers, start, turn = [], 0, 0
    while start < len(said):
        buffer = reader.buffer()
        piece = said[start : start + min(cuts[turn % len(cuts)], len(buffer))]
        buffer[: len(piece)] = piece
        answer = reader.read(len(piece))
        if answer is not None:
            answers.append(answer)
        start, turn = start + len(piece), turn + 1
    return answers


@given(st.text(max_size=5), TENSORS, CUTS, st.none() | st.integers(1, 50_000))
@settings(deadline=None, max_examples=60)
def test_an_answer_in_any_pieces_gives_the_tensors_that_were_put_in(version, tensors, cuts, chunk):
    said, head_size = body(version, tensors)
    whole = http(said, head_size, chunk=chunk)

    if len(said) > MOST:
        return
    # Each piece ends before the next answer begins, as on a connection with one call at a time.
    [answer] = read(whole, cuts)

    assert (answer.status, answer.reusable, bytes(answer.body)) == (200, True, said)
    assert kserve.read_answer(answer.body, answer.head_size) == (version, tensors)


@given(st.lists(st.binary(max_size=3), min_size=1, max_size=4), st.sampled_from([b"", b"H"]), CUTS)
@settings(deadline=None, max_examples=150)
def test_a_head_that_came_before_changes_nothing(bodies, rest, cuts):
    """Heads of bodies of one length are the same, and are parsed once."""
    reader = AnswerReader(most=MOST)

    for said in bodies:
        whole = http(said, 2, chunk=None)
        [answer] = read(whole, [len(whole)], reader=reader)
        assert (answer.status, answer.head_size, bytes(answer.body), answer.reusable) == (200, "2", said, True)

    last = http(b"abc", 2, chunk=None) + rest
    [answer] = read(last, [len(last)], reader=reader)
    assert (bytes(answer.body), answer.reusable) == (b"abc", rest == b"")
    # And in pieces, on a connection that knows the head.
    reader = AnswerReader(most=MOST)
    read(http(b"abc", 2, chunk=None), [1000], reader=reader)
    [answer] = read(http(b"xyz", 2, chunk=None), cuts, reader=reader)
    assert (answer.head_size, bytes(answer.body), answer.reusable) == ("2", b"xyz", True)


@given(TENSORS, st.data())
@settings(deadline=None, max_examples=60)
def test_a_body_that_lost_or_gained_bytes_is_wrong(tensors, data):
    said, head_size = body("1", tensors)
    cut = data.draw(st.integers(0, len(said) - 1))
    more = data.draw(st.binary(min_size=1, max_size=5))

    for changed in (said[:cut], said + more):
        try:
            kserve.read_answer(changed, str(head_size))
        except WrongAnswer:
            continue
        raise AssertionError(changed)


@given(st.binary(max_size=200), st.none() | st.text(max_size=6))
@settings(deadline=None, max_examples=150)
def test_any_body_is_read_or_wrong(said, head_size):
    try:
        version, tensors = kserve.read_answer(said, head_size)
    except WrongAnswer:
        return
    assert isinstance(version, str)
    assert isinstance(tensors, list)


@given(st.binary(max_size=300), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", http(b"{}", 2, chunk=None)[:-4]]), CUTS)
@settings(deadline=None, max_examples=150)
def test_any_bytes_are_answers_or_broken(said, start, cuts):
    try:
        answers = read(start + said, cuts, most=100)
    except (BrokenAnswer, TooLarge):
        return
    assert all(len(answer.body) <= 100 for answer in answers)


@given(TENSORS, st.lists(NAMES, max_size=3))
@settings(deadline=None, max_examples=40)
def test_a_request_says_what_its_tensors_are(inputs, outputs):
    head = orjson.loads(kserve.request_head([(*tensor[:3], len(tensor.raw)) for tensor in inputs], outputs))

    assert [
        (one["name"], one["datatype"], tuple(one["shape"]), one["parameters"]["binary_data_size"])
        for one in head["inputs"]
    ] == [(tensor.name, tensor.datatype, tensor.shape, len(tensor.raw)) for tensor in inputs]
    assert [(one["name"], one["parameters"]) for one in head.get("outputs", [])] == [
        (name, {"binary_data": True}) for name in outputs
    ]
    assert ("parameters" in head) is (not outputs)
