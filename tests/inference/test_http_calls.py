"""Calls by HTTP against peers that misbehave, on a real socket."""

import asyncio
import gc
import ssl
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from inference.answers import WrongAnswer
from inference.declarations import Datatype
from inference.tensors import Tensor
from inference.transports.http_answers import AnswerReader
from inference.transports.http_calls import HttpCalls
from inference.transports.transport import CallFailed, Status
from settings import SettingsError
from tests.inference import peers
from tests.inference.peers import HEAD, LIVE, OUTPUT, Talk, answer, speaking
from tests.loop_time import rounds

OUTPUT_BYTES = 100_000
LONG = timedelta(seconds=20)
IN = Tensor("IN", Datatype.INT8, (2,), b"\5\6")
RIGHT = ("7", [Tensor("OUT", Datatype.INT8, (3,), b"\1\2\3")])


async def call(calls: HttpCalls, *, within: timedelta = LONG, inputs: list[Tensor] | None = None):
    return await calls.infer("m", "", inputs=inputs or [IN], outputs=["OUT"], within=within, headers={})


async def outcome(calls: HttpCalls, **more) -> object:
    """The answer, or the status of the failure, or the message of a wrong answer."""
    try:
        return await call(calls, **more)
    except CallFailed as failed:
        return failed.status
    except WrongAnswer as wrong:
        return str(wrong)


async def of_one_call(speak: peers.Speak, **more) -> object:
    async with speaking(speak) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        try:
            return await outcome(calls, **more)
        finally:
            await calls.aclose()


def saying(*parts: bytes, pause: float = 0) -> peers.Speak:
    """Answers each request of a connection with these bytes."""

    async def speak(talk: Talk) -> None:
        while True:
            await talk.hear()
            await talk.say(*parts, pause=pause)

    return speak


def closing_after(*parts: bytes) -> peers.Speak:
    async def speak(talk: Talk) -> None:
        await talk.hear()
        await talk.say(*parts)

    return speak


WHOLE = answer()
CHUNKS = [b"%x\r\n%b\r\n" % (len(part), part) for part in (HEAD % OUTPUT, b"\1", b"\2\3")]
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nInference-Header-Content-Length: %d\r\n\r\n" % len(HEAD % OUTPUT)
    + b"".join(CHUNKS)
    + b"0\r\n\r\n"
)
RIGHT_ONES = {
    "at once": [WHOLE],
    "byte by byte": [WHOLE[at : at + 1] for at in range(len(WHOLE))],
    "chunked": [CHUNKED],
    "chunked, byte by byte": [CHUNKED[at : at + 1] for at in range(len(CHUNKED))],
    "chunked, with a trailer": [CHUNKED[:-2] + b"Inference-Header-Content-Length: 5\r\n\r\n"],
    "after 100 Continue": [b"HTTP/1.1 100 Continue\r\n\r\n", WHOLE],
    "after 100 and 103, in one piece": [
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + WHOLE
    ],
    "header names in small letters": [WHOLE.replace(b"Content-Length", b"content-length")],
}


@pytest.mark.parametrize("parts", RIGHT_ONES.values(), ids=RIGHT_ONES.keys())
async def test_a_right_answer_is_read_whatever_its_pieces_and_the_connection_is_kept(parts):
    async with speaking(saying(*parts)) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)

        assert [await call(calls) for _ in range(3)] == [RIGHT] * 3

        assert (len(peer.talks), peer.calls) == (1, 3)
        await calls.aclose()


async def test_a_request_has_its_sizes_and_asks_for_bytes():
    async with speaking(saying(WHOLE)) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        trace = {"traceparent": "00-1-2-01"}
        await calls.infer("m.1-x", "12", inputs=[IN], outputs=[], within=LONG, headers=trace)
        await calls.aclose()

    [head], [body] = peer.talks[0].heads, peer.talks[0].bodies
    json = (
        b'{"inputs":[{"name":"IN","datatype":"INT8","shape":[2],"parameters":{"binary_data_size":2}}],'
        b'"parameters":{"binary_data_output":true}}'
    )
    assert head.decode().split("\r\n")[:-2] == [
        "POST /v2/models/m.1-x/versions/12/infer HTTP/1.1",
        f"Host: {peer.url.removeprefix('http://')}",
        f"Inference-Header-Content-Length: {len(json)}",
        f"Content-Length: {len(json) + 2}",
        "traceparent: 00-1-2-01",
    ]
    assert body == json + b"\5\6"


