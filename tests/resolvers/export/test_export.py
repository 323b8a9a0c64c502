import json
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from tortoise import Tortoise

import errors
from db.models.api_tokens import ApiToken
from db.models.jobs import Job
from db.models.sessions import Session
from db.models.usage import Usage, UsageDay
from db.models.users import User
from db.models.webhooks import Webhook, WebhookTry
from resolvers import sessions
from tests.resolvers.accounts import ADDRESS, actions, stored
from tests.resolvers.conftest import NOW, mails
from tests.resolvers.export.conftest import HOUR, SECRET
from tests.resolvers.interference import MeddlingHasher


def written(at):
    return at.isoformat()


async def test_the_export_has_all_stored_data_and_no_secret(take, token, ada, eve):
    text = await take(by=replace(ada.caller, address="192.0.2.7"))

    given = json.loads(text)
    (event,) = given.pop("securityEvents")
    assert event.pop("id")
    assert event == {
        "at": written(NOW), "action": "ACCOUNT_EXPORTED", "actorKind": "SELF", "subject": None,
        "ipAddress": "192.0.2.7", "userAgent": "tests", "detail": None, "before": None, "after": None,
    }  # fmt: skip
    assert given == {
        "exportedAt": written(NOW),
        "user": {
            "id": str(ada.id), "email": ADDRESS, "emailVerifiedAt": written(NOW), "displayName": None, "locale": "en",
            "role": "USER", "plan": "free", "createdAt": written(NOW), "suspendedAt": None,
        },
        "twoFactor": {"offeredAt": written(NOW), "enabledAt": written(NOW), "recoveryCodesLeft": 1},
        "webhookSecret": {"createdAt": written(NOW), "previousEndsAt": None},
        "sessions": [{
            "id": str(ada.caller.credential.id), "createdAt": written(NOW), "lastUsedAt": written(NOW),
            "expiresAt": written(NOW + timedelta(days=14)), "revokedAt": None, "ipAddress": None, "userAgent": None,
        }],
        "apiTokens": [{
            "id": str(token.id), "name": "ci", "hint": "abcdef", "scopes": ["INFER"], "models": None,
            "unitsPerMinute": None, "createdAt": written(NOW), "expiresAt": written(NOW + timedelta(days=1)),
            "revokedAt": None, "deletedAt": None, "allowedNetworks": None, "replacedBy": None,
            "rotatedFirstFrom": None, "remindedDays": None, "remindedAt": None, "lastUsedAt": None,
            "lastUsedIpAddress": None,
        }],
        "refusals": [],
        "jobs": [],
        "codes": [{
            "purpose": "CHANGE_EMAIL", "email": f"new-{ADDRESS}", "createdAt": written(NOW),
            "expiresAt": written(NOW + timedelta(hours=1)), "endedAt": None,
        }],
        "usage": [{
            "start": written(HOUR), "apiToken": str(token.id), "model": None, "calls": 2, "failed": 1, "units": 3,
            "inferenceMs": 4.5,
        }],
        "usageByDay": [{
            "start": str(HOUR.date()), "apiToken": str(token.id), "model": None, "calls": 2, "failed": 1, "units": 3,
            "inferenceMs": 4.5,
        }],
    }  # fmt: skip
    assert SECRET not in text
    assert "digest" not in text.lower()
    assert "eve@" not in text
    assert await actions(ada.id) == ["ACCOUNT_EXPORTED"]
    assert await mails() == []


async def test_what_there_is_none_of_is_empty(take, ada):
    given = json.loads(await take())

    assert [given[name] for name in ("apiTokens", "codes", "usage", "usageByDay", "twoFactor")] == [
        [],
        [],
        [],
        [],
        None,
    ]


