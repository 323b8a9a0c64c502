"""Tensors in GraphQL: inputs and outputs."""

from enum import Enum
from typing import TYPE_CHECKING, Any, cast

import strawberry
from strawberry import Some

import named_tuples
from graph import uploads
from graph.arguments import given
from graph.context import Info
from graph.scalars import TensorData, Upload
from resolvers import inference
from resolvers.inference import Base64, Input, Values

if TYPE_CHECKING:
    from inference.declarations import TensorSpec as DeclaredTensor
    from inference.tensors import Tensor as WireTensor


def _value(name: str, description: str) -> Any:
    return strawberry.enum_value(name, description=description)


@strawberry.enum(description="The datatype of the elements of a tensor, as in the KServe v2 protocol.")
class Datatype(Enum):
    BOOL = _value("BOOL", "True or false, in one byte.")
    UINT8 = _value("UINT8", "An unsigned integer of 8 bits.")
    UINT16 = _value("UINT16", "An unsigned integer of 16 bits.")
    UINT32 = _value("UINT32", "An unsigned integer of 32 bits.")
    UINT64 = _value("UINT64", "An unsigned integer of 64 bits. Returned as a string.")
    INT8 = _value("INT8", "A signed integer of 8 bits.")
    INT16 = _value("INT16", "A signed integer of 16 bits.")
    INT32 = _value("INT32", "A signed integer of 32 bits.")
    INT64 = _value("INT64", "A signed integer of 64 bits. Returned as a string.")
    FP16 = _value("FP16", "A floating-point number of 16 bits.")
    BF16 = _value("BF16", "A floating-point number of 16 bits with the range of FP32 (bfloat16).")
    FP32 = _value("FP32", "A floating-point number of 32 bits.")
    FP64 = _value("FP64", "A floating-point number of 64 bits.")
    BYTES = _value("BYTES", "A string of bytes, of any length.")


_new_input = named_tuples.maker(Input)
# By the value: to look for a member takes longer.
_DATATYPES = {datatype.value: datatype for datatype in Datatype}


@strawberry.type(description="A tensor that a model takes or returns.")
class TensorSpec:
    name: str = strawberry.field(description="The name to use in `infer`.")
    datatype: Datatype = strawberry.field(description="The datatype of the elements.")
    shape: list[int] = strawberry.field(
        description=(
            "The length of each dimension, outermost first. -1 means any length. If the model supports batches, the "
            "first dimension is the batch."
        )
    )
    optional: bool = strawberry.field(description="Whether a call may omit this input. Always false for an output.")

    @classmethod
    def of(cls, spec: "DeclaredTensor") -> "TensorSpec":
        return cls(
            name=spec.name, datatype=Datatype(spec.datatype.value), shape=list(spec.shape), optional=spec.optional
        )


@strawberry.input(
    one_of=True,
    description="The elements of a tensor: exactly one of `values`, `base64` and `upload`.",
)
class TensorDataInput:
    values: strawberry.Maybe[TensorData] = strawberry.field(description="The elements as JSON.")
    base64: strawberry.Maybe[str] = strawberry.field(
        description="The bytes of the elements, little-endian, in standard base64."
    )
    upload: strawberry.Maybe[Upload] = strawberry.field(
        description="The bytes of the elements, little-endian, as an uploaded file."
    )

    def read(self) -> Values | Base64 | memoryview:
        if self.values is not None:
            return Values(self.values.value)
        if self.base64 is not None:
            return Base64(self.base64.value)
        # GraphQL has checked that exactly one is set.
        return uploads.content(cast(Some[Upload], self.upload).value)


@strawberry.input(description="An input tensor of a model.")
class TensorInput:
    name: str = strawberry.field(description="The name of the input.")
    shape: list[int] = strawberry.field(description="The length of each dimension, outermost first.")
    datatype: Datatype | None = strawberry.field(
        default=strawberry.UNSET, description="The datatype of the elements. Omitted or null: as the model declares it."
    )
    data: TensorDataInput = strawberry.field(description="The elements, in row-major order.")

    def read(self) -> Input:
        datatype = self.datatype
        # `value` is a property, and takes two calls. What is omitted is false, as null is.
        return _new_input((self.name, self.data.read(), self.shape, datatype._value_ if datatype else None))


@strawberry.input(description="An input tensor of a model under `typed`. Its name and datatype are those of the model.")
class TypedTensorInput:
    shape: list[int] | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "The length of each dimension, outermost first. Omitted or null: the shape of the nested lists in "
            "`values`, or for bytes the shape that the model declares."
        ),
    )
    data: TensorDataInput = strawberry.field(description="The elements, in row-major order.")

    def read(self, name: str) -> Input:
        return Input(name, self.data.read(), shape=given(self.shape))


@strawberry.type(description="An output tensor of a model.")
class Tensor:
    tensor: strawberry.Private["WireTensor"]
    name: str = strawberry.field(description="The name of the output.")
    datatype: Datatype = strawberry.field(description="The datatype of the elements.")
    shape: list[int] = strawberry.field(description="The length of each dimension, outermost first.")

    def __init__(self, tensor: "WireTensor") -> None:
        self.tensor = tensor
        self.name, datatype, shape, _ = tensor
        self.datatype = _DATATYPES[datatype]
        self.shape = list(shape)

    @strawberry.field(
        description=(
            "The elements as JSON. Null, with an INVALID_TENSOR error, if elements of type BYTES are not UTF-8: select "
            "`base64` then."
        )
    )
    def values(self, info: Info) -> TensorData | None:
        found: TensorData | None = inference.values(self.tensor, info.context.moved)
        return found

    @strawberry.field(description="The bytes of the elements, little-endian, in standard base64.")
    def base64(self, info: Info) -> str:
        found: str = inference.base64(self.tensor, info.context.moved)
        return found
