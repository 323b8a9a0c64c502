"""The declaration of a model, read from its `config.pbtxt`, the only description of a model."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

import orjson
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from inference import capacity
from inference.capacity import Capacity
from inference.lanes import Limits


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


# The parameter that inference/loading.py counts up.
REVIVALS = "gatehouse.loaded_again"
# The largest GraphQL Int, and the longest name that a column holds.
LARGEST = 2**31 - 1
_LONGEST_NAME = 255
# Of eight bytes each. Triton multiplies dimensions as signed 64-bit numbers.
_MOST_ELEMENTS = 2**60


class DeclarationError(ValueError):
    """A declaration cannot be read; the message names the model and the problem."""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """If the model batches, the batch is the first dimension of `shape`. -1 means any length.

    `elements` is the number of elements, if `shape` declares all lengths. It is None as well if one of them is 0 or
    there are too many.
    """

    name: str
    datatype: Datatype
    shape: tuple[int, ...]
    optional: bool = False
    elements: int | None = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        elements = prod(self.shape) if min(self.shape, default=1) > 0 else _MOST_ELEMENTS
        object.__setattr__(self, "elements", elements if elements < _MOST_ELEMENTS else None)


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """`cost` is in request units per call; `example` is a list of TensorInput as JSON, or None.

    `calls_per_caller` is how many calls one caller may have in flight in a process, and `slots` how many all callers
    may have; None for no limit of its own. `capacity` is how many Triton runs at once. `sequence`: Triton
    accepts only calls that name their sequence. `cached`: Triton caches its answers. `steps` are the models that an
    ensemble calls. `revivals` is how often it, or a step of it, was loaded again because its process had died.
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
    slots: int | None = None
    # One Triton may have more instances of a model than another one.
    capacity: Capacity = field(default=Capacity(1, 0), compare=False)
    sequence: bool = False
    cached: bool = False
    # Its calls go by gRPC, also where others go by HTTP.
    by_grpc: bool = False
    steps: frozenset[str] = frozenset()
    # Apart from it, a model that was loaded again is the same.
    revivals: int = field(default=0, compare=False)

    @cached_property
    def inputs_by_name(self) -> Mapping[str, TensorSpec]:
        return {spec.name: spec for spec in self.inputs}

    @cached_property
    def outputs_by_name(self) -> Mapping[str, TensorSpec]:
        return {spec.name: spec for spec in self.outputs}

    @cached_property
    def largest_answer(self) -> int | None:  # in bytes, with all outputs; None if a size is open
        from inference import sizes  # which needs this module

        return sizes.of_outputs(self)

    @cached_property
    def limits(self) -> Limits:
        # An instance answers many streams at once, or one. Only the operator knows.
        slots = capacity.ANY if self.streaming and self.slots is None else self.slots
        at_once, ahead = self.capacity
        return Limits(self.name, at_once=slots or at_once, ahead=ahead, slots=slots, of_one=self.calls_per_caller)

    @cached_property
    def only_streams(self) -> str | None:
        """Why it cannot be called by a query, as a message for the caller; None if it can."""
        if self.streaming and not self.uncallable:
            return (
                f"Model {self.name!r} answers in a stream, which a query cannot read. Call it with `subscription "
                "{ infer }`, with the same arguments."
            )
        return None

    @cached_property
    def uncallable(self) -> str | None:
        """Why no call of it can succeed, as a message for the caller; None if one can."""
        if self.sequence:
            return (
                f"Model {self.name!r} takes sequences of calls that belong together, which `infer` cannot send. "
                "Ask its operator for a model without `sequence_batching`."
            )
        return None

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
            calls_per_caller=_number(config.name, "gatehouse.calls_per_caller", parameters),
            slots=_number(config.name, "gatehouse.slots", parameters),
            capacity=capacity.of(config),
            # Triton assigns sequences itself to calls of an iterative model.
            sequence=config.HasField("sequence_batching") and not config.sequence_batching.iterative_sequence,
            cached=config.response_cache.enable,
            by_grpc=_by_grpc(config.name, parameters.get("gatehouse.transport", "any")),
            revivals=_revivals(parameters.get(REVIVALS, "0")),
            steps=frozenset(step.model_name for step in config.ensemble_scheduling.step),
        )


def read_repository(folder: Path) -> list[Declaration]:
    """The declarations in a model repository's files, by name; raises DeclarationError."""
    found = [_read(path) for path in sorted(folder.glob("*/config.pbtxt"))]
    by_name = {declaration.name: declaration for declaration in found}
    return [as_its_steps(declaration, by_name) for declaration in found]


