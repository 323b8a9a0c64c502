"""The mutations of webhooks."""

from datetime import datetime, timedelta
from typing import Annotated

import strawberry

from graph import ids
from graph.context import Info
from graph.execution.cost_directive import ACCOUNT
from graph.jobs import Job
from graph.refusals import InvalidInput, NotFound, TooManyAttempts
from graph.scalars import Duration
from resolvers import webhooks

_A_DAY = Duration(timedelta(days=1))


@strawberry.type(description="There is a new signing secret, which is returned only here.")
class WebhookSecretRotated:
    secret: str = strawberry.field(description="The secret, which starts with `whsec_`. Put it into your receivers.")
    previous_ends_at: datetime | None = strawberry.field(
        description="Until when webhooks have a signature of the previous secret, too. Null: they have none."
    )


@strawberry.type(description="There is no signing secret any more. Webhooks that wait fail at their next try.")
class WebhookSecretDeleted:
    at: datetime = strawberry.field(description="When it was deleted.")


@strawberry.type(description="One try is due now.")
class WebhookResent:
    job: Job = strawberry.field(description="The job of the webhook.")


RotateWebhookSecretResult = Annotated[
    WebhookSecretRotated | InvalidInput,
    strawberry.union("RotateWebhookSecretResult", description="What `rotateWebhookSecret` returns."),
]
DeleteWebhookSecretResult = Annotated[
    WebhookSecretDeleted | NotFound,
    strawberry.union("DeleteWebhookSecretResult", description="What `deleteWebhookSecret` returns."),
]
ResendWebhookResult = Annotated[
    WebhookResent | NotFound | InvalidInput | TooManyAttempts,
    strawberry.union("ResendWebhookResult", description="What `resendWebhook` returns."),
]


@strawberry.type
class WebhookMutations:
    @strawberry.mutation(
        description=(
            "Make a new secret, with which all webhooks of the user are signed, as Standard Webhooks has it. The one "
            "before, if there is one, signs beside it for `keepOldFor`. Requires a session."
        ),
        directives=[ACCOUNT],
    )
    async def rotate_webhook_secret(
        self,
        info: Info,
        keep_old_for: Annotated[
            Duration, strawberry.argument(description="How long both secrets sign: at most P7D. PT0S: not at all.")
        ] = _A_DAY,
    ) -> RotateWebhookSecretResult | None:
        context = info.context
        made = await webhooks.rotate_secret(context.tools, context.caller, keep_old_for=keep_old_for, at=context.at)
        return WebhookSecretRotated(secret=made.secret, previous_ends_at=made.previous_ends_at)

    @strawberry.mutation(
        description=(
            "Delete the signing secret, and the previous one. Jobs with a webhook can be made again after "
            "`rotateWebhookSecret`. Requires a session."
        ),
        directives=[ACCOUNT],
    )
    async def delete_webhook_secret(self, info: Info) -> DeleteWebhookSecretResult | None:
        return WebhookSecretDeleted(at=await webhooks.delete_secret(info.context.caller, at=info.context.at))

    @strawberry.mutation(
        description=(
            "Send the webhook of a job that has ended once more, now. At most 60 times an hour. If it fails, it is not "
            "repeated; tries that come by themselves go on. An API token with scope INFER can do it for the jobs that "
            "it made."
        ),
        directives=[ACCOUNT],
    )
    async def resend_webhook(
        self, info: Info, job_id: Annotated[strawberry.ID, strawberry.argument(description="The ID of the job.")]
    ) -> ResendWebhookResult | None:
        context = info.context
        return WebhookResent(job=Job(row=await webhooks.resend(context.tools, context.caller, ids.find("Job", job_id))))
