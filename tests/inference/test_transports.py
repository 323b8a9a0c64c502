"""Both transports against a real Triton: the same answers, refusals and deadlines."""

import asyncio
import struct
import tracemalloc
from collections.abc import AsyncIterator
from datetime import timedelta

import numpy as np
import orjson
import pytest
import uvloop

import errors
from inference import wire
from inference.declarations import Datatype
from inference.tensors import Tensor
from inference.triton import ProcessDied, Triton
from local import servers
from tests.inference.peers import Talk, speaking

LONG = timedelta(seconds=30)
BYTES = b"\3\0\0\0a\0b\0\0\0\0\2\0\0\0\xc3\xbc"


@pytest.fixture(params=["grpc", "http"])
async def client(request, triton: servers.Triton) -> AsyncIterator[Triton]:
    url = triton.http_url if request.param == "http" else ""
    client = Triton(triton.url, http_url=url, output_bytes=4_000_000)
    yield client
    await client.aclose()


async def identity(client: Triton, *inputs: Tensor, outputs=(), version="") -> tuple[str, list[Tensor]]:
    return await client.infer("identity", version, inputs=inputs, outputs=outputs, within=LONG)


def sent(datatype: Datatype, raw: bytes, count: int) -> Tensor:
    return Tensor(f"IN_{datatype}", datatype, (count,), raw)


