"""One field for each public model under `subscription { typed }`, built from the model's declaration."""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Annotated, Any, Union

import strawberry
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from graph.context import Info
from graph.execution.cost_directive import PLAN, Cost, CostWindow
from graph.scalars import Count
from graph.streams import InferenceDone
from graph.tensors import TypedTensorInput
from graph.typed import STREAMS, TypedModel
from resolvers import inference
from resolvers.inference import Chunk


def subscriptions(models: Sequence[TypedModel]) -> type | None:
    """A subscription type with the field `typed`, or None without a model."""
    if not models:
        return None
    fields = create_type(
        STREAMS,
        [_field(model) for model in models],
        description=(
            "One field for each public model, with the tensors of the model as arguments. A subscription can select "
            "only one of them."
        ),
    )

    # Its events come from the field below it (graph/execution/sources.py).
    async def typed() -> Any:
        raise NotImplementedError
        yield

    typed.__annotations__["return"] = AsyncGenerator[fields, None]  # type: ignore[valid-type]
    field = strawberry.subscription(
        typed,
        description=(
            "Run a public model through its own field, like `typed` in a query, and get each answer as soon as it is "
            "ready. A model that streams sends any number of chunks, every other model exactly one."
        ),
        directives=[PLAN],
    )
    return create_type("TypedSubscriptions", [field])


def _field(model: TypedModel) -> StrawberryField:
    chunk = _chunk_type(model)
    name = model.declaration.name
    event = Annotated[
        Union[chunk, InferenceDone],  # type: ignore[valid-type]  # noqa: UP007 - of a type that is made here
        strawberry.union(f"TypedEvent_{model.name}", description=f"What a stream of the model {name} brings."),
    ]
    field: StrawberryField = strawberry.subscription(
        _resolver(model, chunk, AsyncGenerator[event | None, None]),
        name=model.name,
        description=model.declaration.description or f"Run the model {name}.",
        directives=[Cost(window=CostWindow.PLAN, from_model=True)],
        metadata=model.metadata,
    )
    return field


def _chunk_type(model: TypedModel) -> type:
    members = {
        "__annotations__": {"index": Count, "outputs": model.answer},
        "index": strawberry.field(description="The number of this answer in the stream, from 0."),
        "outputs": strawberry.field(description="The output tensors."),
    }
    name = f"TypedChunk_{model.name}"
    return strawberry.type(
        type(name, (), members), name=name, description=f"One answer of the model {model.declaration.name}."
    )


def _resolver(model: TypedModel, chunk: Any, returns: Any) -> Callable[..., AsyncGenerator[Any, None]]:
    async def run(info: Info, **given: TypedTensorInput | None) -> AsyncGenerator[Any, None]:
        context, settings = info.context, info.context.tools.settings
        events = inference.stream(
            context.models,
            context.caller,
            model.declaration.name,
            inputs=model.read(given),
            within=settings.stream_longest,
            longest_answer=settings.inference_timeout,
            moved=context.moved,
            may_lack=True,
        )
        try:
            async for event in events:
                if isinstance(event, Chunk):
                    outputs = {tensor.name: tensor for tensor in event.outputs}
                    yield chunk(index=Count(event.number), outputs=outputs)
                else:
                    yield InferenceDone.of(event, units=context.cost)
        finally:
            await events.aclose()

    run.__signature__ = model.signature(returns)  # type: ignore[attr-defined]
    run.__name__ = model.key
    return run
