"""Jobs and webhooks as rows, and the worker's delivery of webhooks in this process."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from tortoise import Tortoise

from access.keyring import Keyring
from access.sealing import Sealer
from db.models.jobs import Job
from db.models.plans import Plan
from db.models.users import User
from db.models.webhooks import Webhook, WebhookSecret, WebhookTry
from settings import Settings
from tests.webhooks.receivers import listening
from webhooks import signatures
from webhooks.messages import seal_of

HERE = {"GATEHOUSE_WEBHOOK_HTTP": "true", "GATEHOUSE_WEBHOOK_ALLOWED": "127.0.0.0/8"}


@pytest.fixture
def worker_settings(worker_settings):
    return worker_settings | HERE


@pytest.fixture
def sealer(worker_settings):
    return Sealer(Keyring(Settings.from_environ(worker_settings).signing_keys_file).keys)


@pytest.fixture
def receiver():
    with listening() as started:
        yield started


@pytest.fixture
def new_user(migrated, sealer):
    async def make(*secrets):
        """With the newest secret first; one of the tests' own if none is given."""
        plan, _ = await Plan.get_or_create(
            name="tests",
            defaults={
                "units_per_minute": 1,
                "units_per_day": 1,
                "concurrent_requests": 1,
                "max_api_tokens": 1,
                "max_token_lifetime": timedelta(days=1),
            },
        )
        user = await User.create(email=f"{uuid4().hex}@example.org", password_digest="-", plan=plan)  # noqa: S106
        secrets = secrets or (signatures.new_secret(),)
        sealed = [sealer.seal(secret, of=seal_of(user.id)) for secret in secrets]
        await WebhookSecret.create(
            user=user,
            sealed_secret=sealed[0],
            created_at=datetime.now(UTC),
            sealed_previous=sealed[1] if len(sealed) > 1 else None,
            previous_ends_at=datetime(2100, 1, 1, tzinfo=UTC) if len(sealed) > 1 else None,
        )
        return SimpleNamespace(id=user.id, secrets=secrets)

    return make


@pytest.fixture
def new_job(migrated):
    async def make(user, url, *, has_ended=True):
        """With a webhook."""
        now = datetime.now(UTC)
        job = await Job.create(
            user_id=user.id,
            credential_id=uuid4(),
            credential_kind="session",
            scopes=[],
            credential_expires_at=now,
            limit_key=uuid4(),
            address="192.0.2.1",
            model="held",
            input_bytes=0,
            turn=1,
            digest=b"",
            created_at=now,
            available_at=now,
            # Workers end what has expired, and that must not come before the webhook.
            expires_at=now + timedelta(hours=1),
        )
        host = url.split("/")[2].split(":")[0]
        await Webhook.create(job_id=job.id, user_id=user.id, url=url, host=host, failures=0, lost=0)
        if has_ended:
            await end(job.id)
        return job.id

    return make


async def end(job_id, state="SUCCEEDED", code=None):
    await Tortoise.get_connection("default").execute_query(
        "UPDATE jobs SET state = $2, code = $3, ended_at = clock_timestamp() WHERE id = $1", [job_id, state, code]
    )


async def webhook_of(job_id):
    return await Webhook.get(job_id=job_id)


async def tries_of(job_id):
    return await WebhookTry.filter(job_id=job_id).order_by("at")


async def pass_time(job_id):
    """As time does: what is due later, or claimed by a worker that died, is due now."""
    await Tortoise.get_connection("default").execute_query(
        "UPDATE webhooks SET next_at = least(next_at, clock_timestamp()), "
        "running_until = least(running_until, clock_timestamp()) WHERE job_id = $1",
        [job_id],
    )
