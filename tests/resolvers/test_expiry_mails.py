"""Emails about API tokens that expire soon."""

import asyncio
from datetime import timedelta

import pytest
from tortoise import Tortoise

from db import cleaning
from db.models.api_tokens import ApiToken
from db.models.plans import Plan
from db.models.users import User
from email_templates import outbox
from inference.server import ModelServer
from resolvers import api_tokens, expiry_mails, instants, token_rotation
from resolvers.token_rotation import Rotation
from tests.resolvers.conftest import mails

DAY = timedelta(days=1)
_LATER = """UPDATE api_tokens SET created_at = created_at - $1::interval, expires_at = expires_at - $1::interval,
    last_used_at = last_used_at - $1::interval, reminded_at = reminded_at - $1::interval"""


@pytest.fixture
async def make(create, ada):
    """An API token that was made just now. The end of the plan's lifetime does not matter here."""
    await Plan.filter(name="free").update(max_token_lifetime=timedelta(days=365))

    async def run(name="ci", *, days, by=ada):
        created = await create(by, name, at=await cleaning.now(), expires_in=days * DAY)
        return created.token

    return run


async def later(time):
    """As if so much time had passed."""
    await Tortoise.get_connection("default").execute_query(_LATER, [time])


async def lines():
    """What the queued emails say of the tokens, by recipient, in their order."""
    return [(mail["to"].partition("@")[0], mail["context"]["tokens"].split("\n")) for mail in await mails()]


async def names():
    return [[line.partition(" ")[0] for line in told] for _, told in await lines()]


async def days_with_mails(days):
    """Asks ten times a day, and returns how many days had passed at each email."""
    found = []
    for tenth in range(days * 10):
        found += [tenth / 10] * await expiry_mails.send()
        await later(DAY / 10)
    return found


async def test_a_token_has_three_mails(make):
    token = await make(days=33)

    assert await days_with_mails(34) == pytest.approx([3.0, 26.0, 32.0], abs=0.11)

    (mail, *_) = await mails()
    assert (mail["template"], mail["to"], mail["locale"]) == ("api_tokens_expire", "ada@example.org", "en")
    assert await names() == [["ci"]] * 3
    assert {line.partition("): ")[0] for _, told in await lines() for line in told} == {f"ci (...{token.hint}"}


async def test_the_mail_says_when_each_token_ends_in_the_language_of_its_owner(make, ada):
    await User.filter(id=ada.id).update(locale="ja")
    token = await make("nightly. import", days=40)
    await later(12 * DAY)
    ends = (await ApiToken.get(id=token.id)).expires_at

    assert await expiry_mails.send() == 1

    (mail,) = await mails()
    assert mail["locale"] == "ja"
    assert mail["context"] == {"tokens": f"nightly  import (...{token.hint}): {instants.written(ends)}"}


@pytest.mark.parametrize(
    ("days", "expected"),
    [(1, []), (2, [1.0]), (7, [6.0]), (8, [1.0, 7.0]), (30, [23.0, 29.0]), (31, [1.0, 24.0, 30.0])],
)
async def test_no_mail_says_what_was_known_when_the_token_was_made(make, days, expected):
    await make(days=days)

    assert await days_with_mails(days + 1) == pytest.approx(expected, abs=0.11)


async def test_several_tokens_are_in_one_mail_and_those_that_are_due_tomorrow_too(make, eve):
    for name, days in (("later", 40), ("tomorrow", 34), ("due", 32), ("soon", 10)):
        await make(name, days=days)
    await make("hers", days=33, by=eve)

    await later(3.1 * DAY)
    # "soon" has less than 7 days left, "due" less than 29, and "tomorrow" will have less than 30.
    assert await expiry_mails.send() == 2

    assert sorted(await lines())[0][0] == "ada"
    assert sorted(await names(), key=len) == [["hers"], ["soon", "due", "tomorrow"]]
    await later(DAY / 2)
    assert await expiry_mails.send() == 0


