"""Resets a forgotten password with a code from an email to the user's address.

Callers learn nothing about an address: answers and their duration are the same whether or not it has an account.
docs/decisions/0015-account-changes.md describes what a reset ends and what it keeps.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import mail_codes
from access.callers import Caller
from db.models.mail_codes import Purpose
from db.models.users import User
from db.postgres import transaction
from email_templates import outbox
from email_templates.templates import Template
from resolvers import accounts, audit, emails, left_addresses, mail_limits, password_changes
from resolvers.audit import Action
from resolvers.mail_limits import Cause
from resolvers.timing import minimum_duration
from resolvers.tools import Tools
from settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """`device` is the cookie by which this browser is recognised from now on; it is not stored."""

    at: datetime
    device: str


async def request(tools: Tools, caller: Caller, email: str, *, at: datetime) -> str:
    """Sends a code, which ends the former one. Raises InvalidInput, TooManyAttempts, ServiceUnavailable."""
    address = emails.normalise(email, path=("email",))
    async with minimum_duration():
        await mail_limits.spend(tools, Cause.RESET, address, caller)
        await _send_code(tools.settings, address, caller, at=at)
    return address


async def reset(tools: Tools, caller: Caller, *, code: str, new_password: str, at: datetime) -> Reset:
    """Ends all sessions of the user and does not log in. The code stays valid if the new password is refused.

    Raises CodeRefused, InvalidInput, TooManyAttempts, ServiceUnavailable.
    """
    async with await tools.attempts.reserve_code(network=caller.network):
        # Before the password is hashed: a caller without a valid code costs one read only.
        owner = await _owner(code, at=at)
        if problems := password_changes.check(tools, new_password, owner):
            raise errors.InvalidInput(problems)
        digest = await tools.hasher.hash(new_password)
        async with transaction() as tx:
            user = await accounts.lock(tx, id=owner.id)
            await mail_codes.consume(tx, code, Purpose.RESET_PASSWORD, at=at)
            if user is None or user.suspended_at is not None:
                raise errors.CodeRefused()
            await _verify(tx, tools, user, caller, at=at)
            action = Action.PASSWORD_RESET
            ended = await password_changes.put(tx, user, digest=digest, action=action, caller=caller, at=at)
        # The answer waits until no process accepts the sessions any more.
        await tools.gate.confirm_all(user.id, ended)
    return Reset(at=at, device=tools.devices.issue(user.email, at=at))


async def _send_code(settings: Settings, address: str, caller: Caller, *, at: datetime) -> None:
    async with transaction() as tx:
        user = await accounts.lock(tx, email=address)
        if user is None:
            return
        await audit.record(tx, Action.PASSWORD_RESET_REQUESTED, user.id, caller, at=at)
        if user.suspended_at is not None:
            return
        await mail_codes.end(tx, user.id, Purpose.RESET_PASSWORD, at=at)
        lifetime = settings.reset_lifetime
        code = await mail_codes.issue(tx, user.id, Purpose.RESET_PASSWORD, at=at, lifetime=lifetime)
        context = {"code": code, "minutes": str(lifetime // timedelta(minutes=1))}
        await outbox.enqueue(tx, Template.RESET_PASSWORD, to=user.email, locale=user.locale, context=context)


async def _owner(code: str, *, at: datetime) -> User:
    """The user of the code. Raises CodeRefused for a code that is not valid, or whose user is suspended."""
    async with transaction() as tx:
        user_id = await mail_codes.check(tx, code, Purpose.RESET_PASSWORD, at=at)
        user = await User.get_or_none(id=user_id, suspended_at=None, using_db=tx)
    if user is None:
        raise errors.CodeRefused()
    return user


async def _verify(tx: BaseDBAsyncClient, tools: Tools, user: User, caller: Caller, *, at: datetime) -> None:
    """The reader of the email owns the address. Someone else may have registered it, so the display name is cleared."""
    if user.email_verified_at is not None:
        return
    user.email_verified_at = at
    user.display_name = None
    await user.save(using_db=tx, update_fields=["email_verified_at", "display_name"])
    await left_addresses.follow(tx, tools, user.email, user.id)
    await audit.record(tx, Action.EMAIL_VERIFIED, user.id, caller, at=at)
