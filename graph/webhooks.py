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


@strawberry.enum(description="Where the webhook of a job stands.")
class WebhookState(Enum):
    PENDING = _value("PENDING", "The job has not ended.")
    SENDING = _value("SENDING", "A try is due, runs, or has failed and comes again.")
    DELIVERED = _value("DELIVERED", "The receiver answered with a status from 200 to 299.")
    FAILED = _value("FAILED", "All tries failed, or the receiver answered 410. `resendWebhook` makes one more.")


@strawberry.type(description="The secret that signs the webhooks of a user. Only `rotateWebhookSecret` returns it.")
class WebhookSecret:
    row: strawberry.Private["SecretRow"]

    @strawberry.field(description="When it was made.")
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="Until when the previous secret signs, too. Null: there was none, or it ended.")
    def previous_ends_at(self) -> datetime | None:
        return self.row.previous_ends_at


@strawberry.type(description="The webhook of a job: a signed request to `url` when the job has ended.")
class Webhook:
    row: strawberry.Private["WebhookRow"]

    @strawberry.field(description="The URL of the receiver.")
    def url(self) -> str:
        return self.row.url

    @strawberry.field(description="Where the webhook stands.")
    def state(self) -> WebhookState:
        return WebhookState(self.row.state.value)

    @strawberry.field(description="When the next try is due. In the past while it runs. Null: no try comes by itself.")
    def next_at(self) -> datetime | None:
        return self.row.next_at


@strawberry.type(description="One try to deliver a webhook.")
class WebhookDelivery:
    row: strawberry.Private["WebhookTry"]
    attempt: int = strawberry.field(description="The number of the try; 1 is the first.")
    next_at: datetime | None = strawberry.field(
        description="When the next try is due. Null, except for the newest try, and if no try comes by itself."
    )

    @strawberry.field(description="When the try began.")
    def at(self) -> datetime:
        return self.row.at

    @strawberry.field(description="The HTTP status of the answer. Null: none came, or the try runs.")
    def status(self) -> int | None:
        return self.row.status

    @strawberry.field(description="Why it was not delivered, in English. Null: it was delivered, or the try runs.")
    def error(self) -> str | None:
        return self.row.error

    @strawberry.field(description="How long the try took. Null: it runs, or its process ended before the answer came.")
    def milliseconds(self) -> int | None:
        return self.row.milliseconds


def deliveries(webhook: "WebhookRow", tries: "Sequence[WebhookTry]") -> list[WebhookDelivery]:
    newest = len(tries)
    return [
        WebhookDelivery(row=row, attempt=number, next_at=webhook.next_at if number == newest else None)
        for number, row in enumerate(tries, 1)
    ]
