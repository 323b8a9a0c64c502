"""Answers with as many zero bytes as it is asked for."""

import numpy as np
import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        return [triton.InferenceResponse([_zeros(request)]) for request in requests]


def _zeros(request):
    count = triton.get_input_tensor_by_name(request, "COUNT").as_numpy()[0]
    return triton.Tensor("OUT", np.zeros(count, dtype=np.uint8))
