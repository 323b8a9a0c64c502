"""Inference as a stream: what a subscription of any model gets."""

from collections.abc import AsyncGenerator
from typing import Annotated, ClassVar

import strawberry

from graph.arguments import given
from graph.context import Info
from graph.execution.cost_directive import Cost, CostWindow
from graph.scalars import Count, Duration
from graph.tensors import Tensor, TensorInput
from resolvers import inference
from resolvers.inference import Chunk, Done


@strawberry.type(description="One answer of a model.")
class InferenceChunk:
    index: Count = strawberry.field(description="The number of this answer in the stream, from 0.")
    outputs: list[Tensor] = strawberry.field(
        description="The output tensors, in the order of the argument `outputs`, or else in the order of the model."
    )

    @classmethod
    def of(cls, chunk: Chunk) -> "InferenceChunk":
        return cls(index=Count(chunk.number), outputs=list(map(Tensor, chunk.outputs)))


@strawberry.type(description="The last event of a stream that ended without an error.")
class InferenceDone:
    ends_stream: ClassVar[bool] = True

    chunks: Count = strawberry.field(description="The number of answers.")
    calls: int = strawberry.field(description="The calls of models that are counted in `usage`: always 1.")
    units: int = strawberry.field(description="The request units that the stream cost.")
    milliseconds: float = strawberry.field(
        description="The time from the check of the inputs to the last answer, in milliseconds."
    )

    @classmethod
    def of(cls, done: Done, *, units: int) -> "InferenceDone":
        return cls(chunks=Count(done.chunks), calls=1, units=units, milliseconds=done.milliseconds)


LongestStream = Annotated[
    Duration | None,
    strawberry.argument(
        name="timeout",
        description=(
            "The maximum duration of the stream, such as PT1M. The default is also the maximum: 10 minutes, unless "
            "the operator has set another time."
        ),
    ),
]

InferenceEvent = Annotated[
    InferenceChunk | InferenceDone,
    strawberry.union(
        "InferenceEvent", description="An event of a stream of `infer`: answers of the model, then the end."
    ),
]


@strawberry.type
class InferenceSubscriptions:
    @strawberry.subscription(
        description=(
            "Run a model with tensors, and get each answer as soon as it is ready. A model that streams sends any "
            "number of chunks, every other model exactly one. Then InferenceDone follows. If the stream fails, its "
            "last event has an error instead. An API token needs scope INFER. If the call had to wait for a slot, the "
            "`extensions` of its first event say so, as in a query."
        ),
        directives=[Cost(window=CostWindow.PLAN, from_model=True)],
    )
    async def infer(
        self,
        info: Info,
        model: Annotated[str, strawberry.argument(description="The name of the model.")],
        inputs: Annotated[
            list[TensorInput],
            strawberry.argument(description="One tensor for each input of the model. Optional inputs can be omitted."),
        ],
        version: Annotated[
            str | None,
            strawberry.argument(description="The version to run. Omitted or null: the newest that is ready."),
        ] = strawberry.UNSET,
        outputs: Annotated[
            list[str] | None,
            strawberry.argument(description="The names of the outputs to return. Omitted or null: all outputs."),
        ] = strawberry.UNSET,
        within: LongestStream = strawberry.UNSET,
    ) -> AsyncGenerator[InferenceEvent | None, None]:
        context, asked = info.context, given(within)
        settings = context.tools.settings
        events = inference.stream(
            context.models,
            context.caller,
            model,
            inputs=[tensor.read() for tensor in inputs],
            version=given(version),
            outputs=given(outputs),
            within=inference.deadline(asked, settings.stream_longest),
            longest_answer=settings.inference_timeout,
            moved=context.moved,
        )
        try:
            async for event in events:
                if isinstance(event, Chunk):
                    yield InferenceChunk.of(event)
                else:
                    yield InferenceDone.of(event, units=context.cost)
        finally:
            await events.aclose()
