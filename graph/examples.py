"""Example calls of a model, ready to copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any

import orjson
from graphql import DocumentNode, GraphQLSchema, parse

import errors
from graph.execution import variables

if TYPE_CHECKING:
    from inference.declarations import Declaration, TensorSpec

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
_STREAM = """subscription ($model: String!, $inputs: [TensorInput!]!) {
  infer(model: $model, inputs: $inputs) {
    ... on InferenceChunk {
      index
      outputs { name datatype shape values }
    }
    ... on InferenceDone { chunks units milliseconds }
  }
}
"""


def of(declaration: Declaration, schema: GraphQLSchema, *, most: int) -> tuple[str, str] | None:
    """A document and its variables as JSON. The variables may hold `most` values.

    The inputs come from the model's own example, or else are zeros in the smallest declared shape. None for a model
    that cannot be called, or whose smallest call has more than 1,000 elements or `most` values.
    """
    inputs = _smallest(declaration.inputs) if declaration.example is None else declaration.example
    if declaration.uncallable or inputs is None:
        return None
    given = _variables(declaration, inputs)
    if not _fits(schema, given, most):
        return None
    document = _STREAM if declaration.streaming else _DOCUMENT
    return document, orjson.dumps(given, option=orjson.OPT_INDENT_2).decode()


def is_too_wide(declaration: Declaration, schema: GraphQLSchema, *, most: int) -> bool:
    """Whether even the smallest call by `infer` has more than `most` values in its variables."""
    inputs = [
        {"name": spec.name, "shape": list(spec.shape), "data": {"values": []}} for spec in _needed(declaration.inputs)
    ]
    return not _fits(schema, _variables(declaration, inputs), most)


def _variables(declaration: Declaration, inputs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"model": declaration.name, "inputs": list(inputs)}


def _fits(schema: GraphQLSchema, given: dict[str, Any], most: int) -> bool:
    try:
        variables.check(variables.declared(schema, _parsed()), given, most=most)
    except errors.QueryTooComplex:
        return False
    return True


@cache
def _parsed() -> DocumentNode:
    return parse(_DOCUMENT)


def _needed(specs: Sequence[TensorSpec]) -> Sequence[TensorSpec]:
    return [spec for spec in specs if not spec.optional] or specs[:1]


def _smallest(specs: Sequence[TensorSpec]) -> Sequence[Mapping[str, Any]] | None:
    inputs = [_zeros(spec) for spec in _needed(specs)]
    elements = sum(prod(tensor["shape"]) for tensor in inputs)
    return inputs if elements <= _MOST_ELEMENTS else None


def _zeros(spec: TensorSpec) -> dict[str, Any]:
    shape = [1 if length == -1 else length for length in spec.shape]
    values = [_ELEMENTS.get(spec.datatype, 0)] * min(prod(shape), _MOST_ELEMENTS + 1)
    return {"name": spec.name, "shape": shape, "data": {"values": values}}
