"""Adds the two numbers of each row."""

import numpy as np
import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        return [triton.InferenceResponse([_sum(request)]) for request in requests]


def _sum(request):
    rows = triton.get_input_tensor_by_name(request, "IN").as_numpy()
    return triton.Tensor("SUM", rows.sum(axis=1, keepdims=True).astype(np.int64))
