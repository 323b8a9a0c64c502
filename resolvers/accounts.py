"""The signed-in user, and the lock on a user's row."""

from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import callers
from access.callers import Caller
from db.models.users import User
from db.postgres import as_service_unavailable
from db.rows import RowById

_USERS = RowById(User, "plan")


async def me(caller: Caller) -> User | None:
    """The signed-in user or the owner of the API token, with the plan; None for an anonymous caller.

    Raises Forbidden for an API token without scope READ.
    """
    if caller.credential is None:
        return None
    credential = callers.require_reading(caller)
    async with as_service_unavailable():
        user = await _USERS.find(credential.user_id)
    if user is None:
        raise errors.Unauthenticated()
    return user


async def lock(tx: BaseDBAsyncClient, **which: Any) -> User | None:
    """Locks the user's row for this transaction. All code that ends credentials or changes the user does so."""
    return await User.filter(**which).using_db(tx).select_for_update().first()


def private(caller: Caller, user: User) -> User:
    """The same user, for fields that only the user and administrators may read, and no API token.

    Raises Unauthenticated, Forbidden, NotFound.
    """
    callers.require_viewing(caller, user.id)
    return user
