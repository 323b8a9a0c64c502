"""Cosine similarity of one vector with many, and their order."""

import numpy as np
import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        return [self._answer(request) for request in requests]

    def _answer(self, request):
        query, candidates = (
            triton.get_input_tensor_by_name(request, name).as_numpy() for name in ("query", "candidates")
        )
        problem = _problem(query, candidates)
        if problem:
            error = triton.TritonError(problem, triton.TritonError.INVALID_ARG)
            return triton.InferenceResponse(output_tensors=[], error=error)
        scores = cosines(query, candidates)
        order = np.argsort(-scores, kind="stable").astype(np.int32)
        return triton.InferenceResponse([triton.Tensor("scores", scores), triton.Tensor("order", order)])


def _problem(query, candidates):
    if candidates.shape[1] != query.shape[0]:
        return f"length: the query has {query.shape[0]} values, a candidate {candidates.shape[1]}"
    # NaN has no place in an order, and an infinite length no direction.
    if not (np.isfinite(query).all() and np.isfinite(candidates).all()):
        return "finite: every value must be a finite number"
    return None


def cosines(query, candidates):
    """Scores, float32 (rows); 0 where a vector has no direction. In float64, so that large values do not overflow."""
    query, candidates = query.astype(np.float64), candidates.astype(np.float64)
    lengths = np.linalg.norm(candidates, axis=1) * np.linalg.norm(query)
    scores = np.divide(candidates @ query, lengths, out=np.zeros(len(candidates)), where=lengths > 0)
    return np.clip(scores, -1, 1).astype(np.float32)
