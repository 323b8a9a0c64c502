"""A row whose SQL is written once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tortoise.models import Model
from tortoise.transactions import in_transaction

from db.models.plans import Plan
from db.models.users import User
from db.rows import RowById

pytestmark = pytest.mark.usefixtures("migrated")

USERS = RowById(User, "plan")


async def person(name: str) -> User:
    plan = await Plan.create(
        name=name,
        units_per_minute=1,
        units_per_day=2,
        concurrent_requests=3,
        max_api_tokens=4,
        max_token_lifetime=timedelta(days=5),
        models=["hidden"],
    )
    return await User.create(email=f"{name}@example.com", password_digest="-", plan=plan)  # noqa: S106 - no login


def columns(row: Model) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row._meta.db_fields}


async def test_the_row_is_the_one_that_tortoise_reads():
    for user in (await person("ada"), await person("bob")):
        found, read = await USERS.find(user.id), await User.get(id=user.id).select_related("plan")

        assert found is not None
        assert columns(found) == columns(read)
        assert columns(found.plan) == columns(read.plan)
        assert found.plan.models == ["hidden"]


async def test_a_row_that_is_not_there_is_none():
    await person("ada")

    assert await USERS.find(uuid4()) is None


async def test_a_row_is_read_in_the_transaction_that_is_open():
    user = await person("ada")

    async with in_transaction():
        await User.filter(id=user.id).update(locale="ja")
        found = await USERS.find(user.id)

    assert found is not None
    assert found.locale == "ja"
