"""Signing up: an address is a user's once a code from a mail to it was used.

Strangers learn nothing about an address: the answers are the same, after the same work, whether or not it is known.
docs/decisions/0012-registration.md says whose password comes into force.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import codes, password_rules
from access.callers import Caller
from access.guesses import Reservation
from access.transactions import transaction
from db.models.mail_codes import MailCode, Purpose
from db.models.users import User
from email_templates import outbox
from email_templates.texts import Template
from resolvers import accounts, audit, emails, left_addresses, mail_limits, profiles
from resolvers.audit import Action
from resolvers.mail_limits import Cause
from resolvers.pace import steadily
from resolvers.plans import FREE
from resolvers.tools import Tools
from settings import Settings

# The row is locked by it, whether it was there or not: looked for afterwards, it might have been deleted in between.
_INSERT = """
INSERT INTO users (id, email, password_digest, display_name, locale, role, plan_id, created_at)
SELECT gen_random_uuid(), $1, $2, $3, $4, 'USER', plans.id, $5 FROM plans WHERE plans.name = $6
ON CONFLICT (email) DO UPDATE SET email = excluded.email
RETURNING id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What somebody gave to register. None: left out."""

    email: str
    password: str
    display_name: str | None = None
    locale: str | None = None


async def register(tools: Tools, caller: Caller, given: Registration, *, arrived_at: datetime, at: datetime) -> str:
    """Has a mail sent, one for all registrations of an address that overlap, and answers the address.

    Raises InvalidInput, TooManyAttempts and ServiceUnavailable; Forbidden where registration is closed.
    """
    if not tools.settings.registration_open:
        raise errors.Forbidden("Registration is closed here. Ask the operator of this service for an account.")
    checked = _checked(given, tools.settings)
    # Before anything is hashed, also for a mail that will not be sent: else whoever registers one address over and over
    # keeps everybody's passwords from being verified.
    counted = await tools.guesses.reserve_registration(
        network=caller.network, per_network=tools.settings.mails_per_network
    )
    if not await mail_limits.claim(tools, checked.email, arrived_at=arrived_at):
        await _hash_for_nothing(tools, checked.password, counted)
        return checked.email
    try:
        await _register(tools, caller, checked, at=at)
    except errors.ServiceUnavailable:
        await counted.give_back()
        raise
    finally:
        await mail_limits.end(tools, checked.email, arrived_at=arrived_at, at=datetime.now(UTC))
    return checked.email


async def resend(tools: Tools, caller: Caller, email: str, *, at: datetime) -> str:
    """Has a new code sent, which ends the one before it. Raises InvalidInput, TooManyAttempts, ServiceUnavailable."""
    address = emails.normalise(email, path=("email",))
    async with steadily():
        await mail_limits.spend(tools, Cause.RESEND, address, caller)
        await _resend(tools.settings, address, caller, at=at)
    return address


async def verify(tools: Tools, caller: Caller, code: str, *, at: datetime) -> str:
    """The address that is verified now. Raises CodeRefused, TooManyAttempts, ServiceUnavailable."""
    async with await tools.guesses.reserve_code(network=caller.network):
        return await _verify(tools, code, caller, at=at)


async def _hash_for_nothing(tools: Tools, password: str, counted: Reservation) -> None:
    """How long an answer takes must not tell whether a mail is sent."""
    try:
        await tools.hasher.hash(password)
    except errors.ServiceUnavailable:
        await counted.give_back()


async def _register(tools: Tools, caller: Caller, given: Registration, *, at: datetime) -> None:
    digest = await tools.hasher.hash(given.password)
    await mail_limits.spend(tools, Cause.REGISTER, given.email, caller)
    await _store(given, digest, tools.settings, caller, at=at)


async def _verify(tools: Tools, code: str, caller: Caller, *, at: datetime) -> str:
    async with transaction() as tx:
        # The user's row first: two codes of one user, used at once, must not wait for each other.
        user = await accounts.lock(tx, id=await codes.owner(tx, code, Purpose.VERIFY_EMAIL))
        grant = await codes.consume(tx, code, Purpose.VERIFY_EMAIL, at=at)
        if user is None or user.email_verified_at is not None:
            raise errors.CodeRefused()
        await codes.end(tx, user.id, at=at)
        await user.update_from_dict({**grant.registration, "email_verified_at": at}).save(using_db=tx)
        await left_addresses.follow(tx, tools, user.email, user.id)
        await audit.record(tx, Action.EMAIL_VERIFIED, user.id, caller, at=at)
    return user.email


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
            raise RuntimeError(f"The plan {FREE!r} is missing: it is written at each start.")
        user = await User.get(id=rows[0]["id"], using_db=tx)
        if user.email_verified_at is not None:
            await outbox.enqueue(tx, Template.ALREADY_REGISTERED, to=user.email, locale=user.locale, context={})
            await audit.record(tx, Action.REGISTRATION_REPEATED, user.id, caller, at=at)
            return
        # Until one of them is verified, the newest registration is what a mail sent again is about.
        await user.update_from_dict(registration).save(using_db=tx)
        await _send_code(tx, user, settings, at=at)
        await audit.record(tx, Action.REGISTERED, user.id, caller, at=at)


async def _resend(settings: Settings, address: str, caller: Caller, *, at: datetime) -> None:
    async with transaction() as tx:
        user = await accounts.lock(tx, email=address)
        if user is None or user.email_verified_at is not None:
            return
        same = MailCode.filter(
            user_id=user.id,
            purpose=Purpose.VERIFY_EMAIL,
            ended_at=None,
            registration__contains={"password_digest": user.password_digest},
        )
        await same.using_db(tx).update(ended_at=at)
        await _send_code(tx, user, settings, at=at)
        await audit.record(tx, Action.VERIFICATION_REQUESTED, user.id, caller, at=at)


async def _send_code(tx: BaseDBAsyncClient, user: User, settings: Settings, *, at: datetime) -> None:
    lifetime = settings.verification_lifetime
    code = await codes.issue(
        tx, user.id, Purpose.VERIFY_EMAIL, at=at, lifetime=lifetime, registration=_registration(user)
    )
    context = {"code": code, "hours": str(lifetime // timedelta(hours=1))}
    await outbox.enqueue(tx, Template.VERIFY_EMAIL, to=user.email, locale=user.locale, context=context)


def _registration(user: User) -> dict[str, Any]:
    return {"password_digest": user.password_digest, "display_name": user.display_name, "locale": user.locale}
