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


@strawberry.input(description="The receiver of a webhook: a signed request that says that a job has ended.")
class WebhookInput:
    url: str = strawberry.field(
        description=(
            "A URL that starts with https://, at most 2048 characters, without user, password and fragment (#). Its "
            "port is 443, 80, or at least 1024. Its host must have public addresses, unless the operator allows "
            "others."
        )
    )


@strawberry.input(description="A job to create.")
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
            "A text of your choice for this job, at most 255 characters. For 24 hours, `createJob` with the same key "
            "returns the same job, and does not create another. With another model, version, inputs or outputs it is "
            "refused. Omitted or null: each call creates a job."
        ),
    )
    expires_in: Duration | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "How long the job may wait before it becomes EXPIRED, from PT1S to P7D. Omitted or null: 24 hours."
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


@strawberry.type(description="The job is in the queue, or it is the job that was created before with the same key.")
class JobAccepted:
    job: Job = strawberry.field(description="The job.")


@strawberry.type(description="The job was cancelled. If it had started, its units are not given back.")
class JobCancelled:
    job: Job = strawberry.field(description="The job.")


CreateJobResult = Annotated[
    JobAccepted | IdempotencyConflict | InvalidInput | LimitReached,
    strawberry.union("CreateJobResult", description="The result of `createJob`: the job or an error."),
]
CancelJobResult = Annotated[
    JobCancelled | NotFound,
    strawberry.union("CancelJobResult", description="The result of `cancelJob`: the cancelled job or an error."),
]


@strawberry.type
class JobMutations:
    @strawberry.mutation(
        description=(
            "Create a job: a call of a model that runs later, and may take longer than `infer`. Its inputs are "
            "checked at once, as `infer` checks them. Its units are spent when it starts. It waits in the queue until "
            "the user's limits allow them. An API token needs scope INFER."
        ),
        directives=[ACCOUNT],
    )
    async def create_job(
        self, info: Info, input: Annotated[JobInput, strawberry.argument(description="The job to create.")]
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
            "Cancel a job that has not ended. If it has not started, it costs nothing. If it runs, its call is "
            "cancelled and its units are not given back. An API token with scope INFER can cancel the jobs that it "
            "created."
        ),
        directives=[ACCOUNT],
    )
    async def cancel_job(self, info: Info, id_: Id) -> CancelJobResult | None:
        return JobCancelled(job=Job(row=await reading.cancel(info.context.caller, ids.find("Job", id_))))
