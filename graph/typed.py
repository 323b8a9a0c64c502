"""One field for each public model, built from the model's declaration."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import strawberry
from graphql import GraphQLObjectType, GraphQLSchema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from graph.context import Info, Timed
from graph.execution.cost_directive import PLAN, Cost, CostWindow
from graph.inference import deadline
from graph.tensors import Tensor, TypedTensorInput
from resolvers import inference
from settings import DOCUMENT_TOKENS

if TYPE_CHECKING:
    from inference.declarations import Declaration, TensorSpec

_ODD = re.compile(r"[^A-Za-z0-9_]")
# Tokens of `query ( ) { typed { model ( ) { output { values } } } }`, and of `$v : TypedTensorInput ! input : $v`.
# Each $ is a token.
_TOKENS_OF_A_CALL, _TOKENS_OF_AN_INPUT = 17, 9
# Key in the metadata of a model's field: maps the Python names of its arguments to their names in GraphQL.
_SPELLED = "spelled"
# The types with a field for each model.
MODELS, STREAMS = "TypedModels", "TypedStreams"


class NameClash(ValueError):
    """Two models, or two tensors of a model, have the same name in GraphQL. The message names both.

    `models` are the models that clash, in the order of the catalogue: two models, or the one whose tensors clash.
    """

    def __init__(self, message: str, models: Sequence[str]) -> None:
        self.models = models
        super().__init__(message)


def offered(declarations: Sequence[Declaration], *, tokens: int = DOCUMENT_TOKENS) -> Sequence[Declaration]:
    """The models that get a field, if a document may have `tokens` tokens."""
    return [found for found in _callable(declarations) if _least_tokens(found) <= tokens]


def too_wide(declarations: Sequence[Declaration], *, tokens: int) -> Sequence[Declaration]:
    """The models that get no field, because a document of `tokens` tokens cannot name all of their inputs."""
    return [found for found in _callable(declarations) if _least_tokens(found) > tokens]


def _callable(declarations: Sequence[Declaration]) -> Sequence[Declaration]:
    # A GraphQL type must have at least one field.
    return [found for found in declarations if found.public and not found.uncallable and found.outputs]


def _least_tokens(declaration: Declaration) -> int:
    """Tokens of the smallest call: every required input in its own variable, and one output."""
    return _TOKENS_OF_A_CALL + _TOKENS_OF_AN_INPUT * sum(not spec.optional for spec in declaration.inputs)


class TypedModel(NamedTuple):
    """`name` is the model's in GraphQL, `inputs` maps the names of its tensors to theirs, `answer` has its outputs."""

    declaration: Declaration
    name: str
    key: str
    inputs: dict[str, str]
    answer: type

    @property
    def metadata(self) -> dict[str, Any]:
        """Of its fields."""
        spelled = {f"input_{number}": name for number, name in enumerate(self.inputs.values())}
        return {"model": self.declaration.name, _SPELLED: spelled}

    def signature(self, returns: Any) -> Signature:
        """Of a resolver that takes `info` and the inputs."""
        # Numbered Python names, because a tensor may be named like a Python keyword or like another argument.
        keys = {f"input_{number}": spec for number, spec in enumerate(self.declaration.inputs)}
        parameters = [Parameter("info", Parameter.POSITIONAL_OR_KEYWORD, annotation=Info)]
        parameters += [_argument(key, spec) for key, spec in keys.items()]
        return Signature(parameters, return_annotation=returns)

    def read(self, given: dict[str, TypedTensorInput | None]) -> list[inference.Input]:
        """The arguments of the resolver as inputs of the model."""
        names = {f"input_{number}": spec.name for number, spec in enumerate(self.declaration.inputs)}
        return [tensor.read(names[key]) for key, tensor in given.items() if tensor is not None]


def models(declarations: Sequence[Declaration], *, tokens: int = DOCUMENT_TOKENS) -> Sequence[TypedModel]:
    """The public models that get a field. Raises NameClash."""
    served = offered(declarations, tokens=tokens)
    names = _names([found.name for found in served], "Models", model=None)
    return [_model(number, found, names[found.name]) for number, found in enumerate(served)]


