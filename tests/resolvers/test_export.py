import json
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from tortoise import Tortoise

import errors
from db.models.api_tokens import ApiToken
from db.models.mail_codes import Purpose
from db.models.refusals import Refusal
from db.models.second_factors import RecoveryCode, SecondFactor
from db.models.sessions import Session
from db.models.usage import Usage, UsageDay
from db.models.users import User
from resolvers import export, sessions
from resolvers.downloads import Downloads
from tests.resolvers.accounts import ADDRESS, actions, issue, stored, token_of
from tests.resolvers.conftest import NOW, PASSWORD, mails
from tests.resolvers.interference import MeddlingHasher

HOUR = NOW.replace(minute=0, second=0)
SECRET = "sealed-and-nobodys"  # noqa: S105 - a test's own


@pytest.fixture
def take(tools, ada):
    async def run(*, password=PASSWORD, by=ada.caller, using=tools):
        return (await export.export(using, by, password, at=NOW)).json

    return run


@pytest.fixture
def download(tools, ada):
    """The whole file, as it is sent."""

    async def run():
        exported = await export.export(tools, ada.caller, PASSWORD, at=NOW)
        found = await Downloads().use(tools, exported.code)
        assert found is not None
        return "".join([piece async for piece in export.pieces(tools, found)])

    return run


async def spend(person, rows):
    for number in range(rows):
        await Usage.create(
            user_id=person.id, model="text", hour=HOUR - timedelta(hours=number), calls=1, failed=0, units=number,
            inference_ms=1.5,
        )  # fmt: skip


@pytest.fixture
async def token(ada, eve):
    """Ada has something of everything, Eve has as much."""
    for person in (eve, ada):
        await SecondFactor.create(user=person.user, sealed_secret=SECRET, created_at=NOW, confirmed_at=NOW)
        for number in range(3):
            await RecoveryCode.create(user=person.user, digest=f"{SECRET}{number}", used_at=NOW if number else None)
        await issue(person.id, Purpose.CHANGE_EMAIL, email=f"new-{person.user.email}")
        made = await token_of(person)
        await Usage.create(
            user_id=person.id, token_id=made.id, model="", hour=HOUR, calls=2, failed=1, units=3, inference_ms=4.5
        )
    return made


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
    """Whoever adds a column thinks of the people who take their data along."""
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


async def test_the_file_has_what_the_answer_has(take, download, token):
    given = [json.loads(text) for text in (await take(), await download())]

    for one in given:
        # Each export is an event, and so is in the later one.
        del one["exportedAt"], one["securityEvents"]
    assert given[0] == given[1]
    assert given[0]["usage"]
    assert given[0]["usageByDay"]


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 4, 7])
async def test_the_file_has_each_row_once_however_it_is_divided(download, ada, monkeypatch, rows):
    monkeypatch.setattr(export, "_ROWS_AT_ONCE", 2)
    await spend(ada, rows)

    given = json.loads(await download())

    assert [row["units"] for row in given["usage"]] == list(reversed(range(rows)))
    assert sum(row["units"] for row in given["usageByDay"]) == sum(range(rows))


async def test_too_much_usage_is_in_the_file_and_null_in_the_answer(take, download, ada, monkeypatch):
    monkeypatch.setattr(export, "MOST_ROWS", 5)
    await spend(ada, 4)

    short, whole = json.loads(await take()), json.loads(await download())

    # Four rows by the hour, and one or two by the day.
    assert (short["usage"], short["usageByDay"]) == (None, None)
    assert short["user"] == whole["user"]
    assert len(whole["usage"]) == 4
    assert sum(row["units"] for row in whole["usageByDay"]) == 6


@pytest.mark.parametrize("rows", [0, 1, 2, 5])
async def test_refusals_and_events_are_divided_too_and_count_for_the_answer(take, download, ada, monkeypatch, rows):
    monkeypatch.setattr(export, "_ROWS_AT_ONCE", 2)
    monkeypatch.setattr(export, "MOST_ROWS", 6)
    for number in range(rows):
        await Refusal.create(
            user=ada.user, model="", hour=HOUR, code=f"CODE_{number}", limit_window="", operation="", address="",
            count=1, at=NOW, message="-",
        )  # fmt: skip
    # Each is an event.
    answers = [json.loads(await take()) for _ in range(2)]
    whole = json.loads(await download())

    assert [row["code"] for row in whole["refusals"]] == [f"CODE_{number}" for number in range(rows)]
    assert [row["action"] for row in whole["securityEvents"]] == ["ACCOUNT_EXPORTED"] * 3
    assert len({row["id"] for row in whole["securityEvents"]}) == 3
    lists = ("usage", "usageByDay", "refusals", "securityEvents")
    for number, answer in enumerate(answers, 1):
        if rows + number < 6:
            assert [len(answer[name]) for name in lists] == [0, 0, rows, number]
        else:
            assert [answer[name] for name in lists] == [None] * 4


async def test_the_file_ends_with_the_session(tools, gate, ada, monkeypatch):
    monkeypatch.setattr(export, "_ROWS_AT_ONCE", 2)
    await spend(ada, 5)
    exported = await export.export(tools, ada.caller, PASSWORD, at=NOW)
    found = await Downloads().use(tools, exported.code)
    assert found is not None
    pieces = export.pieces(tools, found)
    begun = await anext(pieces) + await anext(pieces) + await anext(pieces)

    await sessions.logout(gate, ada.caller, at=NOW)

    with pytest.raises(errors.Unauthenticated):
        await anext(pieces)
    with pytest.raises(json.JSONDecodeError):
        json.loads(begun)
