"""Fails in the way it is told to, with a text that no caller may ever see; echoes any other word."""

import triton_python_backend_utils as triton

SECRET = "postgres://admin:hunter2@10.0.0.7/secret"  # noqa: S105 - it is here to be looked for in answers


class TritonPythonModel:
    def execute(self, requests):
        return [_answer(request) for request in requests]


def _answer(request):
    how = triton.get_input_tensor_by_name(request, "HOW").as_numpy()
    match how[0]:
        case b"exception":
            raise RuntimeError(SECRET)
        case b"internal":
            return _failure(triton.TritonError.INTERNAL)
        case b"invalid":
            return _failure(triton.TritonError.INVALID_ARG)
        case b"unavailable":
            return _failure(triton.TritonError.UNAVAILABLE)
        case b"missing":
            # An answer without its output.
            return triton.InferenceResponse([])
    return triton.InferenceResponse([triton.Tensor("OUT", how)])


def _failure(code):
    return triton.InferenceResponse(output_tensors=[], error=triton.TritonError(SECRET, code))