NO_LENGTH = b"HTTP/1.1 200 OK\r\n\r\n" + HEAD % OUTPUT
BROKEN = {
    "not HTTP": ([b"220 mail.example.org ESMTP\r\n"], Status.OTHER),
    "TLS": ([b"\x15\x03\x01\x00\x02\x02\x16"], Status.OTHER),
    "two lengths": ([WHOLE.replace(b"\r\n\r\n", b"\r\nContent-Length: 9\r\n\r\n", 1)], Status.OTHER),
    "a length and chunks": ([CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 9\r\n\r\n", 1)], Status.OTHER),
    "a negative length": ([WHOLE.replace(b"\r\nContent-Length: ", b"\r\nContent-Length: -")], Status.OTHER),
    "a length beyond 64 bits": ([b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % 2**65], Status.OTHER),
    "no length": ([NO_LENGTH], Status.OTHER),
    "a chunk of no size": ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"], Status.OTHER),
    "an upgrade": (
        [b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nwho knows"],
        Status.OTHER,
    ),
    "endless headers": ([b"HTTP/1.1 200 OK\r\n", b"X: %b\r\n" % (b"y" * 1000) * 100], Status.OTHER),
    "endless interim answers": ([b"HTTP/1.1 100 Continue\r\n\r\n" * 5000], Status.OTHER),
    "too large by one byte": (
        [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (OUTPUT_BYTES + 64 * 1024 + 1)],
        Status.TOO_LARGE,
    ),
    "too large, in chunks": (
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"4000\r\n%b\r\n" % (b"x" * 0x4000)] * 11],
        Status.TOO_LARGE,
    ),
}


@pytest.mark.parametrize(("parts", "status"), BROKEN.values(), ids=BROKEN.keys())
async def test_what_is_no_answer_fails_the_call_and_closes_the_connection(parts, status):
    closed = asyncio.Event()

    async def speak(talk: Talk) -> None:
        await talk.hear()
        try:
            await talk.say(*parts)
        finally:
            await talk.is_closed()
            closed.set()

    async with speaking(speak) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        assert await outcome(calls) is status
        await asyncio.wait_for(closed.wait(), 60)
        assert peer.calls == 1
        await calls.aclose()


CUT = {"nothing": b"", "half the headers": WHOLE[:20], "half the body": WHOLE[:-2], "half a chunk": CHUNKED[:-10]}


@pytest.mark.parametrize("begun", CUT.values(), ids=CUT.keys())
async def test_a_connection_that_ends_before_the_answer_does_fails_the_call_and_nothing_is_sent_again(begun):
    async with speaking(closing_after(begun)) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        assert await outcome(calls) is Status.UNAVAILABLE
        assert (len(peer.talks), peer.calls) == (1, 1)
        await calls.aclose()


async def test_a_large_body_that_is_cut_fails_too():
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + b"x" * 80_000
    assert await of_one_call(closing_after(cut)) is Status.UNAVAILABLE


WRONG = {
    "not JSON": (answer(head=b"<html>"), "the head of its answer is not JSON"),
    "a list": (answer(head=b"[]"), "the head of its answer is not a JSON object"),
    "no version": (answer(head=b'{"outputs":[]}'), "its answer has no version or no list of outputs"),
    "no datatype": (
        answer(head=HEAD % b'{"name":"OUT","shape":[3]}'),
        "an output in its answer has no name, datatype or shape",
    ),
    "a datatype not known": (
        answer(head=HEAD % OUTPUT.replace(b"INT8", b"INT9")),
        "its output 'OUT' came without a datatype that is known here",
    ),
    "a negative size": (
        answer(head=HEAD % OUTPUT.replace(b'size":3', b'size":-3')),
        "its output 'OUT' came without its size in bytes",
    ),
    "data as JSON": (
        answer(b"", head=HEAD % b'{"name":"OUT","datatype":"INT8","shape":[1],"data":[1]}'),
        "its output 'OUT' came without its size in bytes",
    ),
    "too few bytes": (answer(b"\1\2"), "its output 'OUT' has 2 bytes and not 3 as its answer says"),
    "too many bytes": (answer(b"\1\2\3\4\5"), "its answer has 2 bytes that belong to no output"),
    "a head longer than the body": (
        WHOLE.replace(b"Header-Content-Length: ", b"Header-Content-Length: 9"),
        f"its answer of {len(HEAD % OUTPUT) + 3} bytes has a head of 9{len(HEAD % OUTPUT)}",
    ),
    "a head of no size": (
        WHOLE.replace(b"Header-Content-Length: ", b"Header-Content-Length: x"),
        f"the size of its answer's head is 'x{len(HEAD % OUTPUT)}'",
    ),
    "a head that is missing": (b"HTTP/1.1 204 No Content\r\n\r\n", Status.OTHER),
}


@pytest.mark.parametrize(("said", "message"), WRONG.values(), ids=WRONG.keys())
async def test_an_answer_that_does_not_hold_together_is_wrong(said, message):
    assert await of_one_call(saying(said)) == message


@pytest.mark.parametrize(
    ("status", "body", "expected", "details"),
    [
        (400, '{"error":"nicht so: größer"}'.encode(), Status.INVALID_ARGUMENT, "nicht so: größer"),
        (404, b'{"error":"no"}', Status.NOT_FOUND, "no"),
        (500, b'{"error":"no"}', Status.INTERNAL, "no"),
        (501, b'{"error":"no"}', Status.UNIMPLEMENTED, "no"),
        (503, b'{"error":"no"}', Status.UNAVAILABLE, "no"),
        (500, b'{"error":"caf\xe9"}', Status.INTERNAL, "caf\ufffd"),
        (429, b'{"error":"slower"}', Status.OTHER, 'HTTP 429: {"error":"slower"}'),
        (403, b'{"error":"key"}', Status.OTHER, 'HTTP 403: {"error":"key"}'),
        (404, b"<html>nothing here</html>", Status.OTHER, "HTTP 404: <html>nothing here</html>"),
        (502, b"", Status.OTHER, "HTTP 502: "),
        (500, b"[1]", Status.OTHER, "HTTP 500: [1]"),
        (500, b'{"error":{"code":1}}', Status.OTHER, 'HTTP 500: {"error":{"code":1}}'),
        (302, b'{"error":"moved"}', Status.OTHER, 'HTTP 302: {"error":"moved"}'),
    ],
)
async def test_an_error_has_tritons_form_or_is_of_something_else(status, body, expected, details):
    said = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)
    async with speaking(saying(said)) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        for _ in range(2):
            with pytest.raises(CallFailed) as failed:
                await call(calls)
            assert (failed.value.status, failed.value.details) == (expected, details)
        # It was an answer all the same: the connection carries the next call.
        assert (len(peer.talks), peer.calls) == (1, 2)
        await calls.aclose()


