"""Ends its own process when it is told to `exit` or `kill`; echoes any other word."""

import os
import signal

import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        return [_answer(request) for request in requests]


def _answer(request):
    how = triton.get_input_tensor_by_name(request, "HOW").as_numpy()
    match how[0]:
        case b"exit":
            os._exit(1)
        case b"kill":
            os.kill(os.getpid(), signal.SIGKILL)
    return triton.InferenceResponse([triton.Tensor("OUT", how)])
