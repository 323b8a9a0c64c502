"""Requests that offer to change the protocol are answered as those that do not."""

import asyncio
import shutil
import subprocess

import orjson
import pytest

from tests.abuse.wire import code
from tests.graph.raw_requests import ANSWER, H2C, JSON, line, question, raw_post

pytestmark = pytest.mark.usefixtures("answers_as_before")

OFFERS = {
    "h2c": H2C,
    "lower case": H2C.lower(),
    "websocket": "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n",
    "tls": "Upgrade: TLS/1.0, HTTP/2.0\r\nConnection: Upgrade\r\n",
    "twice": H2C + H2C,
}


@pytest.mark.parametrize("pieces", [0, 1, 7])
@pytest.mark.parametrize("padding", [0, 50_000])
@pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS)
async def test_the_body_is_read_whole_and_not_as_a_next_request(service, offer, padding, pieces):
    request = raw_post(offer, body=question(padding), pieces=pieces)

    async with line(service) as connection:
        for _ in range(3):
            await connection.send(request)
            status, fields, body = await connection.answer()
            assert (status, body) == (200, ANSWER)
            assert fields.keys() & {"upgrade", "connection"} == set()
        # Nothing more comes.
        connection.writer.write_eof()
        assert await connection.closed() == b""


@pytest.mark.parametrize("step", [1, 2, 50, 113])
async def test_a_request_may_come_in_pieces(service, step):
    request = raw_post(H2C, pieces=3)

    async with line(service) as connection:
        for start in range(0, len(request), step):
            await connection.send(request[start : start + step])
            await asyncio.sleep(0.001)
        assert (await connection.answer())[::2] == (200, ANSWER)


async def test_requests_in_one_piece_are_answered_one_after_the_other(service):
    several = [raw_post(H2C), raw_post(""), raw_post(H2C, pieces=2), raw_post(H2C), raw_post("", pieces=2)]

    async with line(service) as connection:
        await connection.send(b"".join(several) * 10)
        answers = [await connection.answer() for _ in range(50)]

    assert [(status, body) for status, _, body in answers] == [(200, ANSWER)] * 50


async def test_a_head_of_the_largest_size_is_counted_once(service):
    async with line(service) as connection:
        await connection.send(raw_post(H2C, fields=JSON + "X: " + "x" * 31_000 + "\r\n"))
        fits = await connection.answer()
        await connection.send(raw_post(H2C, fields=JSON + "X: " + "x" * 33_000 + "\r\n"))
        too_large = await connection.answer()

    assert (code(fits), code(too_large)) == ((200, "OK"), (431, "PAYLOAD_TOO_LARGE"))


async def test_a_body_that_is_announced_is_asked_for(service):
    request = raw_post(H2C, fields=JSON + "Expect: 100-continue\r\n")
    head, body = request.split(b"\r\n\r\n", 1)

    async with line(service) as connection:
        await connection.send(head + b"\r\n\r\n")
        assert await connection.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await connection.send(body)
        assert (await connection.answer())[::2] == (200, ANSWER)


async def test_a_query_may_come_by_get_and_in_http_1_0(service):
    async with line(service) as connection:
        for _ in range(2):
            await connection.send(f"GET /graphql?query={{a:__typename}} HTTP/1.1\r\nHost: x\r\n{H2C}\r\n".encode())
            assert (await connection.answer())[::2] == (200, ANSWER)
        await connection.send(raw_post(H2C).replace(b"HTTP/1.1\r\nHost", b"HTTP/1.0\r\nHost"))
        assert (await connection.answer())[::2] == (200, ANSWER)
        assert await connection.closed() == b""


HANDSHAKE = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"


@pytest.mark.parametrize(
    ("version", "offer"),
    [("1.1", ""), ("1.1", "Upgrade: websocket\r\n"), ("1.1", H2C), ("1.0", OFFERS["websocket"])],
)
async def test_a_websocket_whose_offer_did_not_arrive_whole_is_refused_with_what_it_needs(service, version, offer):
    async with line(service) as connection:
        await connection.send(f"GET /graphql HTTP/{version}\r\nHost: x\r\n{offer}{HANDSHAKE}\r\n".encode())
        answer = await connection.answer()

    assert code(answer) == (400, "BAD_REQUEST")
    assert answer[2]["errors"][0]["message"].startswith("The offer of a WebSocket did not arrive whole.")


