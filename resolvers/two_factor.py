"""Two-factor login: a code of an authenticator app, or a recovery code, after the password. Each code works once.

docs/decisions/0014-two-factor.md describes what it ends, and what happens if a secret can no longer be decrypted.
"""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import callers, mail_codes, second_factor_codes
from access.callers import Caller
from access.sealing import Sealer, Unsealable
from db.models.mail_codes import Purpose
from db.models.second_factors import RecoveryCode, SecondFactor
from db.models.users import User
from db.postgres import as_service_unavailable, transaction
from email_templates import outbox
from email_templates.templates import Template
from resolvers import accounts, audit, confirmations, instants, logins, sessions
from resolvers.audit import Action
from resolvers.logins import LoggedIn
from resolvers.tools import Tools

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Offer:
    """`uri` is for an authenticator app. Neither can be returned again."""

    uri: str
    recovery_codes: Sequence[str]


async def enrol(tools: Tools, caller: Caller, password: str, *, at: datetime) -> Offer:
    """Replaces an offer that was not confirmed. Raises Forbidden if two-factor login is already on.

    Also raises Unauthenticated, WrongPassword, TooManyAttempts and ServiceUnavailable.
    """
    confirmed = await confirmations.confirm(tools, caller, password, at=at)
    secret, recovery_codes = second_factor_codes.new_secret(), second_factor_codes.new_recovery_codes()
    async with transaction() as tx:
        user = await confirmed.lock(tx)
        if await _on(tx, user.id) is not None:
            # Otherwise the password alone would be enough to replace the second factor.
            raise errors.Forbidden("Two-factor login is on. Turn it off first.")
        await _forget(tx, user.id)
        sealed = tools.sealer.seal(secret, of=_seal_of(user.id))
        await SecondFactor.create(using_db=tx, user_id=user.id, sealed_secret=sealed, created_at=at)
        digests = [second_factor_codes.recovery_digest(code) for code in recovery_codes]
        await RecoveryCode.bulk_create([RecoveryCode(user_id=user.id, digest=one) for one in digests], using_db=tx)
        await audit.record(tx, Action.TWO_FACTOR_OFFERED, user.id, caller, at=at)
    host = urlsplit(tools.settings.frontend_url).hostname
    return Offer(second_factor_codes.uri(secret, address=user.email, host=host), recovery_codes)


async def confirm(tools: Tools, caller: Caller, code: str, *, at: datetime) -> datetime:
    """Turns it on and ends the user's other sessions, which started without it.

    Raises Unauthenticated, Forbidden, TooManyAttempts, ServiceUnavailable, and CodeRefused, also if nothing is offered.
    """
    credential = callers.require_session(caller)
    attempt = await tools.attempts.reserve(network=caller.network, account=f"session {credential.id}")
    async with attempt, _recorded(credential.user_id, caller, at=at), transaction() as tx:
        user = await sessions.lock_owner(tx, credential)
        offered = await SecondFactor.filter(user_id=user.id, confirmed_at=None).using_db(tx).first()
        if offered is None or not await _use_program(tools.sealer, tx, offered, code, at=at):
            raise errors.CodeRefused()
        await SecondFactor.filter(user_id=user.id).using_db(tx).update(confirmed_at=at)
        ended = await sessions.end_all(tx, user.id, at=at, but=credential.id)
        await _send_mail(tx, Template.TWO_FACTOR_ENABLED, user, caller, at=at)
        await audit.record(tx, Action.TWO_FACTOR_ENABLED, user.id, caller, at=at)
    # The answer waits until no process accepts the other sessions any more.
    await tools.gate.confirm_all(user.id, ended)
    return at


async def disable(tools: Tools, caller: Caller, *, password: str, code: str, at: datetime) -> datetime:
    """Raises WrongPassword, then CodeRefused, also if it is not on; Unauthenticated, Forbidden, TooManyAttempts,
    ServiceUnavailable.
    """
    confirmed = await confirmations.confirm(tools, caller, password, at=at)
    credential = confirmed.credential
    attempt = await tools.attempts.reserve(network=caller.network, account=f"session {credential.id}")
    async with attempt, _recorded(credential.user_id, caller, at=at), transaction() as tx:
        user = await confirmed.lock(tx)
        await _use(tools.sealer, tx, user.id, code, caller, at=at)
        await _forget(tx, user.id)
        # A login that waits for its code could no longer be completed, so its challenge ends, too.
        await mail_codes.end(tx, user.id, Purpose.SECOND_FACTOR, at=at)
        await _send_mail(tx, Template.TWO_FACTOR_DISABLED, user, caller, at=at)
        await audit.record(tx, Action.TWO_FACTOR_DISABLED, user.id, caller, at=at)
    return at


