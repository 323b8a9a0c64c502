"""Calls of Triton through tritonclient."""

import os
from dataclasses import dataclass

import numpy as np
from tritonclient.grpc import InferInput
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import triton_to_np_dtype


@dataclass(frozen=True)
class Tensor:
    name: str
    shape: list[int]
    datatype: str
    data: list[float]


class Models:
    def __init__(self) -> None:
        self._client = InferenceServerClient(os.environ["TRITON_URL"])

    async def infer(self, model: str, inputs: list[Tensor]) -> list[Tensor]:
        result = await self._client.infer(model, [_sent(tensor) for tensor in inputs], client_timeout=30)
        return [
            Tensor(output.name, list(output.shape), output.datatype, result.as_numpy(output.name).ravel().tolist())
            for output in result.get_response().outputs
        ]

    async def aclose(self) -> None:
        await self._client.close()


def _sent(tensor: Tensor) -> InferInput:
    sent = InferInput(tensor.name, tensor.shape, tensor.datatype)
    sent.set_data_from_numpy(np.array(tensor.data, dtype=triton_to_np_dtype(tensor.datatype)).reshape(tensor.shape))
    return sent
