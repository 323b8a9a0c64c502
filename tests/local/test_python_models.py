"""What docs/models.md says of Triton's Python models, tried on the Triton of `make run`."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tritonclient.grpc as triton_client
from tritonclient.utils import InferenceServerException

from local import servers
from tests.local.conftest import write_model
from tests.local.loading import until

CONFIG = """\
backend: "python"
input [ { name: "X" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [ { name: "Y" data_type: TYPE_FP32 dims: [ -1 ] } ]
"""
# One that waits until all three requests of the test have come.
BATCHED = "max_batch_size: 3 dynamic_batching { max_queue_delay_microseconds: 5000000 preferred_batch_size: [ 3 ] }\n"
MODEL = """\
import pathlib, time
import numpy as np
import triton_python_backend_utils as triton

class TritonPythonModel:
    executions = 0

    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        numbers = request.inputs()[0].as_numpy()
{work}
        return triton.InferenceResponse([triton.Tensor("Y", numbers)])

    def hold(self, file):
        # The test sees that it was called, and ends its wait.
        if self.executions == 1:
            pathlib.Path(file).touch()
        while pathlib.Path(file).exists():
            time.sleep(0.01)

    def failure(self, reason, code):
        return triton.InferenceResponse([], error=triton.TritonError(reason, code))
"""
WORK = {
    "printing": 'print("Größe")',
    "opening": "open({file!r}).read()",
    "careful": 'triton.Logger.log_info("Größe"); open({file!r}, encoding="utf-8").read()',
    "other_output": "numbers = np.zeros((2, 2), dtype=np.int64)",
    "raising": 'if numbers[0, 0] < 0: raise ValueError("negative")',
    "catching": 'if numbers[0, 0] < 0: return self.failure("kleiner als Null: größer", triton.TritonError.INVALID_ARG)',
    "unaware": "self.executions += 1; self.hold({held!r}); numbers = np.float32([self.executions])",
    "aware": 'if request.is_cancelled(): return self.failure("cancelled", triton.TritonError.CANCELLED)\n'
    "        self.executions += 1; self.hold({held!r}); numbers = np.float32([self.executions])",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("surprises"))


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[triton_client.InferenceServerClient]:
    (folder / "text").write_text("Größe", encoding="utf-8")
    for name, work in WORK.items():
        config = BATCHED + CONFIG if name in ("raising", "catching") else CONFIG
        for word, file in (("{file!r}", "text"), ("{held!r}", name)):
            work = work.replace(word, repr(str(folder / file)))
        code = MODEL.format(work="        " + work)
        write_model(folder / "models", name, config=config, code=code)
    with servers.Triton(folder / "data", [folder / "models"]) as server:
        yield triton_client.InferenceServerClient(server.url)


def call(
    client: triton_client.InferenceServerClient, model: str, *numbers: float, within: float | None = None
) -> tuple[str, str]:
    """The status and the message of a failure, else the type and the elements of the output."""
    batched = model in ("raising", "catching")
    data = np.array([numbers] if batched else numbers, dtype=np.float32)
    tensor = triton_client.InferInput("X", list(data.shape), "FP32")
    tensor.set_data_from_numpy(data)
    try:
        answer = client.infer(model, [tensor], client_timeout=within)
    except InferenceServerException as error:
        return str(error.status()).removeprefix("StatusCode."), str(error.message())
    return answer.get_output("Y").datatype, str(answer.as_numpy("Y").tolist())


def together(client: triton_client.InferenceServerClient, model: str) -> list[tuple[str, str]]:
    """The answers to three requests of one batch, the second of which is bad."""
    with ThreadPoolExecutor(3) as threads:
        return list(threads.map(lambda number: call(client, model, number), (1, -1, 2)))


def counted(client: triton_client.InferenceServerClient, model: str) -> tuple[int, int]:
    """Successes and failures, as Triton counts them."""
    found = client.get_inference_statistics(model).model_stats[0].inference_stats
    return found.success.count, found.fail.count


@pytest.mark.parametrize(("model", "error"), [("printing", "UnicodeEncodeError"), ("opening", "UnicodeDecodeError")])
def test_text_that_is_not_ascii_fails_a_call(
    client: triton_client.InferenceServerClient, model: str, error: str
) -> None:
    status, message = call(client, model, 1)

    assert status == "INTERNAL"
    assert f"{error}: 'ascii' codec" in message


def test_tritons_logger_and_a_named_encoding_take_it(client: triton_client.InferenceServerClient) -> None:
    assert call(client, "careful", 1) == ("FP32", "[1.0]")


def test_an_output_of_another_type_and_shape_passes(client: triton_client.InferenceServerClient) -> None:
    assert call(client, "other_output", 1) == ("INT64", "[[0, 0], [0, 0]]")


def test_an_exception_fails_the_whole_batch(client: triton_client.InferenceServerClient) -> None:
    answers = together(client, "raising")

    assert [status for status, _ in answers] == ["INTERNAL"] * 3
    assert all("ValueError: negative" in message for _, message in answers)
    until(lambda: counted(client, "raising") == (0, 3))  # Triton counts a call after its answer


def test_an_error_for_one_request_fails_that_alone_and_counts_as_success(
    client: triton_client.InferenceServerClient,
) -> None:
    assert together(client, "catching") == [
        ("FP32", "[[1.0]]"),
        ("INVALID_ARGUMENT", "kleiner als Null: größer"),
        ("FP32", "[[2.0]]"),
    ]
    until(lambda: counted(client, "catching") == (3, 0))


@pytest.mark.parametrize(("model", "executions"), [("unaware", 4), ("aware", 2)])
def test_a_call_that_was_cancelled_while_it_waited_is_run_unless_the_model_asks(
    client: triton_client.InferenceServerClient, folder: Path, model: str, executions: int
) -> None:
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(call, client, model, 1)
        until((folder / model).exists)
        waiting = [threads.submit(call, client, model, 1, within=1) for _ in range(2)]
        assert [one.result()[0] for one in waiting] == ["DEADLINE_EXCEEDED"] * 2
        (folder / model).unlink()
        assert call(client, model, 1) == ("FP32", f"[{float(executions)}]")
        assert first.result() == ("FP32", "[1.0]")