async def test_a_connection_that_the_server_closed_while_it_was_idle_is_not_used():
    async with speaking(closing_after(WHOLE)) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        for _ in range(3):
            assert await call(calls) == RIGHT
            await rounds()
        assert (len(peer.talks), peer.calls) == (3, 3)
        await calls.aclose()


@pytest.mark.parametrize(
    "said", [answer(more=b"Connection: close\r\n"), WHOLE.replace(b"HTTP/1.1", b"HTTP/1.0"), WHOLE + b"HTTP/1.1 200"]
)
async def test_a_connection_is_given_up_if_the_server_says_so_or_says_too_much(said):
    async with speaking(saying(said)) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        assert [await call(calls) for _ in range(2)] == [RIGHT] * 2
        assert len(peer.talks) == 2
        await calls.aclose()


async def test_bytes_that_come_while_no_call_waits_are_nobodys_answer():
    forged = answer(b"\7\7\7")
    said = asyncio.Event()

    async def speak(talk: Talk) -> None:
        await talk.hear()
        await talk.say(WHOLE)
        if len(peer.talks) == 1:
            await rounds()
            await talk.say(forged)
            said.set()
            await talk.is_closed()

    async with speaking(speak) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        assert await call(calls) == RIGHT
        await said.wait()
        await rounds()
        assert await call(calls) == RIGHT
        assert len(peer.talks) == 2
        await calls.aclose()


