"""Sleeps as long as it is told to."""

import time

import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        return [triton.InferenceResponse([_sleep(request)]) for request in requests]


def _sleep(request):
    milliseconds = triton.get_input_tensor_by_name(request, "MILLISECONDS").as_numpy()
    time.sleep(milliseconds[0] / 1000)
    return triton.Tensor("MILLISECONDS_SLEPT", milliseconds)
