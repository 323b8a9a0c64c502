"""What the tests of calls by HTTP send, and what the other side answers, on a real socket."""

from datetime import timedelta

from inference.answers import WrongAnswer
from inference.declarations import Datatype
from inference.tensors import Tensor
from inference.transports.http_calls import HttpCalls
from inference.transports.transport import CallFailed
from tests.inference import peers
from tests.inference.peers import HEAD, OUTPUT, Talk, answer, speaking

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
    "byte by byte": [WHOLE[start : start + 1] for start in range(len(WHOLE))],
    "chunked": [CHUNKED],
    "chunked, byte by byte": [CHUNKED[start : start + 1] for start in range(len(CHUNKED))],
    "chunked, with a trailer": [CHUNKED[:-2] + b"Inference-Header-Content-Length: 5\r\n\r\n"],
    "after 100 Continue": [b"HTTP/1.1 100 Continue\r\n\r\n", WHOLE],
    "after 100 and 103, in one piece": [
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + WHOLE
    ],
    "header names in small letters": [WHOLE.replace(b"Content-Length", b"content-length")],
}
