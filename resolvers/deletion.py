"""Deletes an account: all of the user's data but anonymous usage counts and one event without personal data.

A digest of the address stays for 25 hours: if it is registered again, its limits do not start at zero.
"""

from datetime import datetime
from uuid import UUID, uuid4

from tortoise.backends.base.client import BaseDBAsyncClient

from access.callers import Caller
from db.models.audit_events import ActorKind, AuditEvent
from db.postgres import transaction
from email_templates import outbox
from email_templates.templates import Template
from limits import revocation
from resolvers import administrators, instants, left_addresses
from resolvers.audit import Action
from resolvers.confirmations import confirm
from resolvers.tools import Tools


async def delete(tools: Tools, caller: Caller, password: str, *, at: datetime) -> datetime:
    """When it returns, no session and no API token of the user works in any process.

    Raises Unauthenticated, Forbidden, WrongPassword, TooManyAttempts, LastAdministrator, ServiceUnavailable.
    """
    confirmed = await confirm(tools, caller, password, at=at)
    async with administrators.one_stays(), transaction() as tx:
        user = await confirmed.lock(tx)
        ended = await revocation.note(tx, user.id)
        context = {"at": instants.written(at)}
        await outbox.enqueue(tx, Template.ACCOUNT_DELETED, to=user.email, locale=user.locale, context=context)
        await left_addresses.leave(tx, tools, user.email, user.id)
        # Acts of administration stay: they have no more of the user than the id.
        await AuditEvent.filter(user_id=user.id, after__isnull=True).using_db(tx).delete()
        # Sessions, API tokens, codes and the second factor are deleted with the row. `usage` holds no personal data and
        # stays.
        await user.delete(using_db=tx)
        await _record(tx, user.id, at=at)
    # The answer waits until no process accepts any of the credentials.
    await tools.gate.confirm(ended)
    return at


async def _record(tx: BaseDBAsyncClient, user_id: UUID, *, at: datetime) -> None:
    """Not with `audit.record`, which would keep the IP address and the user agent."""
    await AuditEvent.create(
        using_db=tx,
        id=uuid4(),
        at=at,
        user_id=user_id,
        action=Action.ACCOUNT_DELETED,
        actor_kind=ActorKind.SELF,
        actor_id=user_id,
    )
