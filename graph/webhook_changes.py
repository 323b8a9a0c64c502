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


@strawberry.type(description="A new signing secret. It is returned only here.")
class WebhookSecretRotated:
    secret: str = strawberry.field(description="The secret, which starts with `whsec_`. Put it into your receivers.")
    previous_ends_at: datetime | None = strawberry.field(
        description="Until when webhooks are signed with the previous secret as well. Null if they are not."
    )


@strawberry.type(
    description="The signing secret was deleted. Webhooks that were not delivered fail at their next attempt."
)
class WebhookSecretDeleted:
    at: datetime = strawberry.field(description="When the secret was deleted.")


@strawberry.type(description="An attempt to deliver the webhook is due now.")
class WebhookResent:
    job: Job = strawberry.field(description="The job of the webhook.")


RotateWebhookSecretResult = Annotated[
    WebhookSecretRotated | InvalidInput,
    strawberry.union(
        "RotateWebhookSecretResult", description="The result of `rotateWebhookSecret`: the new secret or an error."
    ),
]
DeleteWebhookSecretResult = Annotated[
    WebhookSecretDeleted | NotFound,
    strawberry.union(
        "DeleteWebhookSecretResult",
        description="The result of `deleteWebhookSecret`: the time of the deletion or an error.",
    ),
]
ResendWebhookResult = Annotated[
    WebhookResent | NotFound | InvalidInput | TooManyAttempts,
    strawberry.union("ResendWebhookResult", description="The result of `resendWebhook`: the job or an error."),
]


@strawberry.type
class WebhookMutations:
    @strawberry.mutation(
        description=(
            "Create a new secret, which signs all webhooks of the user as Standard Webhooks specifies. For "
            "`keepOldFor`, webhooks have a second signature with the previous secret. Requires a session."
        ),
        directives=[ACCOUNT],
    )
    async def rotate_webhook_secret(
        self,
        info: Info,
        keep_old_for: Annotated[
            Duration,
            strawberry.argument(
                description=(
                    "How long webhooks are also signed with the previous secret, at most P7D. PT0S: only the new "
                    "secret signs, at once."
                )
            ),
        ] = _A_DAY,
    ) -> RotateWebhookSecretResult | None:
        context = info.context
        made = await webhooks.rotate_secret(context.tools, context.caller, keep_old_for=keep_old_for, at=context.at)
        return WebhookSecretRotated(secret=made.secret, previous_ends_at=made.previous_ends_at)

    @strawberry.mutation(
        description=(
            "Delete the signing secret and the previous one. Then no job with a webhook can be created until "
            "`rotateWebhookSecret` is called. Requires a session."
        ),
        directives=[ACCOUNT],
    )
    async def delete_webhook_secret(self, info: Info) -> DeleteWebhookSecretResult | None:
        return WebhookSecretDeleted(at=await webhooks.delete_secret(info.context.caller, at=info.context.at))

    @strawberry.mutation(
        description=(
            "Send the webhook of an ended job once more, at once. A user can do this 60 times in 60 minutes. If this "
            "attempt fails, it is not repeated; scheduled attempts are still made. An API token with scope INFER can "
            "do it for the jobs that it created."
        ),
        directives=[ACCOUNT],
    )
    async def resend_webhook(
        self, info: Info, job_id: Annotated[strawberry.ID, strawberry.argument(description="The ID of the job.")]
    ) -> ResendWebhookResult | None:
        context = info.context
        return WebhookResent(job=Job(row=await webhooks.resend(context.tools, context.caller, ids.find("Job", job_id))))
