"""Asks a signed-in user for the password again, where a session that was left open is not enough."""

from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import callers
from access.callers import Caller
from access.credentials import Credential
from db.models.users import User
from db.postgres import as_service_unavailable
from resolvers import audit, sessions
from resolvers.audit import Action
from resolvers.tools import Tools


@dataclass(frozen=True, slots=True)
class Confirmed:
    """`user` is the row as it was when the password was verified."""

    credential: Credential
    user: User

    async def lock(self, tx: BaseDBAsyncClient) -> User:
        """The user's row, locked. Raises Unauthenticated if the session has ended or the password has changed since."""
        user = await sessions.lock_owner(tx, self.credential)
        if user.password_digest != self.user.password_digest:
            raise errors.Unauthenticated()
        return user


async def confirm(tools: Tools, caller: Caller, password: str, *, at: datetime) -> Confirmed:
    """Raises Unauthenticated, Forbidden, WrongPassword, TooManyAttempts, ServiceUnavailable."""
    credential = callers.require_session(caller)
    # Counted by session and not by address: attackers who use up the attempts of an address must not lock out a user
    # who is signed in.
    async with await tools.attempts.reserve(network=caller.network, account=f"session {credential.id}"):
        async with as_service_unavailable():
            user = await User.get_or_none(id=credential.user_id)
        verified = await tools.hasher.verify(password, user.password_digest if user else None)
        if user is None:
            raise errors.Unauthenticated()
        if not verified.ok:
            await audit.refused(Action.PASSWORD_REFUSED, user.id, caller, at=at)
            raise errors.WrongPassword()
    return Confirmed(credential, user)
