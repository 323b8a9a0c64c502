"""Registration: a user owns an address once a code from an email to it was used.

Callers learn nothing about an address: answers and work are the same whether or not it has an account.
docs/decisions/0012-registration.md describes whose password becomes valid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import mail_codes, password_rules
from access.callers import Caller
from db.models.mail_codes import MailCode, Purpose
from db.models.users import User
from db.postgres import transaction
from email_templates import outbox
from email_templates.templates import Template
from limits.attempts import Reservation
from resolvers import accounts, audit, emails, left_addresses, mail_limits, profiles
from resolvers.audit import Action
from resolvers.mail_limits import Cause
from resolvers.plans import FREE
from resolvers.timing import minimum_duration
from resolvers.tools import Tools
from settings import Settings

# This locks the row whether or not it existed. A separate SELECT could come after the row was deleted.
_INSERT = """
INSERT INTO users (id, email, password_digest, display_name, locale, role, plan_id, created_at)
SELECT gen_random_uuid(), $1, $2, $3, $4, 'USER', plans.id, $5 FROM plans WHERE plans.name = $6
ON CONFLICT (email) DO UPDATE SET email = excluded.email
RETURNING id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """The input of a registration. None: left out."""

    email: str
    password: str
    display_name: str | None = None
    locale: str | None = None


async def register(tools: Tools, caller: Caller, given: Registration, *, arrived_at: datetime, at: datetime) -> str:
    """Sends an email, one for all overlapping registrations of an address, and returns the address.

    Raises InvalidInput, TooManyAttempts, ServiceUnavailable, and Forbidden if registration is closed.
    """
    if not tools.settings.registration_open:
        raise errors.Forbidden("Registration is closed here. Ask the operator of this service for an account.")
    checked = _checked(given, tools.settings)
    # Before any hash, also if no email will be sent: else a caller who registers one address again and again would keep
    # all other passwords from being verified.
    counted = await tools.attempts.reserve_registration(
        network=caller.network, per_network=tools.settings.mails_per_network
    )
    if not await mail_limits.claim(tools, checked.email, arrived_at=arrived_at):
        await _hash_for_nothing(tools, checked.password, counted)
        return checked.email
    try:
        digest = await tools.hasher.hash(checked.password)
        await mail_limits.spend(tools, Cause.REGISTER, checked.email, caller)
        await _store(checked, digest, tools.settings, caller, at=at)
    except errors.ServiceUnavailable:
        await counted.give_back()
        raise
    finally:
        await mail_limits.end(tools, checked.email, arrived_at=arrived_at, at=datetime.now(UTC))
    return checked.email


async def resend(tools: Tools, caller: Caller, email: str, *, at: datetime) -> str:
    """Sends a new code, which ends the former one. Raises InvalidInput, TooManyAttempts, ServiceUnavailable."""
    address = emails.normalise(email, path=("email",))
    async with minimum_duration():
        await mail_limits.spend(tools, Cause.RESEND, address, caller)
        async with transaction() as tx:
            user = await accounts.lock(tx, email=address)
            if user is not None and user.email_verified_at is None:
                await _end_codes(tx, user, at=at)
                await _send_code(tx, user, tools.settings, at=at)
                await audit.record(tx, Action.VERIFICATION_REQUESTED, user.id, caller, at=at)
    return address


async def verify(tools: Tools, caller: Caller, code: str, *, at: datetime) -> str:
    """Returns the verified address. Raises CodeRefused, TooManyAttempts, ServiceUnavailable."""
    async with await tools.attempts.reserve_code(network=caller.network), transaction() as tx:
        # Locks the user's row first, so that two codes of one user, used at once, cannot deadlock.
        user = await accounts.lock(tx, id=await mail_codes.owner(tx, code, Purpose.VERIFY_EMAIL))
        grant = await mail_codes.consume(tx, code, Purpose.VERIFY_EMAIL, at=at)
        if user is None or user.email_verified_at is not None:
            raise errors.CodeRefused()
        await mail_codes.end(tx, user.id, at=at)
        await user.update_from_dict({**grant.registration, "email_verified_at": at}).save(using_db=tx)
        await left_addresses.follow(tx, tools, user.email, user.id)
        await audit.record(tx, Action.EMAIL_VERIFIED, user.id, caller, at=at)
    return user.email


async def _hash_for_nothing(tools: Tools, password: str, counted: Reservation) -> None:
    """Takes as long as a real registration, so that the duration does not show whether an email is sent."""
    try:
        await tools.hasher.hash(password)
    except errors.ServiceUnavailable:
        await counted.give_back()


def _checked(given: Registration, settings: Settings) -> Registration:
    address, problems = _address(given.email, settings)
    display_name, name_problems = profiles.display_name(given.display_name, path=("input", "displayName"))
    locale, locale_problems = profiles.locale(given.locale, path=("input", "locale"))
    path, least = ("input", "password"), settings.password_min_length
    password_problems = password_rules.check(given.password, least=least, address=address or None, path=path)
    problems = [*problems, *password_problems, *name_problems, *locale_problems]
    if problems:
        raise errors.InvalidInput(problems)
    return Registration(email=address, password=given.password, display_name=display_name, locale=locale)


def _address(text: str, settings: Settings) -> tuple[str, Sequence[errors.Problem]]:
    try:
        return emails.admit(text, settings, path=("input", "email")), []
    except errors.InvalidInput as wrong:
        return "", wrong.problems


async def _store(given: Registration, digest: str, settings: Settings, caller: Caller, *, at: datetime) -> None:
    registration = {
        "password_digest": digest,
        "display_name": given.display_name,
        "locale": given.locale or profiles.DEFAULT_LOCALE,
    }
    async with transaction() as tx:
        rows = await tx.execute_query_dict(_INSERT, [given.email, *registration.values(), at, FREE])
        if not rows:
            raise RuntimeError(f"The plan {FREE!r} is missing, although each start writes it.")
        user = await User.get(id=rows[0]["id"], using_db=tx)
        if user.email_verified_at is not None:
            await outbox.enqueue(tx, Template.ALREADY_REGISTERED, to=user.email, locale=user.locale, context={})
            await audit.record(tx, Action.REGISTRATION_REPEATED, user.id, caller, at=at)
            return
        # Until one of them is verified, an email that is sent again belongs to the newest registration.
        await user.update_from_dict(registration).save(using_db=tx)
        await _send_code(tx, user, settings, at=at)
        await audit.record(tx, Action.REGISTERED, user.id, caller, at=at)


async def _end_codes(tx: BaseDBAsyncClient, user: User, *, at: datetime) -> None:
    """Those of the newest registration. A code of an earlier one belongs to another password, and stays."""
    codes_of_it = MailCode.filter(
        user_id=user.id,
        purpose=Purpose.VERIFY_EMAIL,
        ended_at=None,
        registration__contains={"password_digest": user.password_digest},
    )
    await codes_of_it.using_db(tx).update(ended_at=at)


async def _send_code(tx: BaseDBAsyncClient, user: User, settings: Settings, *, at: datetime) -> None:
    lifetime = settings.verification_lifetime
    code = await mail_codes.issue(
        tx, user.id, Purpose.VERIFY_EMAIL, at=at, lifetime=lifetime, registration=_registration(user)
    )
    context = {"code": code, "hours": str(lifetime // timedelta(hours=1))}
    await outbox.enqueue(tx, Template.VERIFY_EMAIL, to=user.email, locale=user.locale, context=context)


def _registration(user: User) -> dict[str, Any]:
    return {"password_digest": user.password_digest, "display_name": user.display_name, "locale": user.locale}