async def test_an_answer_before_the_request_was_read_counts_and_the_connection_does_not():
    large = Tensor("IN", Datatype.INT8, (40_000_000,), bytes(40_000_000))
    refused = b'{"error":"too much"}'

    async def speak(talk: Talk) -> None:
        await talk.reader.readuntil(b"\r\n\r\n")
        await talk.say(b"HTTP/1.1 400 X\r\nContent-Length: %d\r\n\r\n%b" % (len(refused), refused))
        await asyncio.sleep(5)

    async with speaking(speak) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        for _ in range(2):
            assert await outcome(calls, inputs=[large]) is Status.INVALID_ARGUMENT
        assert len(peer.talks) == 2
        await calls.aclose()


SLOW = {
    "no answer": [],
    "half the headers": [WHOLE[:20]],
    "half the body": [WHOLE[:-1]],
    "one byte after the other": [WHOLE[at : at + 1] for at in range(len(WHOLE))],
}


@pytest.mark.parametrize("parts", SLOW.values(), ids=SLOW.keys())
async def test_a_call_ends_at_its_deadline_and_closes_its_connection(parts):
    closed = asyncio.Event()

    async def speak(talk: Talk) -> None:
        await talk.hear()
        try:
            await talk.say(*parts, pause=0.05)
        finally:
            await talk.is_closed()
            closed.set()

    async with speaking(speak) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        assert await outcome(calls, within=timedelta(seconds=0.2)) is Status.DEADLINE_EXCEEDED
        await asyncio.wait_for(closed.wait(), 60)
        await calls.aclose()


async def test_a_cancelled_call_closes_its_connection_and_no_other():
    closed, goes_on = asyncio.Event(), asyncio.Event()

    async def speak(talk: Talk) -> None:
        await talk.hear()
        if len(peer.talks) == 2:
            await talk.is_closed()
            closed.set()
            return
        await goes_on.wait()
        await talk.say(WHOLE)
        await talk.hear()

    async with speaking(speak) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        kept = asyncio.create_task(call(calls))
        await peer.heard(1)
        left = asyncio.create_task(call(calls))
        await peer.heard(2)
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        await asyncio.wait_for(closed.wait(), 60)
        goes_on.set()
        assert await kept == RIGHT
        await calls.aclose()


async def test_calls_that_are_dropped_end_at_once_and_later_ones_begin_anew():
    async def speak(talk: Talk) -> None:
        await talk.hear()
        if len(peer.talks) <= 3:
            await talk.is_closed()
        await talk.say(WHOLE)

    async with speaking(speak) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        waiting = [asyncio.create_task(outcome(calls)) for _ in range(3)]
        await peer.heard(3)
        calls.drop_calls()
        assert await asyncio.gather(*waiting) == [Status.DROPPED] * 3
        assert await call(calls) == RIGHT
        await calls.aclose()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed one of localhost, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *form) + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


async def test_tls_needs_a_certificate_that_is_trusted_and_of_the_host(certificate, monkeypatch):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with speaking(saying(WHOLE), tls=context) as peer:
        named = peer.url.replace("127.0.0.1", "localhost")
        assert await outcome(HttpCalls(named, output_bytes=OUTPUT_BYTES)) is Status.UNAVAILABLE

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

        assert await outcome(HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)) is Status.UNAVAILABLE
        assert peer.calls == 0
        calls = HttpCalls(named, output_bytes=OUTPUT_BYTES)
        assert [await call(calls) for _ in range(2)] == [RIGHT] * 2
        assert await calls.is_live(within=LONG) is True
        await calls.aclose()


