"""The file of an export, which is written in pieces."""

import json
from datetime import timedelta

import pytest

import errors
from db.models.refusals import Refusal
from db.models.usage import Usage
from resolvers import export, sessions
from resolvers.downloads import Downloads
from tests.resolvers.conftest import NOW, PASSWORD
from tests.resolvers.export.conftest import HOUR


async def spend(person, rows):
    for number in range(rows):
        await Usage.create(
            user_id=person.id, model="text", hour=HOUR - timedelta(hours=number), calls=1, failed=0, units=number,
            inference_ms=1.5,
        )  # fmt: skip


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
    monkeypatch.setattr(export, "ROWS_AT_ONCE", 2)
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
    monkeypatch.setattr(export, "ROWS_AT_ONCE", 2)
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
    monkeypatch.setattr(export, "ROWS_AT_ONCE", 2)
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
