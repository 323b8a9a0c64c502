"""Answers by HTTP that are broken, cut, wrong, or errors."""

import asyncio
import gc
import tracemalloc

import pytest
import uvloop

from inference.transports.http_calls import HttpCalls
from inference.transports.transport import CallFailed, Status
from tests.inference.http_exchanges import (
    CHUNKED,
    OUTPUT_BYTES,
    RIGHT,
    RIGHT_ONES,
    WHOLE,
    call,
    closing_after,
    of_one_call,
    outcome,
    saying,
)
from tests.inference.peers import HEAD, OUTPUT, Talk, answer, speaking

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


async def test_a_body_that_is_announced_and_does_not_come_takes_no_memory():
    announced = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % 10**12
    gc.collect()
    tracemalloc.start()
    try:
        assert await of_one_call(saying(announced)) is Status.TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


ON_UVLOOP = [(parts, RIGHT) for parts in RIGHT_ONES.values()] + list(BROKEN.values())


@pytest.mark.parametrize(("parts", "expected"), ON_UVLOOP, ids=[*RIGHT_ONES, *BROKEN])
def test_the_services_own_event_loop_reads_the_same(parts, expected):
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(of_one_call(saying(*parts))) == expected
        assert runner.run(of_one_call(saying(*parts, pause=0.001))) == expected