@pytest.mark.parametrize("key", ["x", "", "dGhlIHNhbXBsZSBub25jZQ"])
async def test_a_wrong_handshake_is_refused_and_ends_its_connection(service, key):
    handshake = f"{OFFERS['websocket']}Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"

    async with line(service) as connection:
        await connection.send(f"GET /graphql HTTP/1.1\r\nHost: x\r\n{handshake}\r\n".encode() + raw_post(""))
        answer = await connection.answer()
        # What follows an offer may be no HTTP.
        assert await connection.closed() == b""

    assert code(answer) == (400, "BAD_REQUEST")
    assert answer[2]["errors"][0]["message"] == "A WebSocket needs a key of 16 bytes, and version 13 of the protocol."


async def test_requests_before_a_websocket_are_answered_before_it_is_opened(service):
    handshake = f"GET /graphql HTTP/1.1\r\nHost: x\r\n{OFFERS['websocket']}{HANDSHAKE}\r\n".encode()

    async with line(service) as connection:
        await connection.send(raw_post("") * 2 + handshake)
        for _ in range(2):
            assert (await connection.answer())[::2] == (200, ANSWER)
        head = await connection.reader.readuntil(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 101 ")
    # The answer to this key, from RFC 6455.
    assert b"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in head


UPLOAD = """query ($file: Upload!) {
  infer(model: "identity", inputs: [{name: "IN_UINT8", shape: [%d], data: {upload: $file}}]) { version } }"""
MB = 1_000_000


def form(octets: int) -> dict[str, bytes]:
    """A file of that size for a model; the parts by their names."""
    operations = {"query": UPLOAD % octets, "variables": {"file": None}}
    return {"operations": orjson.dumps(operations), "map": b'{"0": ["variables.file"]}', "0": b"\r\n" * (octets // 2)}


@pytest.mark.parametrize("pieces", [0, 20])
async def test_a_large_body_is_read_whole(service, pieces):
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"{"; filename=0" * (name == "0")}\r\n\r\n'.encode()
        + content
        for name, content in form(3 * MB).items()
    ]
    request = raw_post(
        H2C,
        body=b"\r\n".join([*parts, b"--b--\r\n"]),
        pieces=pieces,
        fields="Content-Type: multipart/form-data; boundary=b\r\nGraphQL-Require-Preflight: 1\r\n",
    )

    async with line(service) as connection:
        for _ in range(2):
            await connection.send(request)
            status, _, body = await connection.answer()
            assert (status, body) == (200, {"data": {"infer": {"version": "1"}}})


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
@pytest.mark.parametrize("field", ["X: x", "Transfer-Encoding: chunked", "Expect:"])
async def test_curl_may_offer_http_2(service, tmp_path, field):
    for name, content in form(3 * MB).items():
        (tmp_path / name).write_bytes(content)
    form_arguments = [part for name in ("operations", "map") for part in ("-F", f"{name}=<{tmp_path / name}")]
    small = ["-H", "Content-Type: application/json", "--data-binary", '{"query": "{ a: __typename }"}']
    large = ["-H", "GraphQL-Require-Preflight: 1", *form_arguments, "-F", f"0=@{tmp_path / '0'}"]

    for body, expected in ((small, ANSWER), (large, {"data": {"infer": {"version": "1"}}})):
        # Twice over one connection.
        made = ["curl", "--http2", "-sS", "-H", field, *body, "-w", "%{http_version} %{num_connects}\n"]
        url = f"{service.url}/graphql"
        answer = await asyncio.to_thread(subprocess.run, [*made, url, url], capture_output=True, timeout=60)

        lines = [f"{orjson.dumps(expected).decode()}1.1 {connects}\n" for connects in (1, 0)]
        assert (answer.stdout.decode(), answer.stderr) == ("".join(lines), b"")
