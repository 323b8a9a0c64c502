"""Calls of models as the API makes them, on a real Triton: when a stream's call begins, and what a call leaves."""

import asyncio
import gc
import warnings
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from tritonclient.grpc import InferenceServerClient

import errors
from access.callers import Caller
from inference.lanes import Call
from inference.server import ModelServer
from resolvers import inference
from resolvers.byte_needs import Need
from resolvers.bytes_in_flight import BytesInFlight
from resolvers.inference import Chunk, Done, Input, Values
from resolvers.operation_bytes import OperationBytes
from settings import Settings
from tests.environ import environ
from tests.mails import until

LONG = timedelta(seconds=60)
VISITOR = Caller(
    credential=None,
    rights=None,
    address="203.0.113.1",
    network="203.0.113.1",
    user_agent=None,
    visitor_inference=True,
    body_bytes=1_000_000,
)


@pytest.fixture
async def server(triton):
    one = ModelServer(Settings.from_environ(environ(TRITON_URL=triton.url)))
    watching = asyncio.create_task(one.watch())
    await one.first_look()
    yield one
    watching.cancel()
    await asyncio.wait({watching})
    await one.aclose()


@pytest.fixture
def executed(triton):
    """How many calls of the model Triton has counted."""
    client = InferenceServerClient(urlsplit(triton.url).netloc or triton.url)

    def count():
        [found] = client.get_inference_statistics("text", as_json=True)["model_stats"]
        return int(found["inference_stats"].get("success", {}).get("count", 0))

    yield count
    client.close()


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("tensor", ["IN", "NONE"])
async def test_a_call_leaves_nothing_to_the_collector(server, no_collector, tensor):
    hold = BytesInFlight(2**30).hold(VISITOR.network)
    moved = OperationBytes(hold, most=2**26, answer=2**24)
    inputs = [Input(tensor, Values(["a"]), [1])]

    called = inference.infer(server, VISITOR, "text", inputs=inputs, within=LONG, moved=moved)
    if tensor == "IN":
        assert (await called).outputs[0].values() == ["a"]
    else:
        with pytest.raises(errors.InvalidTensor):
            await called

    assert [found for found in gc.get_objects() if isinstance(found, Need | Call)] == []


async def test_a_stream_that_is_closed_before_its_first_answer_is_asked_for_calls_nothing(server, executed):
    hold = BytesInFlight(2**30).hold(VISITOR.network)
    moved = OperationBytes(hold, most=2**26, answer=2**24)
    inputs = [Input("IN", Values(["a"]), [1])]

    def stream():
        return inference.stream(server, VISITOR, "text", inputs=inputs, within=LONG, moved=moved, longest_answer=LONG)

    # Triton counts a call after its answer, and those of earlier tests may not be counted yet.
    counts = [-1]

    def is_settled():
        counts.append(executed())
        return counts[-1] == counts[-2]

    await until(is_settled, every=0.5)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        closed = stream()
        await closed.aclose()
        del closed
        gc.collect()
    assert [str(one.message) for one in said if "never awaited" in str(one.message)] == []
    assert (hold.count, moved.waits.take()) == (0, None)

    found = [one async for one in stream()]
    assert [type(one) for one in found] == [Chunk, Done]
    assert found[0].outputs[0].values() == ["a"]
    assert hold.count > 0
    await until(lambda: executed() > counts[-1])
    # Counted in their order, so a call that was made above would be in it.
    assert executed() == counts[-1] + 1
