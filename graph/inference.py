"""Inference: any model, with tensors."""

from datetime import timedelta
from typing import Annotated

import strawberry

from graph.arguments import Within, given
from graph.context import Context, Info, Timed
from graph.execution.cost_directive import Cost, CostWindow
from graph.tensors import Tensor, TensorInput
from resolvers import inference
from resolvers.inference import Inference as Answer


@strawberry.type(description="The answer of a model.")
class Inference:
    model: str = strawberry.field(description="The name of the model.")
    version: str = strawberry.field(description="The version that answered.")
    outputs: list[Tensor] = strawberry.field(
        description=("The output tensors, in the order of the argument `outputs`, or else in the order of the model.")
    )
    total_ms: float = strawberry.field(
        description="The time from the check of the inputs to the answer, in milliseconds."
    )

    def __init__(self, answer: Answer) -> None:
        self.model, self.version, outputs, self.total_ms = answer
        self.outputs = list(map(Tensor, outputs))


def deadline(context: Context, asked: timedelta | None) -> timedelta:
    return inference.deadline(asked, context.tools.settings.inference_timeout)


@strawberry.type
class InferenceQueries:
    @strawberry.field(
        description=(
            "Run a model with tensors. An API token needs scope INFER. Do not cache the answer: caches compare "
            "variables, and two different uploads look the same to them.\n\n"
            "While other calls take every slot of the model, the call waits. The member `queue` in the `extensions` of "
            "the answer then has its position, and its estimated and real wait in milliseconds, for each model. A call "
            "that waits too long is MODEL_BUSY."
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
        within: Within = strawberry.UNSET,
    ) -> Inference | None:
        context = info.context
        with Timed(info):
            answer = await inference.infer(
                context.models,
                context.caller,
                model,
                inputs=list(map(TensorInput.read, inputs)),
                version=given(version),
                outputs=given(outputs),
                within=deadline(context, given(within)),
                moved=context.moved,
            )
        return Inference(answer)
