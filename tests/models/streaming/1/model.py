"""Counts up to the number it gets, one response each."""

import numpy as np
import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        for request in requests:
            sender = request.get_response_sender()
            for number in range(triton.get_input_tensor_by_name(request, "IN").as_numpy()[0]):
                sender.send(triton.InferenceResponse([triton.Tensor("OUT", np.array([number], dtype=np.int32))]))
            sender.send(flags=triton.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
