"""Gives back its texts; the word `invalid` becomes bytes that are not UTF-8."""

import numpy as np
import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        return [triton.InferenceResponse([_texts(request)]) for request in requests]


def _texts(request):
    given = triton.get_input_tensor_by_name(request, "IN").as_numpy()
    texts = [b"\xff\xfe" if text == b"invalid" else text for text in given]
    return triton.Tensor("OUT", np.array(texts, dtype=np.object_))