async def complete_login(tools: Tools, caller: Caller, *, challenge: str, code: str, at: datetime) -> LoggedIn:
    """The challenge stays valid after a wrong code. Raises CodeRefused, TooManyAttempts, ServiceUnavailable."""
    challenged = await _challenged(tools, caller, challenge, at=at)
    # Known browsers share one limit: a code is short, and an attacker who once had the password may have many cookies.
    is_known = tools.devices.recognise(caller.device, challenged.email, at=at) is not None
    kind = "second factor from a known browser" if is_known else "second factor"
    attempt = await tools.attempts.reserve(network=caller.network, account=f"{kind} {challenged.email}")
    async with attempt, _recorded(challenged.id, caller, at=at), transaction() as tx:
        user = await accounts.lock(tx, id=challenged.id)
        if user is None or not logins.may_log_in(user):
            raise errors.CodeRefused()
        # Anything that ended the challenge in the meantime, such as a password reset, held the lock on the user's row.
        await mail_codes.consume(tx, challenge, Purpose.SECOND_FACTOR, at=at)
        await _use(tools.sealer, tx, user.id, code, caller, at=at)
        logged_in = await logins.open_session(tools, tx, user, caller, at=at)
    await logins.confirm_ended(tools, logged_in)
    return logged_in


async def is_on(user_id: UUID) -> bool:
    async with as_service_unavailable():
        return await SecondFactor.filter(user_id=user_id, confirmed_at__isnull=False).exists()


async def _challenged(tools: Tools, caller: Caller, challenge: str, *, at: datetime) -> User:
    """The user who gave a right password and now needs a code. Invalid challenges count as attempts, too."""
    async with await tools.attempts.reserve_code(network=caller.network):
        async with transaction() as tx:
            user_id = await mail_codes.check(tx, challenge, Purpose.SECOND_FACTOR, at=at)
            user = await User.get_or_none(id=user_id, using_db=tx)
        if user is None:
            raise errors.CodeRefused()
    return user


@asynccontextmanager
async def _recorded(user_id: UUID, caller: Caller, *, at: datetime) -> AsyncIterator[None]:
    """Wraps the transaction that checks a code: a wrong one is recorded as an event."""
    try:
        yield
    except errors.CodeRefused:
        await audit.refused(Action.SECOND_FACTOR_REFUSED, user_id, caller, at=at)
        raise


async def _on(tx: BaseDBAsyncClient, user_id: UUID) -> SecondFactor | None:
    return await SecondFactor.filter(user_id=user_id, confirmed_at__isnull=False).using_db(tx).first()


async def _use(
    sealer: Sealer, tx: BaseDBAsyncClient, user_id: UUID, code: str, caller: Caller, *, at: datetime
) -> None:
    """Uses up a code of the app or a recovery code. The user's row is locked.

    Raises CodeRefused, also if two-factor login is not on.
    """
    factor = await _on(tx, user_id)
    if factor is None:
        raise errors.CodeRefused()
    if await _use_program(sealer, tx, factor, code, at=at):
        return
    digest = second_factor_codes.recovery_digest(code)
    unused = RecoveryCode.filter(user_id=user_id, used_at=None).using_db(tx)
    if digest is None or not await unused.filter(digest=digest).update(used_at=at):
        raise errors.CodeRefused()
    left = await unused.count()
    await audit.record(tx, Action.RECOVERY_CODE_USED, user_id, caller, at=at, detail=f"{left} left")


async def _use_program(sealer: Sealer, tx: BaseDBAsyncClient, factor: SecondFactor, code: str, *, at: datetime) -> bool:
    """Whether the app shows this code now. The user's row is locked, so that of concurrent uses only one succeeds."""
    try:
        secret = sealer.open(factor.sealed_secret, of=_seal_of(factor.user_id))
    except Unsealable:
        # Refused like a wrong code. Recovery codes still work, and no login succeeds without one.
        logger.error(
            "The second factor of user %s cannot be opened: docs/decisions/0014-two-factor.md.", factor.user_id
        )
        return False
    step = second_factor_codes.accepted_step(secret, code, last=factor.last_step, at=at)
    if step is None:
        return False
    await SecondFactor.filter(user_id=factor.user_id).using_db(tx).update(last_step=step)
    return True


async def _forget(tx: BaseDBAsyncClient, user_id: UUID) -> None:
    await RecoveryCode.filter(user_id=user_id).using_db(tx).delete()
    await SecondFactor.filter(user_id=user_id).using_db(tx).delete()


async def _send_mail(tx: BaseDBAsyncClient, template: Template, user: User, caller: Caller, *, at: datetime) -> None:
    context = {"at": instants.written(at), "address": caller.address}
    await outbox.enqueue(tx, template, to=user.email, locale=user.locale, context=context)


def _seal_of(user_id: UUID) -> str:
    return f"second factor {user_id}"
