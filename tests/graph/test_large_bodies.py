"""Large bodies, which go past the HTTP parser once they have begun."""

import base64

import orjson
import pytest

from tests.abuse.wire import Line, code
from tests.graph.raw_requests import ANSWER, JSON, line, question, raw_post
from tests.mails import until

pytestmark = pytest.mark.usefixtures("answers_as_before")

FORM = "Content-Type: multipart/form-data; boundary=b\r\nGraphQL-Require-Preflight: 1\r\n"
QUERY = """query ($file: Upload!) {
  infer(model: "identity", inputs: [{name: "IN_UINT8", shape: [%d], data: {upload: $file}}]) { outputs { base64 } } }"""
SIZE = 700_001
CONTENT = (bytes(number * number % 251 for number in range(251)) * (SIZE // 251 + 1))[:SIZE]
NEXT = raw_post("")


def form(content: bytes = CONTENT, name: str = "0") -> bytes:
    operations = {"query": QUERY % len(content), "variables": {"file": None}}
    parts = {"operations": orjson.dumps(operations), "map": b'{"0": ["variables.file"]}', name: content}
    written = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"{"; filename=0" * (name == "0")}\r\n\r\n'.encode() + part
        for name, part in parts.items()
    ]
    return b"\r\n".join([*written, b"--b--\r\n"])


async def answers(connection: Line) -> tuple[int, object]:
    status, _, body = await connection.answer()
    return status, body


EXPECTED = (200, {"data": {"infer": {"outputs": [{"base64": base64.b64encode(CONTENT).decode()}]}}})


# How much is sent with the head, and in each piece after it.
@pytest.mark.parametrize(
    ("first", "size"), [(0, 100_000), (1, 9_999), (150_000, 1_000_000), (600_000, 50_000), (SIZE, 20)]
)
async def test_every_byte_arrives_and_the_next_request_behind_it(service, first: int, size: int):
    request = raw_post("", body=form(), fields=FORM)
    first += request.index(b"\r\n\r\n") + 4

    async with line(service) as connection:
        for _ in range(2):
            await connection.send(request[:first])
            for start in range(first, len(request) - 1, size):
                await connection.send(request[start : min(start + size, len(request) - 1)])
            await connection.send(request[-1:] + NEXT)

            assert await answers(connection) == EXPECTED
            assert await answers(connection) == (200, ANSWER)


async def test_large_bodies_may_follow_each_other_at_once(service):
    async with line(service) as connection:
        await connection.send(raw_post("", body=form(), fields=FORM) * 3)

        assert [await answers(connection) for _ in range(3)] == [EXPECTED] * 3


async def test_the_rest_of_a_refused_body_is_thrown_away(service):
    """The form is refused at its third part. A client that reads on can use the connection."""
    request = raw_post("", body=form(name="other"), fields=FORM)

    async with line(service) as connection:
        await connection.send(request[:300_000])
        refused = await connection.answer()
        await connection.send(request[300_000:] + NEXT)
        status, _, body = await connection.answer()

    assert code(refused) == (400, "BAD_REQUEST")
    assert (status, body) == (200, ANSWER)


async def test_a_client_that_leaves_within_a_body_ends_its_request(service):
    def ended() -> int:
        return str(service.log.read_text()).count("status=499")

    before = ended()
    async with line(service) as connection:
        await connection.send(raw_post("", body=form(), fields=FORM)[:400_000])
    await until(lambda: ended() == before + 1)


async def test_a_large_body_of_an_unknown_caller_is_refused_by_its_length(service):
    request = raw_post("", body=question(3_000_000), fields=JSON)

    async with line(service) as connection:
        await connection.send(request)
        refused = await connection.answer()
        await connection.send(NEXT)
        status, _, body = await connection.answer()

    assert code(refused) == (413, "PAYLOAD_TOO_LARGE")
    assert (status, body) == (200, ANSWER)
