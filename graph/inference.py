"""Running any model with tensors."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import strawberry

from graph.arguments import Within, given
from graph.context import Context, Info, timed
from graph.costs import Cost
from graph.tensors import Tensor, TensorInput
from resolvers import inference
from resolvers.inference import Inference as Answer


@strawberry.type(description="What a model answered.")
class Inference:
    model: str = strawberry.field(description="The model that answered.")
    version: str = strawberry.field(description="The version that answered.")
    outputs: list[Tensor] = strawberry.field(
        description="Its outputs, as they were asked for or else as it declares them."
    )
    total_ms: float = strawberry.field(description="Milliseconds from the checks to the answer.")

    @classmethod
    def of(cls, answer: Answer) -> Inference:
        return cls(
            model=answer.model,
            version=answer.version,
            outputs=[Tensor(tensor=tensor) for tensor in answer.outputs],
            total_ms=answer.total_ms,
        )


def deadline(context: Context, asked: timedelta | None) -> timedelta:
    return inference.deadline(asked, context.tools.settings.inference_timeout)


@strawberry.type
class InferenceQueries:
    @strawberry.field(
        description=(
            "Run any model with tensors. Not for caches: clients that key on variables cannot tell two uploads apart."
        ),
        directives=[Cost(from_model=True)],
    )
    async def infer(
        self,
        info: Info,
        model: Annotated[str, strawberry.argument(description="The model's name.")],
        inputs: Annotated[list[TensorInput], strawberry.argument(description="A tensor for each input it declares.")],
        version: Annotated[
            str | None, strawberry.argument(description="Left out: the newest that is ready.")
        ] = strawberry.UNSET,
        outputs: Annotated[
            list[str] | None, strawberry.argument(description="The outputs wanted; left out: all of them.")
        ] = strawberry.UNSET,
        within: Within = strawberry.UNSET,
    ) -> Inference | None:
        context = info.context
        if context.dry_run:
            return None
        with timed(info):
            answer = await inference.infer(
                context.models,
                context.caller,
                model,
                inputs=[tensor.read() for tensor in inputs],
                version=given(version),
                outputs=given(outputs),
                within=deadline(context, given(within)),
                moved=context.moved,
            )
        return Inference.of(answer)
