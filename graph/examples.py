"""Calls of a model that work, ready to copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import orjson

from resolvers.models import Declaration, TensorSpec

_MOST_ELEMENTS = 1000
_ELEMENTS = {"BOOL": False, "BYTES": ""}

_DOCUMENT = """query ($model: String!, $inputs: [TensorInput!]!) {
  infer(model: $model, inputs: $inputs) {
    version
    outputs { name datatype shape values }
    totalMs
  }
}
"""


def of(declaration: Declaration) -> tuple[str, str] | None:
    """A document and its variables as JSON.

    The inputs are those of the model's own example, else zeros in the smallest shape declared. None for a model that
    `infer` refuses, or whose smallest call has more than 1,000 elements.
    """
    inputs = _smallest(declaration.inputs) if declaration.example is None else declaration.example
    if declaration.streaming or inputs is None:
        return None
    variables = {"model": declaration.name, "inputs": list(inputs)}
    return _DOCUMENT, orjson.dumps(variables, option=orjson.OPT_INDENT_2).decode()


def _smallest(specs: Sequence[TensorSpec]) -> Sequence[Mapping[str, Any]] | None:
    wanted = [spec for spec in specs if not spec.optional] or specs[:1]
    inputs = [_zeros(spec) for spec in wanted]
    elements = sum(prod(tensor["shape"]) for tensor in inputs)
    return inputs if elements <= _MOST_ELEMENTS else None


def _zeros(spec: TensorSpec) -> dict[str, Any]:
    shape = [1 if length == -1 else length for length in spec.shape]
    values = [_ELEMENTS.get(spec.datatype, 0)] * min(prod(shape), _MOST_ELEMENTS + 1)
    return {"name": spec.name, "shape": shape, "data": {"values": values}}
