"""Jobs: calls of models that run later."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from graph import ids, pages
from graph.context import Info
from graph.execution.cost_directive import ACCOUNT, Cost
from graph.failures import ErrorCode
from graph.inference import Inference
from graph.pages import Page, PageInfo
from graph.webhooks import Webhook, WebhookDelivery, deliveries
from resolvers import webhooks
from resolvers.jobs import reading

if TYPE_CHECKING:
    from uuid import UUID

    from access.callers import Caller
    from db.models.jobs import Job as JobRow


def _value(name: str, description: str) -> Any:
    return strawberry.enum_value(name, description=description)


@strawberry.enum(description="The state of a job. The last four are final.")
class JobState(Enum):
    QUEUED = _value("QUEUED", "It waits for its turn, for units or a slot of its user, or for its model.")
    RUNNING = _value("RUNNING", "The model works on it. Its units are spent.")
    SUCCEEDED = _value("SUCCEEDED", "It has a `result`.")
    FAILED = _value("FAILED", "It has no `result`. `error` says why.")
    CANCELLED = _value("CANCELLED", "`cancelJob` ended it, or the credential that created it has ended.")
    EXPIRED = _value("EXPIRED", "It did not start before its `expiresAt`.")


@strawberry.type(description="Why a job has no result.")
class JobError:
    code: ErrorCode = strawberry.field(description="The error code. The codes are those of `infer`.")
    message: str = strawberry.field(description="What is wrong, in English.")


@strawberry.type(
    description=(
        "One call of a model that runs later. A job is kept for 24 hours after its end, unless the operator has set a "
        "longer time."
    )
)
class Job:
    row: strawberry.Private["JobRow"]

    @strawberry.field(description="Opaque ID, unique across all types.")
    def id(self) -> strawberry.ID:
        return ids.write("Job", self.row.id)

    @strawberry.field(description="The state of the job.")
    def state(self) -> JobState:
        return JobState(self.row.state.value)

    @strawberry.field(description="The name of the model.")
    def model(self) -> str:
        return self.row.model

    @strawberry.field(description="When the job was created.")
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="When the job started. Null if it has not started.")
    def started_at(self) -> datetime | None:
        return self.row.started_at

    @strawberry.field(description="When the job ended. Null until then.")
    def ended_at(self) -> datetime | None:
        return self.row.ended_at

    @strawberry.field(
        description=(
            "The position in the queue of the model; 1 is the next one. Users take turns. Null unless the job is "
            "QUEUED."
        ),
        directives=[Cost(weight=1)],
    )
    async def position(self) -> int | None:
        return await reading.position(self.row)

    @strawberry.field(
        description=(
            "Request units that the job has spent: 0 until it starts. Units that are given back at its end are "
            "subtracted. They count in the plan's limits from the start of the job, and in `usage` from its end."
        )
    )
    def units(self) -> int:
        kept: int = self.row.units
        return kept

    @strawberry.field(
        description="The answer of the model. Null unless the job has SUCCEEDED.", directives=[Cost(weight=1)]
    )
    async def result(self, info: Info) -> Inference | None:
        found = await reading.result(self.row, info.context.tools.objects, info.context.moved)
        return Inference(found) if found else None

    @strawberry.field(description="Why the job FAILED, or was CANCELLED by the service. Null otherwise.")
    def error(self) -> JobError | None:
        row = self.row
        return JobError(code=ErrorCode(row.code), message=row.message or "") if row.code else None

    @strawberry.field(
        description=(
            "The webhook, which is sent when the job has ended. Null unless `createJob` was called with `webhook`."
        ),
        directives=[Cost(weight=1)],
    )
    async def webhook(self) -> Webhook | None:
        row = await webhooks.of_job(self.row.id)
        return Webhook(row=row) if row else None

    @strawberry.field(description="The attempts to deliver the webhook, oldest first.", directives=[Cost(weight=1)])
    async def webhook_deliveries(self) -> list[WebhookDelivery]:
        row = await webhooks.of_job(self.row.id)
        return deliveries(row, await webhooks.tries_of(self.row.id)) if row else []

    @strawberry.field(
        description="The time at which the job becomes EXPIRED if it has not started. It then costs nothing."
    )
    def expires_at(self) -> datetime:
        return self.row.expires_at


@strawberry.type(description="A job and its cursor.")
class JobEdge:
    cursor: str = strawberry.field(description="The cursor of this item, for `after`.")
    node: Job = strawberry.field(description="The job.")


@strawberry.type(description="A page of jobs, newest first.")
class JobConnection:
    page: strawberry.Private[Page[Job]]

    @strawberry.field(description="The jobs of this page, with their cursors.")
    def edges(self) -> list[JobEdge]:
        return [JobEdge(cursor=cursor, node=node) for cursor, node in self.page.items]

    @strawberry.field(description="The jobs of this page.")
    def nodes(self) -> list[Job]:
        return [node for _, node in self.page.items]

    @strawberry.field(description="The position of this page in the list.")
    def page_info(self) -> PageInfo:
        return self.page.info

    @strawberry.field(description="The number of jobs on all pages.")
    def total_count(self) -> int:
        return self.page.total


State = Annotated[
    JobState | None, strawberry.argument(description="Only jobs in this state. Omitted or null: jobs in any state.")
]
Id = Annotated[strawberry.ID, strawberry.argument(name="id", description="The ID of the job.")]


async def read_page(
    caller: "Caller", *, first: int, after: str | None, state: JobState | None, of: "UUID"
) -> JobConnection:
    """Raises BadRequest."""
    position = pages.position(first, after)
    found = await reading.page(caller, of=of, first=first, after=position, state=state.value if state else None)
    nodes = [(row.created_at, row.id, Job(row=row)) for row in found.rows]
    return JobConnection(page=pages.newest_first(found, nodes))


@strawberry.type
class JobQueries:
    @strawberry.field(
        description=(
            "A job of the user. An API token with scope INFER can read the jobs that it created. Null if there is "
            "none with this ID."
        ),
        directives=[ACCOUNT],
    )
    async def job(self, info: Info, id_: Id) -> Job | None:
        found = await reading.find(info.context.caller, ids.find("Job", id_))
        return Job(row=found) if found else None


@strawberry.type
class JobSubscriptions:
    @strawberry.subscription(
        description=(
            "Get a job at once, and again after each change of its state or position, until it has ended. Starting "
            "the stream costs 1 unit of the account's limit. Its events cost nothing. A user can have 20 of these "
            "streams in one process. A stream ends after 10 minutes, unless the operator has set another time: then "
            "start a new one."
        ),
        directives=[ACCOUNT],
    )
    async def job(self, info: Info, id_: Id) -> AsyncGenerator[Job | None, None]:
        context = info.context
        async with aclosing(context.tools.jobs.changes(context.caller, ids.find("Job", id_))) as changes:
            async for row in changes:
                yield Job(row=row)
