"""Changes a signed-in user's password; `put` is what every new password, also one from a reset, brings about."""

from collections.abc import Sequence
from datetime import datetime
from unicodedata import normalize
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import mail_codes, password_rules, passwords
from access.callers import Caller
from db.models.users import User
from db.postgres import transaction
from email_templates import outbox
from email_templates.templates import Template
from limits.revocation import Event
from resolvers import audit, instants, sessions
from resolvers.audit import Action
from resolvers.confirmations import confirm
from resolvers.tools import Tools

_PATH = ("newPassword",)


async def change(tools: Tools, caller: Caller, *, current_password: str, new_password: str, at: datetime) -> datetime:
    """Ends the user's other sessions and all of the user's codes.

    Raises Unauthenticated, Forbidden, WrongPassword, InvalidInput, TooManyAttempts, ServiceUnavailable.
    """
    confirmed = await confirm(tools, caller, current_password, at=at)
    problems = check(tools, new_password, confirmed.user)
    # The current password was verified, so an equal text is the same password: no second hash is needed to compare.
    if _written(new_password) == _written(current_password):
        problems.append(errors.Problem(_PATH, "UNCHANGED", "This is already your password. Choose another one."))
    if problems:
        raise errors.InvalidInput(problems)
    digest = await tools.hasher.hash(new_password)
    async with transaction() as tx:
        user = await confirmed.lock(tx)
        kept = confirmed.credential.id
        ended = await put(tx, user, digest=digest, action=Action.PASSWORD_CHANGED, caller=caller, at=at, but=kept)
    # The answer waits until no process accepts the other sessions any more.
    await tools.gate.confirm_all(user.id, ended)
    return at


def check(tools: Tools, new_password: str, user: User) -> list[errors.Problem]:
    """The problems of this text as the user's next password."""
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
    """Part of a transaction that has locked the user's row. Confirm the returned events after its commit.

    Someone else who knew the former password may have started sessions and requested codes, so all end; session `but`
    stays.
    """
    user.password_digest = digest
    await user.save(using_db=tx, update_fields=["password_digest"])
    await mail_codes.end(tx, user.id, at=at)
    context = {"at": instants.written(at), "address": caller.address}
    await outbox.enqueue(tx, Template.PASSWORD_CHANGED, to=user.email, locale=user.locale, context=context)
    await audit.record(tx, action, user.id, caller, at=at)
    return await sessions.end_all(tx, user.id, at=at, but=but)


def _written(password: str) -> str:
    """The form that is compared with digests. Text that is too long is no password and is not normalised."""
    return normalize("NFC", password) if len(password) <= passwords.LONGEST else password
