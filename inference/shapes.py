"""The shape of a tensor, given or derived from nesting or bytes, checked against the model's declaration."""

from collections.abc import Sequence
from itertools import chain
from math import prod
from typing import Any

from errors import InvalidTensor
from inference import wire
from inference.declarations import Datatype, TensorSpec

# Triton multiplies dimensions as signed 64-bit numbers, also if one of them is 0 and there are no elements.
_MOST_BYTES = 2**63 - 1
_MOST_SHOWN = 16


def checked(spec: TensorSpec, shape: Sequence[int]) -> tuple[int, ...]:
    """`shape`, if the declaration allows it. 0 is a valid length where the declaration has -1."""
    dims = tuple(shape)
    if dims == spec.shape and spec.elements is not None:
        return dims
    if not fits(spec, dims):
        raise InvalidTensor(spec.name, expected=f"shape {list(spec.shape)}", got=show(shape))
    elements = prod(dims) if 0 not in dims else prod(max(length, 1) for length in dims)
    if elements * wire.WIDTHS[spec.datatype] > _MOST_BYTES:
        raise InvalidTensor(spec.name, expected="a shape of less than 2^63 bytes", got=show(shape))
    return dims


def fits(spec: TensorSpec, shape: Sequence[int]) -> bool:
    if len(shape) != len(spec.shape):
        return False
    for length, declared in zip(shape, spec.shape, strict=True):
        if length < 0 or declared not in (-1, length):
            return False
    return True


def flatten(spec: TensorSpec, values: list[Any]) -> tuple[tuple[int, ...], list[Any]]:
    """The shape of nested lists, and their elements in row-major order. Nesting may not exceed the declared rank."""
    shape, level = [len(values)], values
    while len(shape) < len(spec.shape) and list in set(map(type, level)):
        shape.append(_common_length(spec, level))
        level = list(chain.from_iterable(level))
    if level and isinstance(level[0], list):
        raise InvalidTensor(spec.name, expected=f"shape {list(spec.shape)}", got="lists nested deeper")
    return (*shape, *_rest(spec, shape)), level


def of_bytes(spec: TensorSpec, size: int) -> tuple[int, ...]:
    """The shape of `size` bytes, if the declaration leaves at most one dimension open."""
    if -1 not in spec.shape:
        return spec.shape
    if spec.shape.count(-1) > 1 or 0 in spec.shape or spec.datatype is Datatype.BYTES:
        raise InvalidTensor(spec.name, expected=f"a shape, as the model declares {list(spec.shape)}", got="none")
    step = -prod(spec.shape) * wire.WIDTHS[spec.datatype]
    if size % step:
        expected = f"a multiple of {step} bytes for shape {list(spec.shape)}"
        raise InvalidTensor(spec.name, expected=expected, got=str(size))
    return tuple(size // step if length == -1 else length for length in spec.shape)


def show(shape: Sequence[int]) -> str:
    """For a message; short however many dimensions a caller sent."""
    return str(list(shape)) if len(shape) <= _MOST_SHOWN else f"{len(shape)} dimensions"


def _common_length(spec: TensorSpec, level: list[Any]) -> int:
    if set(map(type, level)) != {list}:
        raise InvalidTensor(spec.name, expected="lists nested evenly", got="a list beside a value")
    lengths = set(map(len, level))
    if len(lengths) > 1:
        raise InvalidTensor(spec.name, expected="lists of one length", got=f"lengths {min(lengths)} and {max(lengths)}")
    return lengths.pop()


def _rest(spec: TensorSpec, shape: list[int]) -> list[int]:
    """An empty list shows no further nesting: the declared lengths apply, and 0 where the declaration is open."""
    return [max(length, 0) for length in spec.shape[len(shape) :]] if shape[-1] == 0 else []
