"""What a model says of itself: read from its `config.pbtxt`, the one place that describes it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2


class Datatype(StrEnum):
    BOOL = "BOOL"
    UINT8 = "UINT8"
    UINT16 = "UINT16"
    UINT32 = "UINT32"
    UINT64 = "UINT64"
    INT8 = "INT8"
    INT16 = "INT16"
    INT32 = "INT32"
    INT64 = "INT64"
    FP16 = "FP16"
    BF16 = "BF16"
    FP32 = "FP32"
    FP64 = "FP64"
    BYTES = "BYTES"


# What GraphQL's Int can say, and what a column of ours holds of a name.
_LARGEST = 2**31 - 1
_LONGEST_NAME = 255


class DeclarationError(ValueError):
    """What a model says of itself cannot be read; the message names the model and what is wrong."""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """`shape` has the batch as its first dimension where the model batches; -1 is any length."""

    name: str
    datatype: Datatype
    shape: tuple[int, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """`cost` is in request units a call; `example` is a list of TensorInput as JSON, or None.

    `calls_per_caller` is how many calls one caller may have in flight in a process; None for any number.
    """

    name: str
    description: str | None
    max_batch_size: int
    streaming: bool
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    cost: int
    public: bool
    example: Sequence[Mapping[str, Any]] | None
    calls_per_caller: int | None = None

    @classmethod
    def from_config(cls, config: model_config_pb2.ModelConfig) -> "Declaration":
        """Raises DeclarationError."""
        parameters = {key: value.string_value for key, value in config.parameters.items()}
        _check_name(config.name, "its name", config.name)
        return cls(
            name=config.name,
            description=parameters.get("gatehouse.description"),
            max_batch_size=config.max_batch_size,
            streaming=config.model_transaction_policy.decoupled,
            inputs=_specs(config, config.input),
            outputs=_specs(config, config.output),
            cost=_cost(config.name, parameters.get("gatehouse.cost", "1")),
            public=_flag(config.name, parameters.get("gatehouse.public", "false")),
            example=_example(config.name, parameters.get("gatehouse.example")),
            calls_per_caller=_calls_per_caller(config.name, parameters.get("gatehouse.calls_per_caller")),
        )


def read_repository(folder: Path) -> list[Declaration]:
    """The declarations in a model repository's files, by name; raises DeclarationError."""
    return [_read(path) for path in sorted(folder.glob("*/config.pbtxt"))]


def _read(path: Path) -> Declaration:
    config = model_config_pb2.ModelConfig()
    try:
        text_format.Parse(path.read_text(encoding="utf-8"), config)
    # UnicodeDecodeError is a ValueError.
    except (text_format.ParseError, ValueError) as error:
        raise DeclarationError(f"{path}: {error}") from error
    config.name = config.name or path.parent.name
    return Declaration.from_config(config)


def _specs(
    config: model_config_pb2.ModelConfig,
    tensors: Sequence[model_config_pb2.ModelInput] | Sequence[model_config_pb2.ModelOutput],
) -> tuple[TensorSpec, ...]:
    specs = tuple(_spec(config, tensor) for tensor in tensors)
    for name, number in Counter(spec.name for spec in specs).items():
        if number > 1:
            raise DeclarationError(f"Model {config.name!r}: {number} tensors are named {name!r}.")
    return specs


def _spec(
    config: model_config_pb2.ModelConfig, tensor: model_config_pb2.ModelInput | model_config_pb2.ModelOutput
) -> TensorSpec:
    _check_name(config.name, "the name of a tensor", tensor.name)
    if wrong := [length for length in tensor.dims if not -1 <= length <= _LARGEST]:
        raise DeclarationError(
            f"Model {config.name!r}: tensor {tensor.name!r} has a dimension of {wrong[0]}; at most {_LARGEST}, or -1 "
            "for any, can be served."
        )
    batch = (-1,) if config.max_batch_size > 0 else ()
    return TensorSpec(
        name=tensor.name,
        datatype=_datatype(config.name, tensor),
        shape=(*batch, *tensor.dims),
        optional=getattr(tensor, "optional", False),
    )


def _datatype(model: str, tensor: model_config_pb2.ModelInput | model_config_pb2.ModelOutput) -> Datatype:
    # A newer Triton may send the number of a type that nothing here has a name for.
    try:
        name = model_config_pb2.DataType.Name(tensor.data_type).removeprefix("TYPE_")
        return Datatype("BYTES" if name == "STRING" else name)
    except ValueError as error:
        raise DeclarationError(f"Model {model!r}: tensor {tensor.name!r} is of a datatype not known here.") from error


def _check_name(model: str, what: str, name: str) -> None:
    # Protobuf lets no half of a surrogate pair through.
    if not (1 <= len(name) <= _LONGEST_NAME and name.isprintable()):
        raise DeclarationError(
            f"Model {model[:_LONGEST_NAME]!r}: {what} must have 1 to {_LONGEST_NAME} characters, without control "
            f"characters."
        )


def _cost(model: str, text: str) -> int:
    # 2^20 keeps the sum of every operation far below 2^31, which `rateLimit` answers as an Int.
    if not (text.isdecimal() and len(text) <= 7 and 1 <= int(text) <= 2**20):
        raise DeclarationError(
            f"Model {model!r}: gatehouse.cost must be a whole number from 1 to {2**20}, not {text[:20]!r}."
        )
    return int(text)


def _calls_per_caller(model: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isdecimal() and text.isascii() and len(text) <= 4 and int(text) >= 1):
        raise DeclarationError(
            f"Model {model!r}: gatehouse.calls_per_caller must be a whole number from 1 to 9999, not {text[:20]!r}."
        )
    return int(text)


def _flag(model: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise DeclarationError(f"Model {model!r}: gatehouse.public must be true or false, not {text[:20]!r}.")
    return text == "true"


def _example(model: str, text: str | None) -> Sequence[Mapping[str, Any]] | None:
    if text is None:
        return None
    problem = f"Model {model!r}: gatehouse.example must be a list of tensors as `infer` takes them, in JSON."
    try:
        tensors = orjson.loads(text)
        # It reads what is nested more deeply than it writes.
        orjson.dumps([{"data": tensors}])
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        raise DeclarationError(problem) from error
    if not isinstance(tensors, list) or not all(isinstance(tensor, dict) for tensor in tensors):
        raise DeclarationError(problem)
    return tensors
