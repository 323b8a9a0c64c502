"""Webhooks: how the message that a job has ended was delivered."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

import strawberry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.models.webhooks import Webhook as WebhookRow
    from db.models.webhooks import WebhookSecret as SecretRow
    from db.models.webhooks import WebhookTry


def _value(name: str, description: str) -> Any:
    return strawberry.enum_value(name, description=description)


@strawberry.enum(description="The state of a webhook.")
class WebhookState(Enum):
    PENDING = _value("PENDING", "The job has not ended.")
    SENDING = _value("SENDING", "An attempt is due or running, or the last one failed and another will follow.")
    DELIVERED = _value("DELIVERED", "The receiver answered with a status from 200 to 299.")
    FAILED = _value(
        "FAILED", "All attempts failed, or the receiver answered 410. `resendWebhook` starts one more attempt."
    )


@strawberry.type(description="The secret that signs the webhooks of a user. Only `rotateWebhookSecret` returns it.")
class WebhookSecret:
    row: strawberry.Private["SecretRow"]

    @strawberry.field(description="When the secret was created.")
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(
        description=(
            "Until when webhooks are signed with the previous secret as well. Null if there is no previous secret, or "
            "if it has ended."
        )
    )
    def previous_ends_at(self) -> datetime | None:
        return self.row.previous_ends_at


@strawberry.type(description="The webhook of a job: a signed request to `url` when the job has ended.")
class Webhook:
    row: strawberry.Private["WebhookRow"]

    @strawberry.field(description="The URL of the receiver.")
    def url(self) -> str:
        return self.row.url

    @strawberry.field(description="The state of the webhook.")
    def state(self) -> WebhookState:
        return WebhookState(self.row.state.value)

    @strawberry.field(
        description="When the next attempt is due. In the past while it is running. Null if no attempt is scheduled."
    )
    def next_at(self) -> datetime | None:
        return self.row.next_at


@strawberry.type(description="One attempt to deliver a webhook.")
class WebhookDelivery:
    row: strawberry.Private["WebhookTry"]
    attempt: int = strawberry.field(description="The number of the attempt; 1 is the first.")
    next_at: datetime | None = strawberry.field(
        description="When the next attempt is due. Null if none is scheduled, and for all attempts but the newest."
    )

    @strawberry.field(description="When the attempt began.")
    def at(self) -> datetime:
        return self.row.at

    @strawberry.field(description="The HTTP status of the answer. Null if there is no answer, or not yet.")
    def status(self) -> int | None:
        return self.row.status

    @strawberry.field(description="Why the attempt failed, in English. Null if it was delivered or is still running.")
    def error(self) -> str | None:
        return self.row.error

    @strawberry.field(
        description="How long the attempt took. Null if it is running, or if its process ended before an answer came."
    )
    def milliseconds(self) -> int | None:
        return self.row.milliseconds


def deliveries(webhook: "WebhookRow", tries: "Sequence[WebhookTry]") -> list[WebhookDelivery]:
    newest = len(tries)
    return [
        WebhookDelivery(row=row, attempt=number, next_at=webhook.next_at if number == newest else None)
        for number, row in enumerate(tries, 1)
    ]
