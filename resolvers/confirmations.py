"""The password, asked again of somebody who is logged in: for some things a session, left open, is too little."""

from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import callers
from access.callers import Caller
from access.credentials import Credential
from access.transactions import reached
from db.models.users import User
from resolvers import audit, sessions
from resolvers.audit import Action
from resolvers.tools import Tools


@dataclass(frozen=True, slots=True)
class Confirmed:
    """`user` as they were when the password was verified."""

    credential: Credential
    user: User

    async def lock(self, tx: BaseDBAsyncClient) -> User:
        """The user's row, locked. Raises Unauthenticated where the session, or the password, has just ended."""
        user = await sessions.lock_owner(tx, self.credential)
        if user.password_digest != self.user.password_digest:
            raise errors.Unauthenticated()
        return user


async def confirm(tools: Tools, caller: Caller, password: str, *, at: datetime) -> Confirmed:
    """Raises Unauthenticated, Forbidden, WrongPassword, TooManyAttempts, ServiceUnavailable."""
    credential = callers.require_session(caller)
    # By session and not by address: strangers who use up the guesses at an address do not lock out who is logged in.
    async with await tools.guesses.reserve(network=caller.network, account=f"session {credential.id}"):
        async with reached():
            user = await User.get_or_none(id=credential.user_id)
        verified = await tools.hasher.verify(password, user.password_digest if user else None)
        if user is None:
            raise errors.Unauthenticated()
        if not verified.ok:
            await audit.refused(Action.PASSWORD_REFUSED, user.id, caller, at=at)
            raise errors.WrongPassword()
    return Confirmed(credential, user)