@pytest.mark.parametrize("datatype", list(Datatype))
async def test_every_datatype_comes_back_bit_by_bit(client, datatype):
    raw = BYTES if datatype is Datatype.BYTES else bytes(range(2)) * (3 * wire.WIDTHS[datatype] // 2 or 1)
    raw = raw if datatype is Datatype.BYTES else raw.ljust(3 * wire.WIDTHS[datatype], b"\1")
    given = sent(datatype, raw, 3)

    assert await identity(client, given) == ("1", [Tensor(f"OUT_{datatype}", datatype, (3,), raw)])


@pytest.mark.parametrize("datatype", [Datatype.FP32, Datatype.BYTES, Datatype.BF16])
async def test_a_tensor_without_elements_comes_back(client, datatype):
    assert await identity(client, sent(datatype, b"", 0)) == ("1", [Tensor(f"OUT_{datatype}", datatype, (0,), b"")])


async def test_several_tensors_keep_their_bytes_apart_and_outputs_can_be_chosen(client):
    given = [sent(Datatype.BYTES, BYTES, 3), sent(Datatype.INT8, b"\7", 1), sent(Datatype.FP64, bytes(8), 1)]

    version, found = await identity(client, *given, outputs=["OUT_FP64", "OUT_BYTES"], version="1")

    assert version == "1"
    assert {tensor.name: bytes(tensor.raw) for tensor in found} == {"OUT_BYTES": BYTES, "OUT_FP64": bytes(8)}


@pytest.mark.parametrize("count", [1001, 100_001, 900_001])
async def test_large_tensors_are_read_as_values_wherever_they_begin_in_the_answer(client, count):
    values = np.arange(count, dtype="<f4")
    odd = sent(Datatype.INT8, bytes(3), 3)

    _, found = await identity(client, odd, sent(Datatype.FP32, values.tobytes(), count))

    [tensor] = [tensor for tensor in found if tensor.name == "OUT_FP32"]
    assert bytes(tensor.raw) == values.tobytes()
    assert np.array_equal(np.asarray(tensor.values()), values)


async def test_an_answer_larger_than_allowed_is_refused(client):
    given = sent(Datatype.UINT8, bytes(4_100_000), 4_100_000)

    with pytest.raises(errors.BadRequest) as refused:
        await identity(client, given)

    assert str(refused.value) == (
        "The outputs are larger than 4000000 bytes, the most that this service returns. Ask for fewer outputs, or send "
        "a smaller batch."
    )
    assert (await identity(client, sent(Datatype.UINT8, b"\1", 1)))[0] == "1"


def how(text: bytes) -> Tensor:
    return Tensor("HOW", Datatype.BYTES, (1,), struct.pack("<I", len(text)) + text)


@pytest.mark.parametrize(
    ("model", "version", "inputs", "refusal"),
    [
        ("failing", "", [how(b"exception")], errors.ModelFailed),
        ("failing", "", [how(b"internal")], errors.ModelFailed),
        ("failing", "", [how(b"invalid")], errors.ModelRefused),
        ("failing", "", [how(b"unavailable")], errors.ModelUnavailable),
        ("failing", "", [], errors.ModelRefused),
        ("nowhere", "", [], errors.ModelUnavailable),
        ("identity", "7", [], errors.ModelUnavailable),
        ("streaming", "", [], errors.ModelUnavailable),
        ("no where", "", [], errors.ModelUnavailable),
        ("nöwhere", "", [], errors.ModelUnavailable),
        ("no%77here", "", [], errors.ModelUnavailable),
    ],
)
async def test_refusals_are_the_same(client, model, version, inputs, refusal):
    with pytest.raises(errors.GatehouseError) as refused:
        await client.infer(model, version, inputs=inputs, outputs=[], within=LONG)

    assert type(refused.value) is refusal
    assert (await identity(client, sent(Datatype.UINT8, b"\1", 1)))[0] == "1"


def milliseconds(number: int) -> list[Tensor]:
    return [Tensor("MILLISECONDS", Datatype.INT32, (1,), struct.pack("<i", number))]


async def test_after_calls_that_a_deadline_ended_others_are_answered(client):
    for _ in range(10):
        with pytest.raises(errors.DeadlineExceeded):
            await client.infer("slow", "", inputs=milliseconds(600), outputs=[], within=timedelta(milliseconds=30))

    assert (await identity(client, sent(Datatype.UINT8, b"\1", 1)))[0] == "1"


def test_a_large_tensor_by_http_costs_one_buffer_for_the_answer(triton):
    """On the service's own event loop: asyncio's joins what it sends."""
    size = 50_000_000
    given = sent(Datatype.UINT8, bytes(size), size)

    async def call() -> tuple[memoryview | bytes, int]:
        client = Triton(triton.url, http_url=triton.http_url, output_bytes=size)
        await identity(client, sent(Datatype.UINT8, b"\1", 1))
        tracemalloc.start()
        try:
            _, [found] = await identity(client, given)
            return found.raw, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            await client.aclose()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        raw, most = runner.run(call())
    assert isinstance(raw, memoryview)
    assert len(raw) == size
    assert most < 1.1 * size


async def test_the_text_of_a_dead_process_is_recognised_by_http(triton):
    said = "Failed to process the request(s) for model 'm_0', message: Stub process 'm_0_0' is not healthy."
    body = orjson.dumps({"error": said})

    async def speak(talk: Talk) -> None:
        await talk.hear()
        await talk.say(b"HTTP/1.1 500 X\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    async with speaking(speak) as peer:
        client = Triton(triton.url, http_url=peer.url, output_bytes=1000)
        with pytest.raises(ProcessDied) as died:
            await client.infer("m", "", inputs=[], outputs=[], within=LONG)
        assert died.value.processes == {"m_0_0"}
        await client.aclose()


async def test_triton_is_down_if_one_of_its_ports_does_not_answer(triton, caplog):
    caplog.set_level("INFO")
    for url, http_url, up in [
        (triton.url, triton.http_url, True),
        (triton.url, "http://127.0.0.1:1", False),
        ("127.0.0.1:1", triton.http_url, False),
    ]:
        client = Triton(url, http_url=http_url, output_bytes=1000)
        watch = asyncio.create_task(client.watch())
        await asyncio.wait_for(client.probed.wait(), 60)
        assert client.up is up
        if not up:
            with pytest.raises(errors.ModelUnavailable):
                await identity(client, sent(Datatype.UINT8, b"\1", 1))
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await client.aclose()
    assert f"Models are called by HTTP at {triton.http_url}." in caplog.text