def queries(models: Iterable[TypedModel]) -> type | None:
    """A query type with the field `typed`, or None if no model gets a field."""
    served = [model for model in models if not model.declaration.only_streams]
    if not served:
        return None
    fields = create_type(
        MODELS,
        [_model_field(model) for model in served],
        description=(
            "One field for each public model, with the tensors of the model as arguments and fields. The description "
            "of a tensor starts with its datatype and shape. In a shape, -1 means any length."
        ),
    )

    def typed() -> Any:
        return fields()

    typed.__annotations__["return"] = fields
    field = strawberry.field(
        typed,
        description=(
            "Run a public model through a field of its own, with its tensors as arguments and fields. A model with too "
            "many inputs for one document has no field here. Run it with `infer`."
        ),
        directives=[PLAN],
    )
    return create_type("TypedQueries", [field])


def spell(schema: GraphQLSchema) -> None:
    """Renames the arguments of a finished schema to the names of the inputs.

    Strawberry passes arguments to a resolver as keywords with their GraphQL names, beside two keywords of its own. An
    input named `info` or `_source` would replace one of those. So Strawberry sees numbered arguments, and only GraphQL
    sees the real names.
    """
    types = [schema.get_type(name) for name in (MODELS, STREAMS)]
    for field in [field for kind in types if isinstance(kind, GraphQLObjectType) for field in kind.fields.values()]:
        spelled = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].metadata[_SPELLED]
        for key, argument in field.args.items():
            argument.out_name = key
        field.args = {spelled[key]: argument for key, argument in field.args.items()}


def _names(names: Sequence[str], what: str, *, model: str | None) -> dict[str, str]:
    """Maps names in Triton to names in GraphQL: of models, or of the tensors of `model`. Raises NameClash."""
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


def _model(number: int, declaration: Declaration, name: str) -> TypedModel:
    inputs = _names(
        [spec.name for spec in declaration.inputs], f"In model {declaration.name!r}, inputs", model=declaration.name
    )
    outputs = _names(
        [spec.name for spec in declaration.outputs], f"In model {declaration.name!r}, outputs", model=declaration.name
    )
    return TypedModel(declaration, name, f"model_{number}", inputs, _answer_type(declaration, name, outputs))


def _model_field(model: TypedModel) -> StrawberryField:
    field: StrawberryField = strawberry.field(
        _resolver(model),
        name=model.name,
        description=model.declaration.description or f"Run the model {model.declaration.name}.",
        directives=[Cost(window=CostWindow.PLAN, from_model=True)],
        metadata=model.metadata,
    )
    return field


def _resolver(model: TypedModel) -> Callable[..., Awaitable[Any]]:
    async def run(info: Info, **given: TypedTensorInput | None) -> Any:
        context = info.context
        with Timed(info):
            result = await inference.infer(
                context.models,
                context.caller,
                model.declaration.name,
                inputs=model.read(given),
                within=deadline(context, None),
                moved=context.moved,
                may_lack=True,
            )
        return {tensor.name: tensor for tensor in result.outputs}

    run.__signature__ = model.signature(model.answer | None)  # type: ignore[attr-defined]
    run.__name__ = model.key
    return run


def _argument(key: str, spec: TensorSpec) -> Parameter:
    description = f"{spec.datatype.value} {list(spec.shape)}"
    kind: Any = TypedTensorInput | None if spec.optional else TypedTensorInput
    annotation = Annotated[kind, strawberry.argument(name=key, description=description)]
    default = None if spec.optional else Parameter.empty
    return Parameter(key, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _answer_type(declaration: Declaration, name: str, outputs: dict[str, str]) -> type:
    fields = [_output_field(number, spec, outputs[spec.name]) for number, spec in enumerate(declaration.outputs)]
    answer = create_type(f"Typed_{name}", fields, description=f"The answer of the model {declaration.name}.")
    # Strawberry would turn `a_b` into `aB`, which may be another model. So the name is set as it is.
    answer.__strawberry_definition__.name = f"Typed_{name}"  # type: ignore[attr-defined]
    return answer


def _output_field(number: int, spec: TensorSpec, name: str) -> StrawberryField:
    def read(tensors: strawberry.Parent[Any]) -> Tensor | None:
        return Tensor(tensors[spec.name]) if spec.name in tensors else None

    read.__name__ = f"output_{number}"
    description = f"{spec.datatype.value} {list(spec.shape)}. Null if the model did not return it."
    field: StrawberryField = strawberry.field(read, name=name, description=description)
    return field
