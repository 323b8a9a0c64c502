"""What a model is told by either transport, and that both reach each model."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import grpc
import pytest

import errors
from inference.declarations import Datatype
from inference.tensors import Tensor
from inference.transports.grpc_calls import GrpcCalls
from inference.transports.http_calls import HttpCalls
from inference.transports.transport import Transport
from inference.triton import Triton
from local import servers
from tests.mails import until

LONG = timedelta(seconds=30)
# Waits in steps, and says in a file whether it was told to stop.
_STOPS = """
import time
from pathlib import Path
import numpy as np
import triton_python_backend_utils as triton

class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        end = time.monotonic() + %d
        while time.monotonic() < end and not request.is_cancelled():
            time.sleep(0.02)
        with open(Path(__file__).with_name("ends"), "a") as file:
            file.write("cancelled\\n" if request.is_cancelled() else "finished\\n")
        return triton.InferenceResponse([triton.Tensor("OUT", np.zeros(1, np.int32))])
"""
# This model returns the parameters of its request.
_TOLD = """
import numpy as np
import triton_python_backend_utils as triton

class TritonPythonModel:
    def execute(self, requests):
        told = [np.array([request.parameters().encode()], dtype=np.object_) for request in requests]
        return [triton.InferenceResponse([triton.Tensor("OUT", one)]) for one in told]
"""
_NAMED = """name: "%s" backend: "python" max_batch_size: 0
input [ { name: "IN" data_type: TYPE_INT32 dims: [ 1 ] } ] output [ { name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
"""


@pytest.fixture(scope="module")
def stopping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[servers.Triton, Path]]:
    """A Triton with a model that stops when it is told to, and one with a name that no path holds."""
    folder = tmp_path_factory.mktemp("stopping")
    for name, seconds in (("stops", 3), ("a+b%20c", 0)):
        (folder / name / "1").mkdir(parents=True)
        (folder / name / "config.pbtxt").write_text(_NAMED % name)
        (folder / name / "1" / "model.py").write_text(_STOPS % seconds)
    (folder / "told" / "1").mkdir(parents=True)
    (folder / "told" / "1" / "model.py").write_text(_TOLD)
    config = _NAMED.replace('"OUT" data_type: TYPE_INT32', '"OUT" data_type: TYPE_STRING')
    (folder / "told" / "config.pbtxt").write_text(config % "told")
    with servers.Triton(tmp_path_factory.mktemp("stopping-triton"), [folder]) as server:
        yield server, folder / "stops" / "1" / "ends"
        server.kill()


@pytest.mark.parametrize(("by_grpc", "end"), [(True, "cancelled"), (False, "finished")])
async def test_a_model_learns_of_a_cancelled_call_by_grpc_alone(stopping, by_grpc, end):
    """So `gatehouse.transport` is for such models. If HTTP ends with "cancelled", this Triton reports it there, too."""
    server, ends = stopping
    client = Triton(server.url, http_url=server.http_url, output_bytes=1000)
    given = [Tensor("IN", Datatype.INT32, (1,), bytes(4))]
    ends.unlink(missing_ok=True)

    with pytest.raises(errors.DeadlineExceeded):
        await client.infer("stops", "", inputs=given, outputs=[], within=timedelta(seconds=1), by_grpc=by_grpc)

    await until(lambda: ends.exists() and ends.read_text())
    assert ends.read_text() == f"{end}\n"
    await client.aclose()


@pytest.mark.parametrize("transport", ["grpc", "http"])
async def test_a_model_gets_the_trace_and_no_other_header(stopping, transport):
    server, _ = stopping
    transports: dict[str, Transport] = {
        "grpc": GrpcCalls(grpc.aio.insecure_channel(server.url)),
        "http": HttpCalls(server.http_url, output_bytes=1000),
    }
    given = [Tensor("IN", Datatype.INT32, (1,), bytes(4))]
    headers = {"traceparent": "00-1-2-01", "x-other": "1"}

    _, [told] = await transports[transport].infer("told", "", inputs=given, outputs=[], within=LONG, headers=headers)

    assert told.values() == ['{"traceparent":"00-1-2-01"}']
    for one in transports.values():
        await one.aclose()


async def test_a_model_whose_name_is_no_part_of_a_path_is_called_all_the_same(stopping):
    server, _ = stopping
    client = Triton(server.url, http_url=server.http_url, output_bytes=1000)
    given = [Tensor("IN", Datatype.INT32, (1,), bytes(4))]

    answer = await client.infer("a+b%20c", "", inputs=given, outputs=[], within=LONG)

    assert answer == ("1", [Tensor("OUT", Datatype.INT32, (1,), bytes(4))])
    await client.aclose()
