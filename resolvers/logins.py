"""Logging in: a right password, or with two-factor login a right code after it, begins a session."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import callers, codes, devices, revocation
from access.callers import Caller
from access.credentials import Credential, Kind
from access.revocation import Event
from access.transactions import reached, transaction
from db.models.audit_events import AuditEvent
from db.models.mail_codes import Purpose
from db.models.second_factors import SecondFactor
from db.models.sessions import Session
from db.models.users import User
from email_templates import outbox
from email_templates.texts import Template
from resolvers import accounts, audit, emails, instants
from resolvers.audit import Action
from resolvers.tools import Tools

DEVICE_LIFETIME = devices.LIFETIME
CHALLENGE_LIFETIME = timedelta(minutes=5)

_LONGEST_ACCOUNT = 254
_NOT_SHOWN = re.compile(r"[^A-Za-z0-9_ ();,+-]")
_LONGEST_SHOWN = 120
# Of live sessions; the one that was used least recently makes room for one more.
_MOST_SESSIONS = 100
# Of earlier logins, that are looked through for this network and program.
_LOOKED_THROUGH = 200
# Less than logins are remembered: without any, whoever verified their address since then has never logged in.
_SURELY_FIRST = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """`token` is the credential and `device` the cookie by which this browser is known from now on; neither is stored.

    `caller` is who the visitor is from now on, `user` has the plan. `ended` are sessions that made room for this one;
    where the one that came in a cookie is among them, the cookie is worth nothing any more.
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
    """Raises LoginRefused, the same for every reason, TooManyAttempts and ServiceUnavailable."""
    address = emails.find(email)
    account = address or _no_address(email)
    # Before anything is looked up or computed: of guesses made at once none may be checked before it is counted.
    device = tools.devices.recognise(caller.device, account, at=at)
    async with await tools.guesses.reserve(network=caller.network, account=account, device=device):
        tools.hasher.check_room()
        user = await _find(address)
        verified = await tools.hasher.verify(password, user.password_digest if user else None)
        # Looked at again when the session begins. Here it makes an account that may not log in answer as soon as a
        # wrong password does.
        is_right = user is not None and verified.ok and may_log_in(user)
        begun = await _begin(tools, user, verified.new_digest, caller, at=at) if user and is_right else None
        if begun is None:
            await audit.login_refused(address, caller, at=at)
            raise errors.LoginRefused()
        if isinstance(begun, LoggedIn):
            await confirm_ended(tools, begun)
    return begun


async def confirm_ended(tools: Tools, begun: LoggedIn) -> None:
    """After the commit. Raises ServiceUnavailable where the end is not certain everywhere."""
    await tools.gate.confirm(*begun.ended)


async def open_session(tools: Tools, tx: BaseDBAsyncClient, user: User, caller: Caller, *, at: datetime) -> LoggedIn:
    """With a new identifier, whatever the browser held before. The user's row is locked in the transaction."""
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
        # A whole second, as the credential has it.
        expires_at=at.replace(microsecond=0) + tools.settings.session_lifetime,
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
    # Written by whoever logs in, who may not be the user: without these, no mail program makes a link of it.
    return _NOT_SHOWN.sub(" ", agent or "-")[:_LONGEST_SHOWN]


def _no_address(text: str) -> str:
    """What guesses are counted by all the same; half of a surrogate pair becomes a question mark.

    Under a name of its own: what a stranger types must not be counted as guesses at a session or a second factor.
    """
    return "no address " + text.strip().lower()[:_LONGEST_ACCOUNT].encode(errors="replace").decode()


async def _find(address: str | None) -> User | None:
    if address is None:
        return None
    async with reached():
        return await User.get_or_none(email=address)


async def _begin(
    tools: Tools, verified: User, new_digest: str | None, caller: Caller, *, at: datetime
) -> LoggedIn | SecondFactorNeeded | None:
    """None where the user is not as they were when the password was verified, or may not log in."""
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
    challenge = await codes.issue(tx, user.id, Purpose.SECOND_FACTOR, at=at, lifetime=CHALLENGE_LIFETIME)
    await audit.record(tx, Action.SECOND_FACTOR_ASKED, user.id, caller, at=at)
    return SecondFactorNeeded(challenge=challenge, expires_at=at + CHALLENGE_LIFETIME)


async def _is_known(tools: Tools, tx: BaseDBAsyncClient, user: User, caller: Caller, *, at: datetime) -> bool:
    """Whether this browser, or this network and program together, has logged in before; so has who never did."""
    if tools.devices.recognise(caller.device, user.email, at=at) is not None:
        return True
    # Not the sessions: those are forgotten a month after their end, and then a stranger would be the first to log in.
    logins = AuditEvent.filter(user_id=user.id, action=Action.LOGGED_IN).using_db(tx)
    earlier = await logins.order_by("-at").limit(_LOOKED_THROUGH).values_list("ip_address", "user_agent")
    if not earlier:
        return user.email_verified_at is not None and at - user.email_verified_at < _SURELY_FIRST
    return (caller.network, caller.user_agent) in {(callers.network(one), agent) for one, agent in earlier if one}


def _in_cookie(caller: Caller) -> UUID | None:
    return caller.credential.id if caller.credential is not None and caller.is_cookie_borne else None


async def _make_room(tx: BaseDBAsyncClient, user: User, caller: Caller, *, at: datetime) -> Sequence[Event]:
    """Ends the session that the browser has in its cookie, which the new one replaces, and what is beyond the most."""
    live = Session.filter(user_id=user.id, revoked_at=None, expires_at__gt=at).using_db(tx)
    replaced = _in_cookie(caller)
    kept = await live.order_by("-last_used_at", "-id")
    ending = [one for one in kept if one.id == replaced]
    ending += [one for one in kept if one.id != replaced][_MOST_SESSIONS - 1 :]
    await Session.filter(id__in=[one.id for one in ending]).using_db(tx).update(revoked_at=at)
    return [await revocation.note(tx, user.id, one.id) for one in ending]
