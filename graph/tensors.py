"""Tensors as GraphQL has them, in and out."""

from __future__ import annotations

from enum import Enum
from typing import Any, cast

import strawberry
from strawberry import Some

from graph import uploads
from graph.arguments import given
from graph.context import Info
from graph.scalars import TensorData, Upload
from resolvers import inference
from resolvers.inference import Base64, Input, Values
from resolvers.inference import Tensor as WireTensor
from resolvers.models import TensorSpec as DeclaredTensor


def _value(name: str, description: str) -> Any:
    return strawberry.enum_value(name, description=description)


@strawberry.enum(description="What the elements of a tensor are, after KServe's v2 protocol.")
class Datatype(Enum):
    BOOL = _value("BOOL", "True or false; one byte, 0 or 1.")
    UINT8 = _value("UINT8", "Whole numbers of 8 bits, 0 and up.")
    UINT16 = _value("UINT16", "Whole numbers of 16 bits, 0 and up.")
    UINT32 = _value("UINT32", "Whole numbers of 32 bits, 0 and up.")
    UINT64 = _value("UINT64", "Whole numbers of 64 bits, 0 and up; strings in answers.")
    INT8 = _value("INT8", "Whole numbers of 8 bits.")
    INT16 = _value("INT16", "Whole numbers of 16 bits.")
    INT32 = _value("INT32", "Whole numbers of 32 bits.")
    INT64 = _value("INT64", "Whole numbers of 64 bits; strings in answers.")
    FP16 = _value("FP16", "Floating point of 16 bits.")
    BF16 = _value("BF16", "Floating point of 16 bits with the range of FP32.")
    FP32 = _value("FP32", "Floating point of 32 bits.")
    FP64 = _value("FP64", "Floating point of 64 bits.")
    BYTES = _value("BYTES", "Strings of bytes, each of its own length.")


@strawberry.type(
    description=(
        "A tensor a model takes or gives; -1 in `shape` means any length. With batching, the batch is the first "
        "dimension."
    )
)
class TensorSpec:
    name: str = strawberry.field(description="As `infer` names it.")
    datatype: Datatype = strawberry.field(description="What its elements are.")
    shape: list[int] = strawberry.field(description="The length of each dimension, outermost first.")
    optional: bool = strawberry.field(description="Whether a call may leave it out; outputs are never optional.")

    @classmethod
    def of(cls, spec: DeclaredTensor) -> TensorSpec:
        return cls(
            name=spec.name, datatype=Datatype(spec.datatype.value), shape=list(spec.shape), optional=spec.optional
        )


@strawberry.input(
    one_of=True,
    description="Exactly one: JSON values, little-endian bytes in base64, or little-endian bytes as an uploaded file.",
)
class TensorDataInput:
    values: strawberry.Maybe[TensorData] = strawberry.field(description="Elements as JSON.")
    base64: strawberry.Maybe[str] = strawberry.field(description="Little-endian bytes in standard base64.")
    upload: strawberry.Maybe[Upload] = strawberry.field(description="Little-endian bytes as a file.")

    def read(self) -> Values | Base64 | bytes:
        if self.values:
            return Values(self.values.value)
        if self.base64:
            return Base64(self.base64.value)
        # GraphQL saw to it that exactly one is there.
        return uploads.content(cast(Some[Upload], self.upload).value)


@strawberry.input(description="One tensor for a model, by name.")
class TensorInput:
    name: str = strawberry.field(description="As the model declares it.")
    shape: list[int] = strawberry.field(description="The length of each dimension, outermost first.")
    datatype: Datatype | None = strawberry.field(
        default=strawberry.UNSET, description="Left out: as the model declares it."
    )
    data: TensorDataInput = strawberry.field(description="The elements, row-major.")

    def read(self) -> Input:
        datatype = self.datatype.value if self.datatype else None
        return Input(self.name, self.data.read(), shape=self.shape, datatype=datatype)


@strawberry.input(description="One tensor of a typed model, whose name and datatype the model fixes.")
class TypedTensorInput:
    shape: list[int] | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "The length of each dimension, outermost first. Left out: that of nested `values`, or for bytes the one "
            "the model declares."
        ),
    )
    data: TensorDataInput = strawberry.field(description="The elements, row-major.")

    def read(self, name: str) -> Input:
        return Input(name, self.data.read(), shape=given(self.shape))


@strawberry.type(description="One tensor out of a model.")
class Tensor:
    tensor: strawberry.Private[WireTensor]

    @strawberry.field(description="As the model declares it.")
    def name(self) -> str:
        return self.tensor.name

    @strawberry.field(description="What its elements are.")
    def datatype(self) -> Datatype:
        return Datatype(self.tensor.datatype.value)

    @strawberry.field(description="The length of each dimension, outermost first.")
    def shape(self) -> list[int]:
        return list(self.tensor.shape)

    @strawberry.field(description="The elements; null, with INVALID_TENSOR, where BYTES are not UTF-8.")
    def values(self, info: Info) -> TensorData | None:
        return cast(TensorData | None, inference.values(self.tensor, info.context.moved))

    @strawberry.field(description="The little-endian bytes of the elements in standard base64.")
    def base64(self, info: Info) -> str:
        return cast(str, inference.base64(self.tensor, info.context.moved))
