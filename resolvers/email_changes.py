"""Changes a user's address, once a code from an email to the new one was used. The former one gets one at both steps.

Callers cannot find out whether an address has an account: answers and their duration are the same.
"""

from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError

import errors
from access import mail_codes
from access.callers import Caller
from db.models.mail_codes import Purpose
from db.models.users import User
from db.postgres import transaction
from email_templates import outbox
from email_templates.templates import Template
from resolvers import accounts, audit, emails, instants, left_addresses, logins, mail_limits
from resolvers.audit import Action
from resolvers.confirmations import Confirmed
from resolvers.confirmations import confirm as confirm_password
from resolvers.mail_limits import Cause
from resolvers.timing import minimum_duration
from resolvers.tools import Tools

_PATH = ("newEmail",)
_TRIES = 3


async def request(tools: Tools, caller: Caller, *, new_email: str, password: str, at: datetime) -> str:
    """Sends a code to the new address, which ends the former code, and returns that address.

    Raises Unauthenticated, Forbidden, WrongPassword, InvalidInput, TooManyAttempts, ServiceUnavailable.
    """
    confirmed = await confirm_password(tools, caller, password, at=at)
    address = emails.admit(new_email, tools.settings, path=_PATH)
    if address == confirmed.user.email:
        raise errors.InvalidInput(
            [errors.Problem(_PATH, "UNCHANGED", "This is already your address. Enter another one.")]
        )
    async with minimum_duration():
        await mail_limits.spend(tools, Cause.CHANGE_EMAIL, address, caller)
        await _send_mails(tools, confirmed, address, caller, at=at)
    return address


async def confirm(tools: Tools, caller: Caller, code: str, *, at: datetime) -> str:
    """Returns the new address. Needs no session: the email may be read in another browser.

    Raises CodeRefused, also if the address belongs to a verified user by now, TooManyAttempts, ServiceUnavailable.
    """
    async with await tools.attempts.reserve_code(network=caller.network):
        for _ in range(_TRIES):
            try:
                return await _move(tools, code, caller, at=at)
            except IntegrityError:
                # The address was taken between the check and the write. The next try checks who took it: perhaps a
                # caller who only registered it.
                continue
        raise errors.CodeRefused()


async def _send_mails(tools: Tools, confirmed: Confirmed, address: str, caller: Caller, *, at: datetime) -> None:
    async with transaction() as tx:
        user = await confirmed.lock(tx)
        await mail_codes.end(tx, user.id, Purpose.CHANGE_EMAIL, at=at)
        taken = await User.filter(email=address, email_verified_at__isnull=False).using_db(tx).first()
        if taken is None:
            await _send_code(tx, tools, user, address, at=at)
        else:
            await outbox.enqueue(tx, Template.ALREADY_REGISTERED, to=address, locale=taken.locale, context={})
        context = {"new_email": address, "at": instants.written(at), "address": caller.address}
        await outbox.enqueue(tx, Template.EMAIL_CHANGE_REQUESTED, to=user.email, locale=user.locale, context=context)
        await audit.record(tx, Action.EMAIL_CHANGE_REQUESTED, user.id, caller, at=at, subject=address)


async def _send_code(tx: BaseDBAsyncClient, tools: Tools, user: User, address: str, *, at: datetime) -> None:
    lifetime = tools.settings.verification_lifetime
    code = await mail_codes.issue(tx, user.id, Purpose.CHANGE_EMAIL, at=at, lifetime=lifetime, email=address)
    context = {"code": code, "hours": str(lifetime // timedelta(hours=1))}
    await outbox.enqueue(tx, Template.CONFIRM_EMAIL_CHANGE, to=address, locale=user.locale, context=context)


async def _move(tools: Tools, code: str, caller: Caller, *, at: datetime) -> str:
    async with transaction() as tx:
        user = await accounts.lock(tx, id=await mail_codes.owner(tx, code, Purpose.CHANGE_EMAIL))
        address = (await mail_codes.consume(tx, code, Purpose.CHANGE_EMAIL, at=at)).email
        if user is None or not logins.may_log_in(user) or address is None:
            raise errors.CodeRefused()
        # A user who only registered the address has not proved to own it; this user has.
        await User.filter(email=address, email_verified_at=None).using_db(tx).delete()
        if await User.filter(email=address).using_db(tx).exists():
            raise errors.CodeRefused()
        former, user.email, user.email_verified_at = user.email, address, at
        await user.save(using_db=tx, update_fields=["email", "email_verified_at"])
        # Otherwise two mailboxes would be enough to start the limits at zero again and again.
        await left_addresses.leave(tx, tools, former, user.id)
        # Else a code that was sent to the former address could still reset the password.
        await mail_codes.end(tx, user.id, at=at)
        context = {"new_email": address, "at": instants.written(at)}
        await outbox.enqueue(tx, Template.EMAIL_CHANGED, to=former, locale=user.locale, context=context)
        await audit.record(tx, Action.EMAIL_CHANGED, user.id, caller, at=at, subject=address)
    return address