async def test_it_holds_every_column_that_is_stored_but_secrets(take, token):
    """It fails for a new column until the export has it."""
    given = json.loads(await take())
    models = {"user": User, "sessions": Session, "apiTokens": ApiToken, "usage": Usage, "usageByDay": UsageDay}
    left_out = {"passwordDigest", "planId", "userId"}
    renamed = {"hour": "start", "day": "start", "tokenId": "apiToken"}
    renamed |= {"replacedById": "replacedBy", "firstId": "rotatedFirstFrom"}

    for name, model in models.items():
        columns = {_camel(column) for column in model._meta.db_fields} - left_out
        (found,) = given[name] if isinstance(given[name], list) else [given[name]]
        wanted = {renamed.get(column, column) for column in columns}
        assert wanted - found.keys() == ({"id"} if model in (Usage, UsageDay) else set())


def _camel(name):
    head, *rest = name.split("_")
    return head + "".join(map(str.capitalize, rest))


async def test_a_year_of_hours_is_no_matter(take, ada):
    await Tortoise.get_connection("default").execute_query(
        "INSERT INTO usage (user_id, model, hour, calls, failed, units, inference_ms) "
        "SELECT $1, 'text', $2::timestamptz - number * interval '1 hour', 1, 0, 1, 1.5 "
        "FROM generate_series(1, 8760) AS number",
        [ada.id, HOUR],
    )
    # Of the processor, for which other processes compete without changing it. A query an hour would take more.
    started = time.process_time()

    given = json.loads(await take())

    used = time.process_time() - started

    assert len(given["usage"]) == 8760
    assert given["usage"][-1]["start"] == written(HOUR - timedelta(hours=1))
    assert used < 2


async def test_after_ten_wrong_passwords_the_right_one_is_refused_and_nothing_hashed(take, ada, hasher):
    for _ in range(10):
        with pytest.raises(errors.WrongPassword):
            await take(password="wrong")  # noqa: S106 - a wrong one
    before, computed = await stored(), hasher.computed

    with pytest.raises(errors.TooManyAttempts):
        await take()

    assert (await stored(), hasher.computed) == (before, computed)


async def test_right_passwords_are_given_back(take, ada):
    for _ in range(11):
        await take()

    assert await actions(ada.id) == ["ACCOUNT_EXPORTED"] * 11


async def test_a_session_that_ends_while_the_password_is_verified_takes_nothing(take, tools, gate, ada):
    async def log_out():
        await sessions.logout(gate, ada.caller, at=NOW)

    slow = MeddlingHasher(log_out)

    with pytest.raises(errors.Unauthenticated):
        await take(using=replace(tools, hasher=slow))

    assert await actions(ada.id) == ["LOGGED_OUT"]
    slow.close()


async def test_it_takes_a_session(take, ada, visitor):
    with pytest.raises(errors.Forbidden):
        await take(by=ada.by_token("INFER", "READ"))
    with pytest.raises(errors.Unauthenticated):
        await take(by=visitor)

    assert await actions(ada.id) == []


async def test_the_export_has_webhooks_with_their_tries(take, ada):
    job = await Job.create(
        user_id=ada.id,
        credential_id=ada.caller.credential.id,
        credential_kind="session",
        scopes=[],
        limit_key=ada.caller.credential.id,
        address="192.0.2.7",
        model="held",
        input_bytes=0,
        turn=1,
        digest=b"",
        credential_expires_at=NOW,
        created_at=NOW,
        available_at=NOW,
        expires_at=NOW,
        ended_at=NOW,
    )
    await Webhook.create(job_id=job.id, user_id=ada.id, url="https://hooks.example.org/", host="-", failures=1, lost=0)
    await WebhookTry.create(id=job.id, job_id=job.id, at=NOW, status=500, error="No.", milliseconds=7)

    (given,) = json.loads(await take())["jobs"]

    assert given["webhook"] == {
        "url": "https://hooks.example.org/",
        "state": "PENDING",
        "nextAt": None,
        "tries": [{"at": written(NOW), "status": 500, "error": "No.", "milliseconds": 7}],
    }
