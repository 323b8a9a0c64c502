import asyncio
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from tortoise import Tortoise
from tortoise.transactions import in_transaction

import errors
from access import mail_codes
from access.mail_codes import Grant
from db.models.mail_codes import MailCode, Purpose
from db.models.plans import Plan
from db.models.users import User

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIFETIME = timedelta(hours=24)
VERIFY = Purpose.VERIFY_EMAIL


@pytest.fixture
async def ada(migrated):
    plan = await Plan.create(
        name="free",
        units_per_minute=1,
        units_per_day=1,
        concurrent_requests=1,
        max_api_tokens=1,
        max_token_lifetime=LIFETIME,
    )
    return await User.create(id=uuid4(), email="ada@example.org", password_digest="-", plan=plan)  # noqa: S106 - none


async def issue(user, **registration):
    async with in_transaction() as tx:
        return await mail_codes.issue(tx, user.id, VERIFY, at=NOW, lifetime=LIFETIME, registration=registration)


async def consume(code, at=NOW):
    async with in_transaction() as tx:
        return await mail_codes.consume(tx, code, VERIFY, at=at)


async def test_a_code_has_160_bits_and_only_its_digest_is_stored(ada):
    code = await issue(ada)

    assert re.fullmatch(r"([A-Z2-7]{4}-){7}[A-Z2-7]{4}", code)
    (stored,) = await MailCode.all().values()
    assert re.fullmatch(r"[0-9a-f]{64}", stored["digest"])
    assert code.replace("-", "") not in repr(stored)
    assert await issue(ada) != code


@pytest.mark.parametrize("typed", [str, str.lower, lambda code: code.replace("-", ""), lambda code: f"  {code}\n"])
async def test_a_code_works_once_however_it_is_typed(ada, typed):
    code = typed(await issue(ada, locale="de"))

    assert (await consume(code)).registration == {"locale": "de"}
    with pytest.raises(errors.CodeRefused):
        await consume(code)


async def test_of_fifty_who_use_a_code_at_once_one_does(ada):
    code = await issue(ada)

    answers = await asyncio.gather(*(consume(code) for _ in range(50)), return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["CodeRefused"] * 49 + ["Grant"]


async def test_a_code_expires(ada):
    code, other = await issue(ada), await issue(ada)

    assert await consume(code, at=NOW + LIFETIME - timedelta(microseconds=1)) == Grant(registration={}, email=None)
    with pytest.raises(errors.CodeRefused):
        await consume(other, at=NOW + LIFETIME)


async def test_a_code_is_for_its_purpose_alone(ada):
    code = await issue(ada)
    await Tortoise.get_connection("default").execute_script("UPDATE mail_codes SET purpose = 'OTHER'")

    with pytest.raises(errors.CodeRefused):
        await consume(code)
    assert await MailCode.filter(ended_at=None).count() == 1


async def test_ended_codes_are_refused(ada):
    code = await issue(ada)
    async with in_transaction() as tx:
        await mail_codes.end(tx, ada.id, VERIFY, at=NOW)

    with pytest.raises(errors.CodeRefused):
        await consume(code)


async def test_one_purpose_or_all_are_ended(ada):
    async def live():
        return {one.purpose for one in await MailCode.filter(ended_at=None)}

    async with in_transaction() as tx:
        for purpose in Purpose:
            await mail_codes.issue(tx, ada.id, purpose, at=NOW, lifetime=LIFETIME)
        await mail_codes.end(tx, ada.id, VERIFY, Purpose.RESET_PASSWORD, at=NOW)
    assert await live() == {Purpose.CHANGE_EMAIL, Purpose.SECOND_FACTOR}

    async with in_transaction() as tx:
        await mail_codes.end(tx, ada.id, at=NOW)
    assert await live() == set()


async def test_looking_at_a_code_does_not_use_it(ada):
    code = await issue(ada)

    async with in_transaction() as tx:
        assert await mail_codes.check(tx, code, VERIFY, at=NOW) == ada.id
        for wrong in ((code, Purpose.RESET_PASSWORD, NOW), (code, VERIFY, NOW + LIFETIME), ("A" * 32, VERIFY, NOW)):
            with pytest.raises(errors.CodeRefused):
                await mail_codes.check(tx, wrong[0], wrong[1], at=wrong[2])

    await consume(code)


@pytest.mark.parametrize(
    "text", ["", "A" * 31, "A" * 33, "1" * 32, "\0" * 32, "é" * 32, "\u0131" * 40, "A" * 10_000_000]
)
async def test_what_is_no_code_is_refused(ada, text):
    with pytest.raises(errors.CodeRefused):
        await consume(text)
    async with in_transaction() as tx:
        with pytest.raises(errors.CodeRefused):
            await mail_codes.owner(tx, text, VERIFY)
