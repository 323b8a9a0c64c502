"""The bodies of KServe's v2 protocol over HTTP with tensors as bytes: a head in JSON, then the bytes of each tensor.

Pure functions. They copy no large tensor.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import orjson

from inference.answers import WrongAnswer
from inference.declarations import Datatype
from inference.tensors import Tensor, new_tensor

# A head of this size is parsed in a few milliseconds. Those of real answers have some hundred bytes.
LARGEST_HEAD = 1024**2
# The heads of a model's answers are the same, as long as its outputs have the same shapes. Larger ones are not kept.
_KEPT_HEAD = 4 * 1024
# A slice of a smaller answer is a copy, which costs less than a view.
_COPIED_BYTES = 16 * 1024
_DATATYPES = {datatype.value: datatype for datatype in Datatype}

# An input as the head of a request describes it: name, datatype and shape, and how many bytes it has.
Described: TypeAlias = tuple[str, Datatype, tuple[int, ...], int]


class _Output(NamedTuple):
    """As the head of an answer describes it; `size` counts its bytes."""

    name: str
    datatype: Datatype
    shape: tuple[int, ...]
    size: int


def request_head(inputs: Sequence[Described], outputs: Sequence[str]) -> bytes:
    """The JSON in front of the inputs' bytes. It asks for all outputs as bytes if `outputs` names none."""
    head: dict[str, Any] = {
        "inputs": [
            {"name": name, "datatype": datatype.value, "shape": shape, "parameters": {"binary_data_size": octets}}
            for name, datatype, shape, octets in inputs
        ]
    }
    if outputs:
        head["outputs"] = [{"name": name, "parameters": {"binary_data": True}} for name in outputs]
    else:
        head["parameters"] = {"binary_data_output": True}
    return orjson.dumps(head)


def read_answer(body: bytes | bytearray | memoryview, head_size: str | None) -> tuple[str, list[Tensor]]:
    """The version that answered and its outputs. `head_size` is the header of that name; without it, all is head.

    Large outputs are views of `body`. Raises WrongAnswer.
    """
    octets = len(body)
    end = octets if head_size is None else _size_in(head_size)
    if end > octets or end > LARGEST_HEAD:
        raise WrongAnswer(f"its answer of {octets} bytes has a head of {end}")
    parts = memoryview(body).toreadonly() if octets > _COPIED_BYTES else bytes(body)
    head = bytes(parts[:end])
    version, outputs = _kept_head(head) if end <= _KEPT_HEAD else _read_head(head)
    tensors = []
    for name, datatype, shape, size in outputs:
        start, end = end, end + size
        tensors.append(new_tensor((name, datatype, shape, parts[start:end])))
    if end != octets:
        raise _other_size(tensors, outputs, octets - end)
    return version, tensors


def _other_size(tensors: Sequence[Tensor], outputs: Sequence[_Output], left: int) -> WrongAnswer:
    """Of an answer that has more or fewer bytes than its head says."""
    for tensor, output in zip(tensors, outputs, strict=True):
        if len(tensor.raw) != output.size:
            has, size = len(tensor.raw), output.size
            return WrongAnswer(f"its output {output.name!r} has {has} bytes and not {size} as its answer says")
    return WrongAnswer(f"its answer has {left} bytes that belong to no output")


def read_index(body: bytes | bytearray | memoryview) -> list[tuple[str, str]]:
    """The names and versions in an answer of the repository index; a version may be empty. Raises WrongAnswer."""
    try:
        return [(str(entry["name"]), str(entry.get("version", ""))) for entry in orjson.loads(body)]
    except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError):
        raise WrongAnswer("it is no index of models") from None


@lru_cache(256)
def _size_in(header: str) -> int:
    if header.isascii() and header.isdecimal() and len(header) < 20:
        return int(header)
    raise WrongAnswer(f"the size of its answer's head is {header[:20]!r}")


def _read_head(head: bytes) -> tuple[str, tuple[_Output, ...]]:
    """The version and the outputs that it describes. Raises WrongAnswer."""
    try:
        parsed = orjson.loads(head)
    except orjson.JSONDecodeError:
        raise WrongAnswer("the head of its answer is not JSON") from None
    if not isinstance(parsed, dict):
        raise WrongAnswer("the head of its answer is not a JSON object")
    version, outputs = parsed.get("model_version"), parsed.get("outputs", [])
    if not isinstance(version, str) or not isinstance(outputs, list):
        raise WrongAnswer("its answer has no version or no list of outputs")
    return version, tuple([_described(output) for output in outputs])


_kept_head = lru_cache(256)(_read_head)


def _described(output: object) -> _Output:
    match output:
        case {"name": str(name), "datatype": str(datatype), "shape": [*shape]} if all(map(_is_size, shape)):
            size = _size(name, output)
        case _:
            raise WrongAnswer("an output in its answer has no name, datatype or shape")
    if datatype not in _DATATYPES:
        raise WrongAnswer(f"its output {name!r} came without a datatype that is known here")
    return _Output(name, _DATATYPES[datatype], tuple(shape), size)


def _size(name: str, output: object) -> int:
    match output:
        case {"parameters": {"binary_data_size": size}} if _is_size(size):
            return int(size)
    raise WrongAnswer(f"its output {name!r} came without its size in bytes")


def _is_size(value: object) -> bool:
    # Python takes True for a number.
    return type(value) is int and value >= 0
