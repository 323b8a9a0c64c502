"""Login: a right password starts a session; with two-factor login, a right code after it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import callers, credentials, mail_codes
from access.callers import Caller
from access.credentials import Credential, Kind
from db.models.audit_events import AuditEvent
from db.models.mail_codes import Purpose
from db.models.second_factors import SecondFactor
from db.models.sessions import Session
from db.models.users import User
from db.postgres import as_service_unavailable, transaction
from email_templates import outbox
from email_templates.templates import Template
from limits import revocation
from limits.revocation import Event
from resolvers import accounts, audit, emails, instants
from resolvers.audit import Action
from resolvers.tools import Tools

CHALLENGE_LIFETIME = timedelta(minutes=5)

_LONGEST_ACCOUNT = 254
_NOT_SHOWN = re.compile(r"[^A-Za-z0-9_ ();,+-]")
_LONGEST_SHOWN = 120
# Live sessions of a user; the least recently used one ends to make room for another.
_MOST_SESSIONS = 100
# Earlier logins that are searched for this network and user agent.
_LOOKED_THROUGH = 200
# Login events are kept longer: a user who verified the address since then and has no event never logged in.
_SURELY_FIRST = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """`token` is the credential, `device` the cookie by which the browser is recognised later. Neither is stored.

    `caller` is the signed-in caller, `user` has its plan loaded. `ended` are the revocation events of sessions that
    made room for this one. `replaces_cookie`: the session in the caller's cookie is among them.
    """

    token: str
    device: str
    session: Session
    user: User
    caller: Caller
    ended: Sequence[Event]
    replaces_cookie: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorNeeded:
    challenge: str
    expires_at: datetime


async def login(
    tools: Tools, caller: Caller, *, email: str, password: str, at: datetime
) -> LoggedIn | SecondFactorNeeded:
    """Raises LoginRefused, the same for each reason, TooManyAttempts and ServiceUnavailable."""
    address = emails.find(email)
    account = address or _no_address(email)
    # Before any query or hash: concurrent attempts must all be counted before one of them is checked.
    device = tools.devices.recognise(caller.device, account, at=at)
    async with await tools.attempts.reserve(network=caller.network, account=account, device=device):
        tools.hasher.check_room()
        user = await _find(address)
        verified = await tools.hasher.verify(password, user.password_digest if user else None)
        # Checked again when the session starts. Here it lets an account that may not log in answer as soon as a wrong
        # password does.
        is_right = user is not None and verified.ok and may_log_in(user)
        login_result = await _begin(tools, user, verified.new_digest, caller, at=at) if user and is_right else None
        if login_result is None:
            await audit.login_refused(address, caller, at=at)
            raise errors.LoginRefused()
        if isinstance(login_result, LoggedIn):
            await confirm_ended(tools, login_result)
    return login_result


async def confirm_ended(tools: Tools, logged_in: LoggedIn) -> None:
    """Call it after the commit. Raises ServiceUnavailable if a process may still accept an ended session."""
    await tools.gate.confirm(*logged_in.ended)


async def open_session(tools: Tools, tx: BaseDBAsyncClient, user: User, caller: Caller, *, at: datetime) -> LoggedIn:
    """Always with a new identifier, whatever session the browser had. The transaction has locked the user's row."""
    if not await _is_known(tools, tx, user, caller, at=at):
        context = {"at": instants.written(at), "address": caller.address, "agent": _shown(caller.user_agent)}
        await outbox.enqueue(tx, Template.NEW_SIGN_IN, to=user.email, locale=user.locale, context=context)
    ended = await _make_room(tx, user, caller, at=at)
    session = await Session.create(
        using_db=tx,
        id=uuid4(),
        user_id=user.id,
        created_at=at,
        last_used_at=at,
        expires_at=credentials.end(at, tools.settings.session_lifetime),
        ip_address=caller.address,
        user_agent=caller.user_agent,
    )
    await user.fetch_related("plan", using_db=tx)
    credential = Credential(Kind.SESSION, session.id, user.id, frozenset(), session.expires_at)
    signed_in = replace(caller, credential=credential)
    await audit.record(tx, Action.LOGGED_IN, user.id, signed_in, at=at)
    return LoggedIn(
        token=tools.signer.sign(credential, at),
        device=tools.devices.issue(user.email, at=at),
        session=session,
        user=user,
        caller=signed_in,
        ended=ended,
        replaces_cookie=_in_cookie(caller) in {event.credential_id for event in ended},
    )


