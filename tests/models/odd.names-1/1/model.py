"""Tensors whose names GraphQL cannot spell: `my.output` is `my-input`, `__sum` the sum over both inputs."""

import numpy as np
import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        return [_answer(request) for request in requests]


def _answer(request):
    first, second = (triton.get_input_tensor_by_name(request, name).as_numpy() for name in ("my-input", "2nd input"))
    total = np.array([first.sum() + second.sum()], dtype=np.int32)
    return triton.InferenceResponse([triton.Tensor("my.output", first), triton.Tensor("__sum", total)])
