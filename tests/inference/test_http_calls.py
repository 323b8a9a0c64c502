"""Calls by HTTP against peers that misbehave, on a real socket: connections, deadlines, cancelled calls."""

import asyncio
from datetime import timedelta

import pytest

from inference.declarations import Datatype
from inference.tensors import Tensor
from inference.transports.http_calls import HttpCalls
from inference.transports.transport import Status
from tests.inference.http_exchanges import (
    IN,
    LONG,
    OUTPUT_BYTES,
    RIGHT,
    RIGHT_ONES,
    WHOLE,
    call,
    closing_after,
    outcome,
    saying,
)
from tests.inference.peers import Talk, answer, speaking
from tests.loop_time import rounds


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


async def test_bytes_that_come_while_no_call_waits_are_no_answer():
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


async def test_a_request_is_sent_once_its_peer_has_read_so_much_that_little_is_left():
    begun, may_read = asyncio.Event(), asyncio.Event()
    sent: list[Tensor] = []
    # More than sockets hold.
    large = Tensor("IN", Datatype.INT8, (48 * 1024**2,), bytes(48 * 1024**2))

    async def speak(talk: Talk) -> None:
        await talk.reader.readexactly(5)
        begun.set()
        await may_read.wait()
        for _ in range(2):
            await talk.hear()
            await talk.say(WHOLE)

    async def ask(tensor: Tensor):
        return await calls.infer(
            *("m", ""),
            inputs=[tensor],
            outputs=["OUT"],
            within=LONG * 3,
            headers={},
            when_sent=lambda: sent.append(tensor),
        )

    async with speaking(speak) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        asking = asyncio.create_task(ask(large))
        await begun.wait()
        assert (sent, asking.done()) == ([], False)

        may_read.set()

        assert await asking == RIGHT
        assert sent == [large]
        assert await ask(IN) == RIGHT
        assert sent == [large, IN]
        assert len(peer.talks) == 1
        await calls.aclose()