def may_log_in(user: User) -> bool:
    return user.email_verified_at is not None and user.suspended_at is None


def _shown(agent: str | None) -> str:
    # The client writes it, and may not be the user: without these characters no mail program turns it into a link.
    return _NOT_SHOWN.sub(" ", agent or "-")[:_LONGEST_SHOWN]


def _no_address(text: str) -> str:
    """The key for attempts on text that is not an address. Half of a surrogate pair becomes a question mark.

    The prefix keeps such text apart from the keys of sessions and second factors.
    """
    return "no address " + text.strip().lower()[:_LONGEST_ACCOUNT].encode(errors="replace").decode()


async def _find(address: str | None) -> User | None:
    if address is None:
        return None
    async with as_service_unavailable():
        return await User.get_or_none(email=address)


async def _begin(
    tools: Tools, verified: User, new_digest: str | None, caller: Caller, *, at: datetime
) -> LoggedIn | SecondFactorNeeded | None:
    """None if the user has changed since the password was verified, or may not log in."""
    async with transaction() as tx:
        user = await accounts.lock(tx, id=verified.id)
        # The password may have been reset while the old one was verified: its session would outlive the reset.
        if user is None or user.password_digest != verified.password_digest or not may_log_in(user):
            return None
        if new_digest is not None:
            user.password_digest = new_digest
            await user.save(using_db=tx, update_fields=["password_digest"])
        if await SecondFactor.filter(user_id=user.id, confirmed_at__isnull=False).using_db(tx).exists():
            return await _challenge(tx, user, caller, at=at)
        return await open_session(tools, tx, user, caller, at=at)


async def _challenge(tx: BaseDBAsyncClient, user: User, caller: Caller, *, at: datetime) -> SecondFactorNeeded:
    challenge = await mail_codes.issue(tx, user.id, Purpose.SECOND_FACTOR, at=at, lifetime=CHALLENGE_LIFETIME)
    await audit.record(tx, Action.SECOND_FACTOR_ASKED, user.id, caller, at=at)
    return SecondFactorNeeded(challenge=challenge, expires_at=at + CHALLENGE_LIFETIME)


async def _is_known(tools: Tools, tx: BaseDBAsyncClient, user: User, caller: Caller, *, at: datetime) -> bool:
    """Whether this browser, or this network with this user agent, logged in before. True also for a first login."""
    if tools.devices.recognise(caller.device, user.email, at=at) is not None:
        return True
    # Not from sessions: they are deleted a month after their end, and then an attacker's login would look like the
    # first one.
    logins = AuditEvent.filter(user_id=user.id, action=Action.LOGGED_IN).using_db(tx)
    earlier = await logins.order_by("-at").limit(_LOOKED_THROUGH).values_list("ip_address", "user_agent")
    if not earlier:
        return user.email_verified_at is not None and at - user.email_verified_at < _SURELY_FIRST
    return (caller.network, caller.user_agent) in {(callers.network(one), agent) for one, agent in earlier if one}


def _in_cookie(caller: Caller) -> UUID | None:
    return caller.credential.id if caller.credential is not None and caller.is_cookie_borne else None


async def _make_room(tx: BaseDBAsyncClient, user: User, caller: Caller, *, at: datetime) -> Sequence[Event]:
    """Ends the session in the browser's cookie, which the new one replaces, and sessions above the maximum."""
    live = Session.filter(user_id=user.id, revoked_at=None, expires_at__gt=at).using_db(tx)
    replaced = _in_cookie(caller)
    kept = await live.order_by("-last_used_at", "-id")
    ending = [one for one in kept if one.id == replaced]
    ending += [one for one in kept if one.id != replaced][_MOST_SESSIONS - 1 :]
    await Session.filter(id__in=[one.id for one in ending]).using_db(tx).update(revoked_at=at)
    return [await revocation.note(tx, user.id, one.id) for one in ending]