async def test_a_user_has_one_mail_a_day_and_what_became_due_meanwhile_has_it_next(make):
    await make("first", days=31)
    await later(1.5 * DAY)
    assert await expiry_mails.send() == 1
    await make("second", days=32)
    # As if it had been made long ago, and is due an hour later.
    await ApiToken.filter(name="second").update(expires_at=await cleaning.now() + 6.5 * DAY)

    await later(timedelta(hours=23))
    assert await expiry_mails.send() == 0

    await later(timedelta(hours=2))
    assert await expiry_mails.send() == 1
    assert await names() == [["first"], ["second"]]


async def test_there_is_none_for_a_token_that_nobody_uses_or_that_has_ended(make, tools, ada, gate):
    for name in ("unused", "used", "never", "revoked", "deleted", "rotated"):
        await make(name, days=31)
    now = await cleaning.now()
    await ApiToken.filter(name="unused").update(last_used_at=now - 31 * DAY)
    await ApiToken.filter(name="used").update(last_used_at=now - 27 * DAY)
    tokens = {token.name: token.id for token in await ApiToken.all()}
    await api_tokens.revoke(gate, ada.caller, tokens["revoked"], at=now)
    await api_tokens.delete(gate, ada.caller, tokens["deleted"], at=now)
    asked = Rotation(expires_in=100 * DAY, keep_old_for=7 * DAY)
    await token_rotation.rotate(tools, ModelServer(tools.settings), ada.caller, tokens["rotated"], asked, at=now)
    await later(1.5 * DAY)

    assert await expiry_mails.send() == 1

    assert [sorted(told) for told in await names()] == [["never", "used"]]


async def test_there_is_none_for_a_suspended_user_and_none_after_the_end(make, ada, eve):
    await make("suspended", days=31)
    await make("ended", days=31, by=eve)
    await User.filter(id=ada.id).update(suspended_at=await cleaning.now())
    await later(2 * DAY)
    await ApiToken.filter(name="ended").update(expires_at=await cleaning.now())

    assert await expiry_mails.send() == 0

    assert await mails() == []


async def test_of_many_workers_at_once_one_queues_it(make, new_person):
    people = [await new_person(f"{number}@example.org") for number in range(4)]
    for person in people:
        await make(days=31, by=person)
    await later(2 * DAY)

    assert sum(await asyncio.gather(*(expiry_mails.send() for _ in range(5)))) == 4

    assert sorted(to for to, _ in await lines()) == ["0", "1", "2", "3"]


async def test_a_worker_that_dies_before_the_commit_leaves_it_to_the_next(make, monkeypatch):
    await make(days=31)
    await later(2 * DAY)
    save = ApiToken.save

    async def dies(*_, **__):
        raise asyncio.CancelledError

    monkeypatch.setattr(ApiToken, "save", dies)
    with pytest.raises(asyncio.CancelledError):
        await expiry_mails.send()
    assert await mails() == []

    monkeypatch.setattr(ApiToken, "save", save)
    assert [await expiry_mails.send() for _ in range(3)] == [1, 0, 0]


async def test_one_that_fails_does_not_stop_the_others(make, new_person, monkeypatch):
    monkeypatch.setattr(expiry_mails, "AT_ONCE", 2)
    people = [await new_person(f"{number}@example.org") for number in range(5)]
    for person in people:
        await make(days=31, by=person)
    await later(2 * DAY)
    enqueue = outbox.enqueue

    async def fails(tx, template, *, to, locale, context):
        if to == "2@example.org":
            raise RuntimeError("broken")
        await enqueue(tx, template, to=to, locale=locale, context=context)

    monkeypatch.setattr(outbox, "enqueue", fails)
    with pytest.raises(RuntimeError, match="broken"):
        await expiry_mails.send()

    assert sorted(to for to, _ in await lines()) == ["0", "1", "3", "4"]
    monkeypatch.setattr(outbox, "enqueue", enqueue)
    assert await expiry_mails.send() == 1


@pytest.mark.parametrize(("days", "expected"), [(1, 0), (7, 0), (90, 1)])
async def test_tokens_of_the_previous_version_are_told_by_their_lifetime(make, days, expected):
    await make(days=days)
    await ApiToken.all().update(reminded_days=None)
    await later((days - 0.5) * DAY if days == 1 else max(0.0, days - 6.5) * DAY)

    assert await expiry_mails.send() == expected
