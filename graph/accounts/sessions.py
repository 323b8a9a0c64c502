"""Logging in and out, and the sessions there are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from graph import ids
from graph.context import Context, Info
from graph.http import cookies
from graph.refusals import LoginRefused, NotFound, TooManyAttempts
from graph.users import Session, User
from resolvers import logins, sessions


@strawberry.input(description="Who wants to log in.")
class LoginInput:
    email: str = strawberry.field(description="The address, in any case.")
    password: str = strawberry.field(description="The password.")
    cookie: bool = strawberry.field(
        description="Keep the session in an HttpOnly cookie instead of returning it.", default=False
    )


@strawberry.type(description="A session has begun.")
class LoggedIn:
    token: str | None = strawberry.field(
        description="The session credential for the Authorization header; null when it was put in a cookie."
    )
    expires_at: datetime = strawberry.field(description="When it ends by itself.")
    user: User = strawberry.field(description="Who has logged in.")


@strawberry.type(
    description="The password was right and a second factor is wanted: `completeLogin` with this challenge."
)
class SecondFactorNeeded:
    challenge: str = strawberry.field(description="To be given back with the code of an authenticator program.")
    expires_at: datetime = strawberry.field(description="Until when.")


@strawberry.type(description="The session works nowhere any more.")
class LoggedOut:
    at: datetime = strawberry.field(description="Since when.")


@strawberry.type(description="The session works nowhere any more.")
class SessionRevoked:
    session: Session = strawberry.field(description="Which it was.")


@strawberry.type(description="The sessions work nowhere any more.")
class SessionsRevoked:
    count: int = strawberry.field(description="How many there were.")


LoginResult = Annotated[
    LoggedIn | SecondFactorNeeded | LoginRefused | TooManyAttempts,
    strawberry.union("LoginResult", description="A session, or that there is none."),
]
RevokeSessionResult = Annotated[
    SessionRevoked | NotFound,
    strawberry.union("RevokeSessionResult", description="Which session was revoked, or why none was."),
]


def logged_in(context: Context, begun: logins.LoggedIn, *, cookie: bool) -> LoggedIn:
    """What a login answers; the browser is known from now on, and holds the session where that is wanted."""
    expires_at = begun.session.expires_at
    context.cookies.update(cookies.keep_device(begun.device))
    if begun.replaces_cookie:
        context.cookies.update(cookies.drop_session())
    if cookie:
        context.cookies.update(cookies.keep_session(begun.token, expires_at=expires_at, at=context.at))
    user = User(row=begun.user, caller=begun.caller)
    return LoggedIn(token=None if cookie else begun.token, expires_at=expires_at, user=user)


@strawberry.type
class SessionMutations:
    @strawberry.mutation(description="Begin a session.")
    async def login(
        self,
        info: Info,
        wish: Annotated[LoginInput, strawberry.argument(name="input", description="Who wants to log in.")],
    ) -> LoginResult | None:
        context = info.context
        begun = await logins.login(
            context.tools, context.caller, email=wish.email, password=wish.password, at=context.at
        )
        if isinstance(begun, logins.SecondFactorNeeded):
            return SecondFactorNeeded(challenge=begun.challenge, expires_at=begun.expires_at)
        return logged_in(context, begun, cookie=wish.cookie)

    @strawberry.mutation(description="End this session: once this has answered, it works nowhere any more.")
    async def logout(self, info: Info) -> LoggedOut | None:
        context = info.context
        ended_at = await sessions.logout(context.tools.gate, context.caller, at=context.at)
        context.cookies.update(cookies.drop_session())
        return LoggedOut(at=ended_at)

    @strawberry.mutation(description="End one of the user's sessions, wherever it is.")
    async def revoke_session(
        self, info: Info, id_: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
    ) -> RevokeSessionResult | None:
        context = info.context
        session_id = ids.read("Session", id_, noun="session")
        row = await sessions.revoke(context.tools.gate, context.caller, session_id, at=context.at)
        return SessionRevoked(session=Session(row=row, caller=context.caller))

    @strawberry.mutation(description="End all of the user's sessions but this one.")
    async def revoke_other_sessions(self, info: Info) -> SessionsRevoked | None:
        context = info.context
        return SessionsRevoked(count=await sessions.revoke_others(context.tools.gate, context.caller, at=context.at))
