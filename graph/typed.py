"""A field per public model, made from what the model declares."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from inspect import Parameter, Signature
from typing import Annotated, Any

import strawberry
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from graph.context import Info, timed
from graph.costs import Cost
from graph.inference import deadline
from graph.tensors import Tensor, TypedTensorInput
from resolvers import inference
from resolvers.models import Declaration, TensorSpec

_ODD = re.compile(r"[^A-Za-z0-9_]")


class NameClash(ValueError):
    """Two models, or two tensors of a model, have one name in GraphQL; the message names both."""


def queries(declarations: Sequence[Declaration]) -> type | None:
    """A query type with the field `typed`, or None where no public model can have one. Raises NameClash."""
    # A decoupled model answers in a stream, which no field reads; and GraphQL knows no type without fields.
    served = [found for found in declarations if found.public and not found.streaming and found.outputs]
    if not served:
        return None
    names = _names([found.name for found in served], "Models")
    models = create_type(
        "TypedModels",
        [_model_field(number, found, names[found.name]) for number, found in enumerate(served)],
        description="A field per model that this service offers, with the model's own tensors as arguments and fields.",
    )

    def typed() -> Any:
        return models()

    typed.__annotations__["return"] = models
    field = strawberry.field(
        typed, description="A field per model that this service offers, with the model's own tensors."
    )
    return create_type("TypedQueries", [field])


def _names(names: Sequence[str], what: str) -> dict[str, str]:
    """By the name in Triton, the name in GraphQL. Raises NameClash."""
    mapped: dict[str, str] = {}
    owners: dict[str, str] = {}
    for name in names:
        mapped[name] = _name(name)
        if (other := owners.setdefault(mapped[name], name)) != name:
            raise NameClash(f"{what} {other!r} and {name!r} would both be named {mapped[name]!r} under `typed`.")
    return mapped


def _name(name: str) -> str:
    mapped = _ODD.sub("_", name)
    return f"m_{mapped}" if mapped[:1].isdigit() or mapped.startswith("__") else mapped


def _model_field(number: int, declaration: Declaration, name: str) -> StrawberryField:
    inputs = _names([spec.name for spec in declaration.inputs], f"In model {declaration.name!r}, inputs")
    outputs = _names([spec.name for spec in declaration.outputs], f"In model {declaration.name!r}, outputs")
    answer = _answer_type(declaration, name, outputs)
    field: StrawberryField = strawberry.field(
        _resolver(f"model_{number}", declaration, inputs, answer=answer),
        name=name,
        description=declaration.description or f"Run the model {declaration.name}.",
        directives=[Cost(from_model=True)],
        metadata={"model": declaration.name},
    )
    return field


def _resolver(
    key: str, declaration: Declaration, inputs: dict[str, str], *, answer: type
) -> Callable[..., Awaitable[Any]]:
    # Python names are numbers: a tensor may be called like a word of the language, or like another argument.
    keys = {f"input_{number}": spec for number, spec in enumerate(declaration.inputs)}

    async def run(info: Info, **given: TypedTensorInput | None) -> Any:
        context = info.context
        if context.dry_run:
            return None
        with timed(info):
            result = await inference.infer(
                context.models,
                context.caller,
                declaration.name,
                inputs=[tensor.read(keys[key].name) for key, tensor in given.items() if tensor is not None],
                within=deadline(context, None),
                moved=context.moved,
            )
        return {tensor.name: tensor for tensor in result.outputs}

    parameters = [Parameter("info", Parameter.POSITIONAL_OR_KEYWORD, annotation=Info)]
    parameters += [_argument(key, spec, inputs[spec.name]) for key, spec in keys.items()]
    run.__signature__ = Signature(parameters, return_annotation=answer | None)  # type: ignore[attr-defined]
    run.__name__ = key
    return run


def _argument(key: str, spec: TensorSpec, name: str) -> Parameter:
    description = f"{spec.datatype.value} {list(spec.shape)}"
    kind: Any = TypedTensorInput | None if spec.optional else TypedTensorInput
    annotation = Annotated[kind, strawberry.argument(name=name, description=description)]
    default = None if spec.optional else Parameter.empty
    return Parameter(key, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _answer_type(declaration: Declaration, name: str, outputs: dict[str, str]) -> type:
    fields = [_output_field(number, spec, outputs[spec.name]) for number, spec in enumerate(declaration.outputs)]
    answer = create_type(f"Typed_{name}", fields, description=f"What the model {declaration.name} answered.")
    # Models `a_b` and `aB` are two: the name must not change its case like those that are written in Python.
    answer.__strawberry_definition__.name = f"Typed_{name}"  # type: ignore[attr-defined]
    return answer


def _output_field(number: int, spec: TensorSpec, name: str) -> StrawberryField:
    def read(tensors: strawberry.Parent[Any]) -> Tensor | None:
        return Tensor(tensor=tensors[spec.name]) if spec.name in tensors else None

    read.__name__ = f"output_{number}"
    description = f"{spec.datatype.value} {list(spec.shape)}; null where the model leaves it out."
    field: StrawberryField = strawberry.field(read, name=name, description=description)
    return field
