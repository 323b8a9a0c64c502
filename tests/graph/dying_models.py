"""A model repository of models whose process can be ended, and of others that stand on them."""

import shutil
from pathlib import Path

from tests.conftest import TEST_MODELS

_TENSORS = """
input [ { name: "HOW" data_type: TYPE_STRING dims: [ 1 ] } ]
output [ { name: "OUT" data_type: TYPE_STRING dims: [ 1 ] } ]
parameters: { key: "gatehouse.public" value: { string_value: "true" } }
"""
_PYTHON = f'backend: "python"\nmax_batch_size: 0\n{_TENSORS}'
_STEP = """step {{
  model_name: "{model}" model_version: -1
  input_map {{ key: "HOW" value: "{before}" }} output_map {{ key: "OUT" value: "{after}" }}
}}"""
_CALLER = """
import triton_python_backend_utils as triton


class TritonPythonModel:
    {async_}def execute(self, requests):
        return [{await_}self.call(request) for request in requests]

    {async_}def call(self, request):
        how = triton.get_input_tensor_by_name(request, "HOW")
        asked = triton.InferenceRequest(model_name="{model}", requested_output_names=["OUT"], inputs=[how])
        answer = {await_}asked.{exec_}()
        if answer.has_error():
            {fail}
        return triton.InferenceResponse(answer.output_tensors())
"""
RAISE = "raise triton.TritonModelException(answer.error().message())"
HAND_ON = "return triton.InferenceResponse(error=answer.error())"
IN_OWN_WORDS = 'return triton.InferenceResponse(error=triton.TritonError("I failed: " + answer.error().message()))'
HIDE = 'raise RuntimeError("I failed.")'
_ECHO = """
import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        return [self.repeat(request) for request in requests]

    def repeat(self, request):
        said = triton.get_input_tensor_by_name(request, "HOW").as_numpy()[0].decode()
        return triton.InferenceResponse(error=triton.TritonError(said))
"""

_WAITS = """
import time

import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        return [self.repeat(request) for request in requests]

    def repeat(self, request):
        how = triton.get_input_tensor_by_name(request, "HOW").as_numpy()
        if how.item() == b"wait":
            time.sleep(4)
        return triton.InferenceResponse([triton.Tensor("OUT", how)])
"""
_IN_A_QUEUE = f"""backend: "python"
max_batch_size: 1
{_TENSORS}dynamic_batching {{ default_queue_policy {{ default_timeout_microseconds: 1000000 }} }}
"""
_DELAYED = f"""backend: "python"
max_batch_size: 64
{_TENSORS}dynamic_batching {{ max_queue_delay_microseconds: 200000 }}
"""


def write_all(folder: Path) -> None:
    """`dying`, `mortal` and the two processes of `twins` may end; `over_both` stands on the first two.

    `queueing` takes four seconds if it is told to `wait`, and Triton refuses what waits for it for a second. A call of
    `delayed` waits 0.2 s for others to come.
    """
    shutil.copytree(TEST_MODELS / "dying", folder / "dying")
    code = (TEST_MODELS / "dying" / "1" / "model.py").read_text()
    write(folder, "mortal", code)
    write(folder, "twins", code, _PYTHON + "instance_group [ { kind: KIND_CPU count: 2 } ]\n")
    write_ensemble(folder, "over", "dying")
    write_ensemble(folder, "over_over", "over")
    write_ensemble(folder, "over_both", "dying", "mortal")
    write_caller(folder, "raising", "dying", fail=RAISE)
    write_caller(folder, "calling_ensemble", "over_over", fail=IN_OWN_WORDS)
    write_caller(folder, "calling_async", "raising", fail=HAND_ON, asynchronous=True)
    write_caller(folder, "hiding", "dying", fail=HIDE)
    write(folder, "repeating", _ECHO)
    write(folder, "queueing", _WAITS, _IN_A_QUEUE)
    write(folder, "delayed", _WAITS, _DELAYED)


def write(folder: Path, name: str, code: str, config: str = _PYTHON) -> None:
    (folder / name / "1").mkdir(parents=True)
    (folder / name / "config.pbtxt").write_text(f'name: "{name}"\n{config}')
    (folder / name / "1" / "model.py").write_text(code)


def write_ensemble(folder: Path, name: str, *models: str) -> None:
    """One step after the other."""
    between = ["HOW", *(f"BETWEEN_{number}" for number in range(1, len(models))), "OUT"]
    steps = "\n".join(
        _STEP.format(model=model, before=before, after=after)
        for model, before, after in zip(models, between, between[1:], strict=False)
    )
    (folder / name / "1").mkdir(parents=True)
    scheduling = f"ensemble_scheduling {{ {steps} }}"
    config = f'name: "{name}"\nplatform: "ensemble"\nmax_batch_size: 0\n{_TENSORS}{scheduling}\n'
    (folder / name / "config.pbtxt").write_text(config)


def write_caller(folder: Path, name: str, model: str, *, fail: str, asynchronous: bool = False) -> None:
    """A Python model that calls another one, and does `fail` with what that says when it fails."""
    words = ("async ", "await ", "async_exec") if asynchronous else ("", "", "exec")
    code = _CALLER.format(model=model, fail=fail, async_=words[0], await_=words[1], exec_=words[2])
    write(folder, name, code)
