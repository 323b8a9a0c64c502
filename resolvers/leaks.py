"""Ends leaked credentials without their owner: for the operator any, for everyone who finds one API tokens."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

import errors
from access.callers import Caller
from access.credentials import Credential, Kind, Signer
from db.models.api_tokens import ApiToken
from db.models.audit_events import ActorKind, AuditEvent
from db.models.sessions import Session
from db.models.users import User
from db.postgres import as_service_unavailable, transaction
from email_templates import outbox
from email_templates.templates import Template
from limits import revocation
from limits.gate import Gate
from limits.revocation import Event
from resolvers import accounts, administration, instants, token_mails
from resolvers.audit import Action
from resolvers.timing import minimum_duration
from resolvers.tools import Tools

MOST_REPORTED = 100
# To end one takes about half of this while the servers are healthy. A report takes so much for each text in it, whether
# it has to end anything or not.
_FOR_EACH = timedelta(milliseconds=25)
# Users whose revocations are confirmed at the same time. Each may have to wait for a connection to Postgres.
_CONFIRMED_AT_ONCE = 20


async def revoke(gate: Gate, credential: Credential, *, at: datetime) -> bool:
    """Whether it was live. When it returns, no process accepts it. Raises NotFound, ServiceUnavailable."""
    table, action = (
        (Session, Action.SESSION_REVOKED) if credential.kind is Kind.SESSION else (ApiToken, Action.API_TOKEN_REVOKED)
    )
    events: Sequence[Event] = ()
    async with transaction() as tx:
        user = await accounts.lock(tx, id=credential.user_id)
        found = await table.filter(id=credential.id, user_id=credential.user_id).using_db(tx).first()
        if user is None or found is None:
            raise errors.NotFound(credential.kind)
        was_live = found.revoked_at is None
        if was_live:
            await _mark(tx, found, at=at)
            name = found.name if isinstance(found, ApiToken) else None
            before, after = {"revokedAt": None}, {"revokedAt": at.isoformat()}
            await administration.record(
                tx, action, None, at=at, user_id=user.id, subject=name, before=before, after=after
            )
            events = [await revocation.note(tx, user.id, found.id)]
    # The answer waits until no process accepts it any more.
    await gate.confirm_all(user.id, events)
    return was_live


async def report(tools: Tools, caller: Caller, texts: Sequence[str], *, at: datetime) -> datetime:
    """Ends the API tokens among these texts. When it returns, no process accepts them.

    The answer and its time are the same for live, ended, unknown and invented tokens. Raises BadRequest for too many,
    TooManyAttempts and ServiceUnavailable.
    """
    if len(texts) > MOST_REPORTED:
        raise errors.BadRequest(f"One report can hold at most {MOST_REPORTED} tokens. Send several.")
    await tools.attempts.reserve_leak_report(network=caller.network)
    # Otherwise only a report with a real token would fail.
    if not tools.gate.is_postgres_up:
        raise errors.ServiceUnavailable()
    async with minimum_duration(more=len(texts) * _FOR_EACH):
        found = await _verified(tools.signer, texts)
        ended = {user_id: await _end_all(user_id, ids, at=at) for user_id, ids in found.items()}
        await _confirm(tools.gate, ended)
    return at


async def _verified(signer: Signer, texts: Iterable[str]) -> Mapping[UUID, set[UUID]]:
    """The ids of those that we have signed and that have not expired, by user. All others cost no query."""
    found: dict[UUID, set[UUID]] = {}
    for text in dict.fromkeys(texts):
        try:
            credential = signer.verify(text.strip())
        except errors.Unauthenticated:
            continue
        finally:
            # Verifying a hundred signatures takes long for the event loop.
            await asyncio.sleep(0)
        if credential.kind is Kind.API_TOKEN:
            found.setdefault(credential.user_id, set()).add(credential.id)
    return found


async def _end_all(user_id: UUID, token_ids: set[UUID], *, at: datetime) -> Sequence[Event]:
    # A token can be reported again and again: that takes no lock and writes nothing.
    async with as_service_unavailable():
        if not await _live(user_id, token_ids, at=at).exists():
            return ()
    async with transaction() as tx:
        user = await accounts.lock(tx, id=user_id)
        tokens = await _live(user_id, token_ids, at=at).using_db(tx).order_by("name", "id")
        if user is None or not tokens:
            return ()
        await _tell(tx, user, tokens, at=at)
        return [await _end(tx, token, at=at) for token in tokens]


def _live(user_id: UUID, token_ids: set[UUID], *, at: datetime) -> QuerySet[ApiToken]:
    return ApiToken.filter(user_id=user_id, id__in=token_ids, revoked_at=None, expires_at__gt=at)


async def _tell(tx: BaseDBAsyncClient, user: User, tokens: Sequence[ApiToken], *, at: datetime) -> None:
    context = {"tokens": token_mails.named(tokens), "at": instants.written(at)}
    await outbox.enqueue(tx, Template.API_TOKENS_REPORTED, to=user.email, locale=user.locale, context=context)


async def _end(tx: BaseDBAsyncClient, token: ApiToken, *, at: datetime) -> Event:
    """The event has no address: the owner need not learn who has reported a token."""
    await _mark(tx, token, at=at)
    await AuditEvent.create(
        using_db=tx,
        id=uuid4(),
        at=at,
        user_id=token.user_id,
        action=Action.API_TOKEN_REPORTED,
        actor_kind=ActorKind.VISITOR,
        subject=token.name,
    )
    return await revocation.note(tx, token.user_id, token.id)


async def _mark(tx: BaseDBAsyncClient, found: Session | ApiToken, *, at: datetime) -> None:
    await found.update_from_dict({"revoked_at": at}).save(using_db=tx, update_fields=["revoked_at"])


async def _confirm(gate: Gate, ended: Mapping[UUID, Sequence[Event]]) -> None:
    """Also earlier revocations of these users. At the same time, because each takes two seconds while Redis is down."""
    slots = asyncio.Semaphore(_CONFIRMED_AT_ONCE)

    async def confirm(user_id: UUID, events: Sequence[Event]) -> None:
        async with slots:
            await gate.confirm_all(user_id, events)

    answers = await asyncio.gather(*(confirm(*each) for each in ended.items()), return_exceptions=True)
    for error in answers:
        if error is not None:
            raise error
