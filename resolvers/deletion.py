"""Leaving: everything about the user goes, but counts without a name and that there was somebody who left.

For 25 hours a digest of the address stays, too: if it is registered again, limits do not begin at zero.
"""

from datetime import datetime
from uuid import UUID, uuid4

from tortoise.backends.base.client import BaseDBAsyncClient

from access import revocation
from access.callers import Caller
from access.transactions import transaction
from db.models.audit_events import ActorKind, AuditEvent
from email_templates import outbox
from email_templates.texts import Template
from resolvers import instants, left_addresses
from resolvers.audit import Action
from resolvers.confirmations import confirm
from resolvers.tools import Tools


async def delete(tools: Tools, caller: Caller, password: str, *, at: datetime) -> datetime:
    """Once it has answered, no session and no API token of the user's works anywhere.

    Raises Unauthenticated, Forbidden, WrongPassword, TooManyAttempts, ServiceUnavailable.
    """
    confirmed = await confirm(tools, caller, password, at=at)
    async with transaction() as tx:
        user = await confirmed.lock(tx)
        ended = await revocation.note(tx, user.id)
        context = {"at": instants.written(at)}
        await outbox.enqueue(tx, Template.ACCOUNT_DELETED, to=user.email, locale=user.locale, context=context)
        await left_addresses.leave(tx, tools, user.email, user.id)
        await AuditEvent.filter(user_id=user.id).using_db(tx).delete()
        # Sessions, API tokens, codes and the second factor go with the row. `usage` names nobody and stays.
        await user.delete(using_db=tx)
        await _record(tx, user.id, at=at)
    # Nothing is acknowledged before no process accepts any of the credentials.
    await tools.gate.confirm(ended)
    return at


async def _record(tx: BaseDBAsyncClient, user_id: UUID, *, at: datetime) -> None:
    """Not by `audit.record`: the address and the program of somebody who has left are not kept."""
    await AuditEvent.create(
        using_db=tx,
        id=uuid4(),
        at=at,
        user_id=user_id,
        action=Action.ACCOUNT_DELETED,
        actor_kind=ActorKind.SELF,
        actor_id=user_id,
    )
