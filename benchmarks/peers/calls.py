"""The same call in the form of each service: 16 numbers to a model that returns them."""

import json
from collections.abc import Sequence

from benchmarks.peers.gatehouse import Gatehouse
from benchmarks.peers.load import Call

# FP32 has these exactly, so that each service prints the same digits.
NUMBERS = [number + 0.5 for number in range(16)]
_END = "13.5,14.5,15.5]"
_TENSOR = {"name": "IN", "shape": [1, 16], "datatype": "FP32", "data": NUMBERS}
_LISTS = """query ($model: String!, $inputs: [TensorInput!]!) {
  infer(model: $model, inputs: $inputs) { model outputs { name shape data } }
}"""
_INFER = """query ($model: String!, $inputs: [TensorInput!]!) {
  infer(model: $model, inputs: $inputs) { model outputs { name shape values } }
}"""
_TYPED = "query ($input: TypedTensorInput!) { typed { vector(IN: $input) { OUT { shape values } } } }"


def triton(url: str) -> Call:
    """Without a gate: Triton's own JSON over HTTP."""
    return Call(f"{url}/v2/models/vector/infer", _json({"inputs": [_TENSOR]}), ["-"], _END)


def rest(url: str, token: str) -> Call:
    return Call(f"{url}/models/vector/infer", _json({"inputs": [_TENSOR]}), [token], _END)


def lists(url: str, token: str) -> Call:
    """GraphQL with the elements as `[Float!]`."""
    return _graphql(f"{url}/graphql", [token], _END, _LISTS, {"model": "vector", "inputs": [_TENSOR]})


def infer(gatehouse: Gatehouse, tokens: Sequence[str] = ()) -> Call:
    """With the API token of this Gatehouse, or with `tokens`."""
    inputs = [{"name": "IN", "shape": [1, 16], "datatype": "FP32", "data": {"values": NUMBERS}}]
    return _graphql(gatehouse.graphql, tokens or [gatehouse.token], _END, _INFER, {"model": "vector", "inputs": inputs})


def typed(gatehouse: Gatehouse) -> Call:
    """Through the model's own field."""
    return _graphql(gatehouse.graphql, [gatehouse.token], _END, _TYPED, {"input": {"data": {"values": [NUMBERS]}}})


def typename(gatehouse: Gatehouse) -> Call:
    return _graphql(gatehouse.graphql, gatehouse.sessions[:1], '{"__typename":"Query"}', "{ __typename }", {})


def me(gatehouse: Gatehouse) -> Call:
    """With the sessions of many users, because each user may ask 300 times a minute for data of the account."""
    return _graphql(gatehouse.graphql, gatehouse.sessions, '{"me":{"id":"', "{ me { id } }", {})


def _graphql(url: str, credentials: Sequence[str], expected: str, query: str, variables: object) -> Call:
    return Call(url, _json({"query": query, "variables": variables}), credentials, expected)


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
