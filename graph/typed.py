"""A field per public model, made from what the model declares."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from inspect import Parameter, Signature
from typing import Annotated, Any

import strawberry
from graphql import GraphQLObjectType, GraphQLSchema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from graph.context import Info, timed
from graph.costs import Cost
from graph.inference import deadline
from graph.tensors import Tensor, TypedTensorInput
from resolvers import inference
from resolvers.models import Declaration, TensorSpec

_ODD = re.compile(r"[^A-Za-z0-9_]")
# In the metadata of a model's field: the names of its arguments in GraphQL, by those in Python.
_SPELLED = "spelled"


class NameClash(ValueError):
    """Two models, or two tensors of a model, have one name in GraphQL; the message names both.

    `models` are the models that clash, in the order of the catalogue: two, or the one whose tensors clash.
    """

    def __init__(self, message: str, models: Sequence[str]) -> None:
        self.models = models
        super().__init__(message)


def offered(declarations: Sequence[Declaration]) -> Sequence[Declaration]:
    """Those that get a field."""
    # A decoupled model answers in a stream, which no field reads; and GraphQL knows no type without fields.
    return [found for found in declarations if found.public and not found.streaming and found.outputs]


def queries(declarations: Sequence[Declaration]) -> type | None:
    """A query type with the field `typed`, or None where no public model can have one. Raises NameClash."""
    served = offered(declarations)
    if not served:
        return None
    names = _names([found.name for found in served], "Models", model=None)
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


def spell(schema: GraphQLSchema) -> None:
    """Gives the arguments of a finished schema the names of the inputs.

    Strawberry hands arguments to a resolver as keywords by their names in GraphQL, beside two of its own: an input
    named `info` or `_source` would take the place of one of those. So it knows them by numbers, and only GraphQL knows
    their names.
    """
    models = schema.get_type("TypedModels")
    for field in models.fields.values() if isinstance(models, GraphQLObjectType) else ():
        spelled = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].metadata[_SPELLED]
        for key, argument in field.args.items():
            argument.out_name = key
        field.args = {spelled[key]: argument for key, argument in field.args.items()}


def _names(names: Sequence[str], what: str, *, model: str | None) -> dict[str, str]:
    """By the name in Triton, the name in GraphQL; of models, or of the tensors of one. Raises NameClash."""
    mapped: dict[str, str] = {}
    owners: dict[str, str] = {}
    for name in names:
        mapped[name] = _name(name)
        if (other := owners.setdefault(mapped[name], name)) != name:
            raise NameClash(
                f"{what} {other!r} and {name!r} would both be named {mapped[name]!r} under `typed`.",
                [other, name] if model is None else [model],
            )
    return mapped


def _name(name: str) -> str:
    mapped = _ODD.sub("_", name)
    return f"m_{mapped}" if mapped[:1].isdigit() or mapped.startswith("__") else mapped


def _model_field(number: int, declaration: Declaration, name: str) -> StrawberryField:
    inputs = _names(
        [spec.name for spec in declaration.inputs], f"In model {declaration.name!r}, inputs", model=declaration.name
    )
    outputs = _names(
        [spec.name for spec in declaration.outputs], f"In model {declaration.name!r}, outputs", model=declaration.name
    )
    answer = _answer_type(declaration, name, outputs)
    field: StrawberryField = strawberry.field(
        _resolver(f"model_{number}", declaration, inputs, answer=answer),
        name=name,
        description=declaration.description or f"Run the model {declaration.name}.",
        directives=[Cost(from_model=True)],
        metadata={"model": declaration.name, _SPELLED: {f"input_{n}": name for n, name in enumerate(inputs.values())}},
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
    parameters += [_argument(key, spec) for key, spec in keys.items()]
    run.__signature__ = Signature(parameters, return_annotation=answer | None)  # type: ignore[attr-defined]
    run.__name__ = key
    return run


def _argument(key: str, spec: TensorSpec) -> Parameter:
    description = f"{spec.datatype.value} {list(spec.shape)}"
    kind: Any = TypedTensorInput | None if spec.optional else TypedTensorInput
    annotation = Annotated[kind, strawberry.argument(name=key, description=description)]
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