@pytest.mark.parametrize(
    ("said", "live"),
    [(LIVE, True), (LIVE.replace(b"200 OK", b"503 X"), False), (b"", False), (b"SSH-2.0-x\r\n", False)],
)
async def test_a_server_is_live_if_it_says_so_on_a_new_connection(said, live):
    async with speaking(closing_after(said)) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        assert [await calls.is_live(within=LONG) for _ in range(2)] == [live] * 2
        assert len(peer.talks) == 2
        assert peer.talks[0].heads[0].startswith(b"GET /v2/health/live HTTP/1.1\r\n")
        await calls.aclose()


async def test_a_server_that_says_nothing_is_not_live():
    async def speak(talk: Talk) -> None:
        await talk.is_closed()

    async with speaking(speak) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        assert await calls.is_live(within=timedelta(seconds=0.1)) is False


async def test_a_body_that_is_announced_and_does_not_come_takes_no_memory():
    announced = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % 10**12
    gc.collect()
    tracemalloc.start()
    try:
        assert await of_one_call(saying(announced)) is Status.TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:8000",
        "http://127.0.0.1",
        "http://127.0.0.1:http",
        "http://127.0.0.1:65536",
        "http://user@127.0.0.1:8000",
        "http://127.0.0.1:8000/v2",
        "http://127.0.0.1:8000?x",
        "http://a b:8000",
        "http://[::1:8000",
        "grpc://127.0.0.1:8000",
        "unix:",
    ],
)
def test_a_url_of_another_form_stops_the_start(url):
    with pytest.raises(SettingsError) as refused:
        HttpCalls(url, output_bytes=1)

    assert str(refused.value) == (
        "GATEHOUSE_TRITON_HTTP_URL must be http://HOST:PORT, https://HOST:PORT or unix:PATH, the address of Triton's "
        f"HTTP service, not {url!r}."
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1",
        "https://localhost:1/",
        "http://[::1]:1",
        "unix:/nowhere/triton",
        "http://nowhere.invalid:1",
        "http://a..b:1",
    ],
)
async def test_where_nothing_listens_the_call_is_not_sent(url):
    assert await outcome(HttpCalls(url, output_bytes=1)) is Status.UNAVAILABLE
    assert await HttpCalls(url, output_bytes=1).is_live(within=LONG) is False


ON_UVLOOP = [(parts, RIGHT) for parts in RIGHT_ONES.values()] + list(BROKEN.values())


@pytest.mark.parametrize(("parts", "expected"), ON_UVLOOP, ids=[*RIGHT_ONES, *BROKEN])
def test_the_services_own_event_loop_reads_the_same(parts, expected):
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(of_one_call(saying(*parts))) == expected
        assert runner.run(of_one_call(saying(*parts, pause=0.001))) == expected


async def test_a_closed_connection_is_freed_without_the_garbage_collector():
    """Each probe opens one."""
    gc.collect()
    gc.disable()
    try:
        async with speaking(saying(LIVE)) as peer:
            calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
            for _ in range(5):
                assert await calls.is_live(within=LONG) is True
            await rounds()
            assert [found for found in gc.get_objects() if isinstance(found, AnswerReader)] == []
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("model", "size", "carried"),
    [
        ("m-1.a_b~", 63 * 1024**2, True),
        ("m", 63 * 1024**2 + 1, False),
        ("a b", 1, False),
        ("a+b", 1, False),
        ("a%20b", 1, False),
        ("a/b", 1, False),
        ("a?b", 1, False),
        ("ä", 1, False),
        ("m\r\nX: y", 1, False),
        ("m\n", 1, False),
        ("", 1, False),
    ],
)
def test_a_call_that_no_path_or_no_server_takes_is_not_for_http(model, size, carried):
    calls = HttpCalls("unix:/nowhere", output_bytes=1)

    assert calls.carries(model, [Tensor("IN", Datatype.UINT8, (size,), bytes(size))]) is carried
