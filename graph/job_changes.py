"""The mutations of jobs."""

from typing import Annotated

import strawberry

from graph import ids
from graph.arguments import given
from graph.context import Info
from graph.execution.cost_directive import ACCOUNT
from graph.jobs import Id, Job
from graph.refusals import IdempotencyConflict, InvalidInput, LimitReached, NotFound
from graph.scalars import Duration
from graph.tensors import TensorInput
from resolvers.jobs import creation, reading
from resolvers.jobs.creation import NewJob


@strawberry.input(description="The receiver of the message that a job has ended.")
class WebhookInput:
    url: str = strawberry.field(
        description=(
            "A URL that begins with https://, at most 2048 characters, without user, password and part after #. Its "
            "port is 443, 80, or at least 1024. It must lead to public addresses, unless the operator allows others."
        )
    )


@strawberry.input(description="A job to make.")
class JobInput:
    model: str = strawberry.field(description="The name of the model.")
    version: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The version to run. Omitted or null: the newest that is ready when the job starts.",
    )
    inputs: list[TensorInput] = strawberry.field(
        description="One tensor for each input of the model. Optional inputs can be omitted."
    )
    outputs: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="The names of the outputs to return. Omitted or null: all outputs."
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "Any text of up to 255 characters that is new for each job. For 24 hours, a repetition with the same key "
            "and the same model, inputs and outputs returns the same job, and one with others is refused."
        ),
    )
    expires_in: Duration | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "How long the job may wait for its start, from PT1S to P7D. Omitted or null: 24 hours. Then it is EXPIRED."
        ),
    )

    webhook: WebhookInput | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "Where to send a signed request when the job has ended. Call `rotateWebhookSecret` first. Omitted or null: "
            "no request is sent."
        ),
    )

    def read(self) -> NewJob:
        webhook = given(self.webhook)
        return NewJob(
            model=self.model,
            inputs=[tensor.read() for tensor in self.inputs],
            version=given(self.version),
            outputs=given(self.outputs),
            idempotency_key=given(self.idempotency_key),
            expires_in=given(self.expires_in),
            webhook=webhook.url if webhook else None,
        )


@strawberry.type(description="The job waits for its turn, or it is the one that was made before with the same key.")
class JobAccepted:
    job: Job = strawberry.field(description="The job.")


@strawberry.type(description="The job is cancelled. If it had started, its units stay spent.")
class JobCancelled:
    job: Job = strawberry.field(description="The job.")


CreateJobResult = Annotated[
    JobAccepted | IdempotencyConflict | InvalidInput | LimitReached,
    strawberry.union("CreateJobResult", description="What `createJob` returns: the job, or why there is none."),
]
CancelJobResult = Annotated[
    JobCancelled | NotFound,
    strawberry.union("CancelJobResult", description="What `cancelJob` returns: the job, or that there is none."),
]


@strawberry.type
class JobMutations:
    @strawberry.mutation(
        description=(
            "Make a job: a call of a model that may take longer than `infer`, and that runs when its turn comes. Its "
            "inputs are checked now, as `infer` checks them. Its units are spent when it starts, with the limits of "
            "that moment; until they are there, it waits. An API token needs scope INFER."
        ),
        directives=[ACCOUNT],
    )
    async def create_job(
        self, info: Info, input: Annotated[JobInput, strawberry.argument(description="The job to make.")]
    ) -> CreateJobResult | None:
        context = info.context
        made = await creation.create(
            context.models,
            context.caller,
            input.read(),
            context.tools.settings,
            objects=context.tools.objects,
            moved=context.moved,
        )
        return JobAccepted(job=Job(row=made))

    @strawberry.mutation(
        description=(
            "Cancel a job that has not ended. Before its start it costs nothing. Afterwards its call is stopped and "
            "its units stay spent. An API token with scope INFER can cancel the jobs that it made."
        ),
        directives=[ACCOUNT],
    )
    async def cancel_job(self, info: Info, id_: Id) -> CancelJobResult | None:
        return JobCancelled(job=Job(row=await reading.cancel(info.context.caller, ids.find("Job", id_))))
