"""Users as they see themselves."""

from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import callers
from access.callers import Caller as Caller
from access.transactions import reached
from db.models.plans import Plan as Plan
from db.models.users import User as User


async def me(caller: Caller) -> User | None:
    """The signed-in user or the owner of the API token, with the plan; None for a visitor.

    Raises Forbidden for an API token without scope READ.
    """
    if caller.credential is None:
        return None
    credential = callers.require_reading(caller)
    async with reached():
        user = await User.filter(id=credential.user_id).select_related("plan").first()
    if user is None:
        raise errors.Unauthenticated()
    return user


async def lock(tx: BaseDBAsyncClient, **which: Any) -> User | None:
    """The user's row, for this transaction alone. Whatever ends credentials or changes the user locks it first."""
    return await User.filter(**which).using_db(tx).select_for_update().first()


def private(caller: Caller, user: User) -> User:
    """The same user, for what an API token may not see of its owner. Raises Forbidden."""
    callers.require_session(caller)
    return user
