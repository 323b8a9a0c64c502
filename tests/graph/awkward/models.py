"""Models that are hard to call, or that answer otherwise than they say."""

from pathlib import Path

# Gives its first input as every output that was asked for.
_ECHO = """
import json
import triton_python_backend_utils as triton

class TritonPythonModel:
    def initialize(self, args):
        self.input = json.loads(args["model_config"])["input"][0]["name"]

    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        given = triton.get_input_tensor_by_name(request, self.input).as_numpy()
        return triton.InferenceResponse([triton.Tensor(name, given) for name in request.requested_output_names()])
"""
_STREAM = """
class TritonPythonModel:
    def execute(self, requests):
        for request in requests:
            request.get_response_sender().send(flags=1)
"""
# HOW is `error STATUS MESSAGE`, `sleep SECONDS`, or what to do with the outputs A and B, two numbers each.
_WILFUL = """
import time
import numpy as np
import triton_python_backend_utils as triton

TWO = np.arange(2, dtype=np.int32)
ANSWERS = {
    "right": {"A": TWO, "B": TWO},
    "lacks": {"A": TWO},
    "empty": {},
    "type": {"A": TWO, "B": TWO.astype(np.float32)},
    "rank": {"A": TWO, "B": TWO.reshape(1, 2)},
    "length": {"A": TWO, "B": np.arange(3, dtype=np.int32)},
}

class TritonPythonModel:
    def execute(self, requests):
        return [answer(request) for request in requests]

def answer(request):
    how = triton.get_input_tensor_by_name(request, "HOW").as_numpy().flatten()[0].decode()
    what, _, rest = how.partition(" ")
    if what == "error":
        status, _, message = rest.partition(" ")
        return triton.InferenceResponse([], triton.TritonError(message, getattr(triton.TritonError, status)))
    if what == "sleep":
        time.sleep(float(rest))
    if what == "twice":
        return triton.InferenceResponse([triton.Tensor(name, TWO) for name in "AAB"])
    outputs = ANSWERS.get(what, ANSWERS["right"])
    batch = [1] * (triton.get_input_tensor_by_name(request, "HOW").as_numpy().ndim - 1)
    tensors = [triton.Tensor(name, value.reshape(*batch, *value.shape)) for name, value in outputs.items()]
    return triton.InferenceResponse(tensors)
"""
# One configuration for two versions that differ: Triton asks each for its inputs.
_VERSION = """
import triton_python_backend_utils as triton

class TritonPythonModel:
    @staticmethod
    def auto_complete_config(config):
        config.set_max_batch_size(0)
        config.add_input({"name": "IN", "data_type": "TYPE_INT32", "dims": [%(length)d]})
        config.add_output({"name": "OUT%(version)s", "data_type": "TYPE_INT32", "dims": [%(length)d]})
        return config

    def execute(self, requests):
        given = [triton.get_input_tensor_by_name(request, "IN").as_numpy() for request in requests]
        return [triton.InferenceResponse([triton.Tensor("OUT%(version)s", value)]) for value in given]
"""
_STEP = """ensemble_scheduling { step [ {
  model_name: "%s" model_version: -1
  input_map { key: "IN" value: "IN" } output_map { key: "A" value: "A" } } ] }"""
_QUEUE = """dynamic_batching { default_queue_policy {
  max_queue_size: 2 timeout_action: REJECT default_timeout_microseconds: 100000 } }"""


def write_all(folder: Path) -> None:
    sequence = "sequence_batching { %s }"
    _write(folder, "sequence", _ECHO, sequence % "max_sequence_idle_microseconds: 1000000", batch=4, cost=5)
    _write(folder, "hidden", _ECHO, sequence % "max_sequence_idle_microseconds: 1000000", public="false", cost=5)
    _write(folder, "iterative", _ECHO, sequence % "iterative_sequence: true", batch=4)
    _write(folder, "stream", _STREAM, "model_transaction_policy { decoupled: true }")
    _write(folder, "over_sequence", None, _STEP % "sequence", batch=4)
    _write(folder, "over_stream", None, _STEP % "stream")
    _write(folder, "deeper", None, _STEP % "over_sequence", batch=4)
    wilful = {"inputs": ("HOW",), "outputs": ("A", "B"), "datatype": "TYPE_STRING", "dims": "1", "out": "2"}
    _write(folder, "wilful", _WILFUL, **wilful)
    _write(folder, "cached", _WILFUL, "response_cache { enable: true }", **wilful)
    _write(folder, "over_cached", None, (_STEP % "cached").replace("IN", "HOW"), **(wilful | {"outputs": ("A",)}))
    _write(folder, "queued", _WILFUL, _QUEUE, batch=1, **wilful)
    _write(folder, "wide", _ECHO, inputs=[f"I{number}" for number in range(120)])
    _write(folder, "versions", None, "version_policy { all {} }", inputs=(), outputs=())
    for version, length in (("1", 2), ("2", 3)):
        (folder / "versions" / version).mkdir(exist_ok=True)
        (folder / "versions" / version / "model.py").write_text(_VERSION % {"version": version, "length": length})


def _write(
    folder,
    name,
    code,
    more="",
    *,
    inputs=("IN",),
    outputs=("A",),
    datatype="TYPE_INT32",
    dims="-1",
    out="-1",
    batch=0,
    cost=1,
    public="true",
) -> None:
    (folder / name / "1").mkdir(parents=True)
    if code is not None:
        (folder / name / "1" / "model.py").write_text(code)
    tensors = [f'input {{ name: "{tensor}" data_type: {datatype} dims: [ {dims} ] }}' for tensor in inputs]
    tensors += [f'output {{ name: "{tensor}" data_type: TYPE_INT32 dims: [ {out} ] }}' for tensor in outputs]
    kind = 'platform: "ensemble"' if "ensemble" in more else 'backend: "python"'
    ours = {"public": public, "cost": str(cost)}
    parameters = [
        f'parameters {{ key: "gatehouse.{key}" value: {{ string_value: "{value}" }} }}' for key, value in ours.items()
    ]
    size = [f"max_batch_size: {batch}"] if inputs else []
    config = [f'name: "{name}"', kind, *size, *tensors, more, *parameters]
    (folder / name / "config.pbtxt").write_text("\n".join(config))
