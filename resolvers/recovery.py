"""A password that is forgotten: a code from a mail to the user's address sets another.

Strangers learn nothing about an address: the answers are the same, after the same time, whether or not it is known.
docs/decisions/0015-account-changes.md says what a reset ends and what it leaves alone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import codes
from access.callers import Caller
from access.transactions import transaction
from db.models.mail_codes import Purpose
from db.models.users import User
from email_templates import outbox
from email_templates.texts import Template
from resolvers import accounts, audit, emails, left_addresses, mail_limits, password_changes
from resolvers.audit import Action
from resolvers.mail_limits import Cause
from resolvers.pace import steadily
from resolvers.tools import Tools
from settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """`device` is the cookie by which this browser is known from now on; it is not stored."""

    at: datetime
    device: str


async def request(tools: Tools, caller: Caller, email: str, *, at: datetime) -> str:
    """Has a code sent, which ends the one before it. Raises InvalidInput, TooManyAttempts, ServiceUnavailable."""
    address = emails.normalise(email, path=("email",))
    async with steadily():
        await mail_limits.spend(tools, Cause.RESET, address, caller)
        await _send_code(tools.settings, address, caller, at=at)
    return address


async def reset(tools: Tools, caller: Caller, *, code: str, new_password: str, at: datetime) -> Reset:
    """Ends every session of the user's, and is no login. The code stays usable where the password is refused.

    Raises CodeRefused, InvalidInput, TooManyAttempts, ServiceUnavailable.
    """
    async with await tools.guesses.reserve_code(network=caller.network):
        device = await _reset(tools, caller, code, new_password, at=at)
    return Reset(at=at, device=device)


async def _send_code(settings: Settings, address: str, caller: Caller, *, at: datetime) -> None:
    async with transaction() as tx:
        user = await accounts.lock(tx, email=address)
        if user is None:
            return
        await audit.record(tx, Action.PASSWORD_RESET_REQUESTED, user.id, caller, at=at)
        if user.suspended_at is not None:
            return
        await codes.end(tx, user.id, Purpose.RESET_PASSWORD, at=at)
        lifetime = settings.reset_lifetime
        code = await codes.issue(tx, user.id, Purpose.RESET_PASSWORD, at=at, lifetime=lifetime)
        context = {"code": code, "minutes": str(lifetime // timedelta(minutes=1))}
        await outbox.enqueue(tx, Template.RESET_PASSWORD, to=user.email, locale=user.locale, context=context)


async def _reset(tools: Tools, caller: Caller, code: str, new_password: str, *, at: datetime) -> str:
    # Before anything is hashed: whoever has no code costs no more than a look.
    owner = await _owner(code, at=at)
    if problems := password_changes.check(tools, new_password, owner):
        raise errors.InvalidInput(problems)
    digest = await tools.hasher.hash(new_password)
    async with transaction() as tx:
        user = await accounts.lock(tx, id=owner.id)
        await codes.consume(tx, code, Purpose.RESET_PASSWORD, at=at)
        if user is None or user.suspended_at is not None:
            raise errors.CodeRefused()
        await _verify(tx, tools, user, caller, at=at)
        ended = await password_changes.put(tx, user, digest=digest, action=Action.PASSWORD_RESET, caller=caller, at=at)
    # Nothing is acknowledged before no process accepts the sessions any more.
    await tools.gate.confirm_all(user.id, ended)
    return tools.devices.issue(user.email, at=at)


async def _owner(code: str, *, at: datetime) -> User:
    """Raises CodeRefused for a code that cannot be used, now or by this user."""
    async with transaction() as tx:
        user_id = await codes.check(tx, code, Purpose.RESET_PASSWORD, at=at)
        user = await User.get_or_none(id=user_id, suspended_at=None, using_db=tx)
    if user is None:
        raise errors.CodeRefused()
    return user


async def _verify(tx: BaseDBAsyncClient, tools: Tools, user: User, caller: Caller, *, at: datetime) -> None:
    """Whoever has read the mail owns the address; who registered it may have been somebody else."""
    if user.email_verified_at is not None:
        return
    user.email_verified_at = at
    user.display_name = None
    await user.save(using_db=tx, update_fields=["email_verified_at", "display_name"])
    await left_addresses.follow(tx, tools, user.email, user.id)
    await audit.record(tx, Action.EMAIL_VERIFIED, user.id, caller, at=at)