def as_its_steps(declaration: Declaration, models: Mapping[str, Declaration]) -> Declaration:
    """An ensemble streams, takes sequences or is called by gRPC if one of its steps is such a model, at any depth."""
    steps = list(_steps(declaration, models, {declaration.name}))
    return replace(
        declaration,
        streaming=declaration.streaming or any(step.streaming for step in steps),
        sequence=declaration.sequence or any(step.sequence for step in steps),
        by_grpc=declaration.by_grpc or any(step.by_grpc for step in steps),
        # The steps of an ensemble run side by side.
        capacity=(
            capacity.together(step.capacity for step in steps)
            if steps and not declaration.cached
            else declaration.capacity
        ),
        revivals=declaration.revivals + sum(step.revivals for step in steps),
    )


def _steps(declaration: Declaration, models: Mapping[str, Declaration], seen: set[str]) -> Iterator[Declaration]:
    for name in declaration.steps & models.keys() - seen:
        seen.add(name)
        yield models[name]
        yield from _steps(models[name], models, seen)


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
    if wrong := [length for length in tensor.dims if not -1 <= length <= LARGEST]:
        raise DeclarationError(
            f"Model {config.name!r}: tensor {tensor.name!r} has a dimension of {wrong[0]}; at most {LARGEST}, or -1 "
            "for any, can be served."
        )
    _check_form(config, tensor)
    batch = (-1,) if config.max_batch_size > 0 else ()
    return TensorSpec(
        name=tensor.name,
        datatype=_datatype(config.name, tensor),
        shape=(*batch, *tensor.dims),
        optional=getattr(tensor, "optional", False),
    )


def _check_form(
    config: model_config_pb2.ModelConfig, tensor: model_config_pb2.ModelInput | model_config_pb2.ModelOutput
) -> None:
    # Shapes and sizes that only TensorRT knows: the shape of a shape tensor has no batch, unlike the others.
    if tensor.is_non_linear_format_io or (tensor.is_shape_tensor and config.max_batch_size > 0):
        kind = "in a non-linear format" if tensor.is_non_linear_format_io else "a shape tensor of a model with batches"
        raise DeclarationError(f"Model {config.name!r}: tensor {tensor.name!r} is {kind}, which cannot be served.")


def _datatype(model: str, tensor: model_config_pb2.ModelInput | model_config_pb2.ModelOutput) -> Datatype:
    # A newer Triton may send the number of a type that has no name here.
    try:
        name = model_config_pb2.DataType.Name(tensor.data_type).removeprefix("TYPE_")
        return Datatype("BYTES" if name == "STRING" else name)
    except ValueError as error:
        raise DeclarationError(f"Model {model!r}: tensor {tensor.name!r} is of a datatype not known here.") from error


def _check_name(model: str, what: str, name: str) -> None:
    # Protobuf does not allow half of a surrogate pair.
    if not (1 <= len(name) <= _LONGEST_NAME and name.isprintable()):
        raise DeclarationError(
            f"Model {model[:_LONGEST_NAME]!r}: {what} must have 1 to {_LONGEST_NAME} characters, without control "
            f"characters."
        )


def _cost(model: str, text: str) -> int:
    # 2^20 keeps the cost of any operation far below 2^31, because `rateLimit` returns it as an Int.
    if not (text.isdecimal() and len(text) <= 7 and 1 <= int(text) <= 2**20):
        raise DeclarationError(
            f"Model {model!r}: gatehouse.cost must be a whole number from 1 to {2**20}, not {text[:20]!r}."
        )
    return int(text)


def _number(model: str, name: str, parameters: Mapping[str, str]) -> int | None:
    if (text := parameters.get(name)) is None:
        return None
    if not (text.isdecimal() and text.isascii() and len(text) <= 4 and int(text) >= 1):
        raise DeclarationError(f"Model {model!r}: {name} must be a whole number from 1 to 9999, not {text[:20]!r}.")
    return int(text)


def _flag(model: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise DeclarationError(f"Model {model!r}: gatehouse.public must be true or false, not {text[:20]!r}.")
    return text == "true"


def _by_grpc(model: str, text: str) -> bool:
    if text not in ("any", "grpc"):
        raise DeclarationError(f"Model {model!r}: gatehouse.transport must be any or grpc, not {text[:20]!r}.")
    return text == "grpc"


def _revivals(text: str) -> int:
    # inference/loading.py writes it, and does not care what an operator wrote there.
    return int(text) if text.isascii() and text.isdecimal() else 0


def _example(model: str, text: str | None) -> Sequence[Mapping[str, Any]] | None:
    if text is None:
        return None
    problem = f"Model {model!r}: gatehouse.example must be a list of tensors as `infer` takes them, in JSON."
    try:
        tensors = orjson.loads(text)
        # orjson reads deeper nesting than it writes.
        orjson.dumps([{"data": tensors}])
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        raise DeclarationError(problem) from error
    if not isinstance(tensors, list) or not all(isinstance(tensor, dict) for tensor in tensors):
        raise DeclarationError(problem)
    return tensors
