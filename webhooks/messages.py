"""The message of a webhook: that a job has ended, and how. It does not hold the result, which needs a credential."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import orjson

import base64_text
from access.sealing import Sealer
from db import postgres
from webhooks import signatures

_TYPE = "job.ended"
_FACTS = """
SELECT j.state, j.code, j.model, j.ended_at, u.suspended_at, s.sealed_secret,
       CASE WHEN s.previous_ends_at > clock_timestamp() THEN s.sealed_previous END AS sealed_previous
FROM jobs j JOIN users u ON u.id = j.user_id LEFT JOIN webhook_secrets s ON s.user_id = j.user_id WHERE j.id = $1
"""


@dataclass(frozen=True, slots=True)
class Message:
    headers: dict[str, str]
    body: bytes


def seal_of(user_id: UUID) -> str:
    return f"webhook secret of {user_id}"


async def compose(sealer: Sealer, job_id: UUID, user_id: UUID, *, at: datetime) -> Message | str:
    """The message, or the reason for the user why there is none. `at` is the time of the try.

    Raises Unsealable and PostgresDown.
    """
    rows = await postgres.rows(_FACTS, job_id)
    if not rows:
        return "The job was deleted."
    facts = rows[0]
    if facts["suspended_at"] is not None:
        return "The account is suspended."
    if facts["sealed_secret"] is None:
        return "There is no signing secret. Create one with `rotateWebhookSecret`."
    sealed = filter(None, (facts["sealed_secret"], facts["sealed_previous"]))
    secrets = [sealer.open(one, of=seal_of(user_id)) for one in sealed]
    body = body_of(job_id, state=facts["state"], code=facts["code"], model=facts["model"], ended_at=facts["ended_at"])
    # The same for every try, so that a receiver can drop one that comes twice.
    return Message(signatures.headers(f"msg_{job_id.hex}", at, body, secrets), body)


def body_of(job_id: UUID, *, state: str, code: str | None, model: str, ended_at: datetime) -> bytes:
    """The same bytes for every try."""
    job = {"id": base64_text.encode_for_url(f"Job:{job_id}".encode()), "state": state, "code": code, "model": model}
    ended = ended_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return orjson.dumps({"type": _TYPE, "timestamp": ended, "data": job})
