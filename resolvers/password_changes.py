"""Another password: for whoever is logged in and knows the present one, and what every new password brings about."""

from collections.abc import Sequence
from datetime import datetime
from unicodedata import normalize
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import codes, password_rules, passwords
from access.callers import Caller
from access.revocation import Event
from access.transactions import transaction
from db.models.users import User
from email_templates import outbox
from email_templates.texts import Template
from resolvers import audit, instants, sessions
from resolvers.audit import Action
from resolvers.confirmations import Confirmed, confirm
from resolvers.tools import Tools

_PATH = ("newPassword",)


async def change(tools: Tools, caller: Caller, *, current_password: str, new_password: str, at: datetime) -> datetime:
    """The user's other sessions end, and every code that they have.

    Raises Unauthenticated, Forbidden, WrongPassword, InvalidInput, TooManyAttempts, ServiceUnavailable.
    """
    confirmed = await confirm(tools, caller, current_password, at=at)
    problems = check(tools, new_password, confirmed.user)
    # The present password was verified, so whatever is written as it is the same; another digest need not be computed.
    if _written(new_password) == _written(current_password):
        problems.append(errors.Problem(_PATH, "UNCHANGED", "This is your password already. Choose another one."))
    if problems:
        raise errors.InvalidInput(problems)
    await _change(tools, confirmed, new_password, caller, at=at)
    return at


def check(tools: Tools, new_password: str, user: User) -> list[errors.Problem]:
    """What keeps this from being the user's next password."""
    least = tools.settings.password_min_length
    return password_rules.check(new_password, least=least, address=user.email, path=_PATH)


async def put(
    tx: BaseDBAsyncClient,
    user: User,
    *,
    digest: str,
    action: Action,
    caller: Caller,
    at: datetime,
    but: UUID | None = None,
) -> Sequence[Event]:
    """Part of a transaction that has locked the user's row; to be confirmed after its commit.

    Whoever knew the password before may have begun sessions and asked for codes: all end but that session.
    """
    user.password_digest = digest
    await user.save(using_db=tx, update_fields=["password_digest"])
    await codes.end(tx, user.id, at=at)
    context = {"at": instants.written(at), "address": caller.address}
    await outbox.enqueue(tx, Template.PASSWORD_CHANGED, to=user.email, locale=user.locale, context=context)
    await audit.record(tx, action, user.id, caller, at=at)
    return await sessions.end_all(tx, user.id, at=at, but=but)


async def _change(tools: Tools, confirmed: Confirmed, new_password: str, caller: Caller, *, at: datetime) -> None:
    digest = await tools.hasher.hash(new_password)
    async with transaction() as tx:
        user = await confirmed.lock(tx)
        ended = await put(
            tx, user, digest=digest, action=Action.PASSWORD_CHANGED, caller=caller, at=at, but=confirmed.credential.id
        )
    # Nothing is acknowledged before no process accepts the other sessions any more.
    await tools.gate.confirm_all(user.id, ended)


def _written(password: str) -> str:
    """As it is held against digests. What is too long is no password, and not worth the work."""
    return normalize("NFC", password) if len(password) <= passwords.LONGEST else password
