"""Returns its input."""

import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        return [triton.InferenceResponse([_output(request)]) for request in requests]


def _output(request):
    return triton.Tensor("OUT", triton.get_input_tensor_by_name(request, "IN").as_numpy())
