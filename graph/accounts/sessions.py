"""Logging in and out, and the sessions there are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from graph import ids
from graph.context import Info
from graph.refusals import LoginRefused, NotFound, TooManyAttempts
from graph.users import Session, User
from resolvers import sessions


@strawberry.input(description="Who wants to log in.")
class LoginInput:
    email: str = strawberry.field(description="The address, in any case.")
    password: str = strawberry.field(description="The password.")


@strawberry.type(description="A session has begun.")
class LoggedIn:
    token: str | None = strawberry.field(
        description="The session credential for the Authorization header; null when it was put in a cookie."
    )
    expires_at: datetime = strawberry.field(description="When it ends by itself.")
    user: User = strawberry.field(description="Who has logged in.")


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
    LoggedIn | LoginRefused | TooManyAttempts,
    strawberry.union("LoginResult", description="A session, or that there is none."),
]
RevokeSessionResult = Annotated[
    SessionRevoked | NotFound,
    strawberry.union("RevokeSessionResult", description="Which session was revoked, or why none was."),
]


@strawberry.type
class SessionMutations:
    @strawberry.mutation(description="Begin a session.")
    async def login(
        self,
        info: Info,
        wish: Annotated[LoginInput, strawberry.argument(name="input", description="Who wants to log in.")],
    ) -> LoginResult | None:
        context = info.context
        begun = await sessions.login(
            context.hasher,
            context.guesses,
            context.signer,
            context.settings,
            context.caller,
            email=wish.email,
            password=wish.password,
            at=context.at,
        )
        user = User(row=begun.user, caller=begun.caller)
        return LoggedIn(token=begun.token, expires_at=begun.session.expires_at, user=user)

    @strawberry.mutation(description="End this session: once this has answered, it works nowhere any more.")
    async def logout(self, info: Info) -> LoggedOut | None:
        context = info.context
        return LoggedOut(at=await sessions.logout(context.gate, context.caller, at=context.at))

    @strawberry.mutation(description="End one of the user's sessions, wherever it is.")
    async def revoke_session(
        self, info: Info, id_: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
    ) -> RevokeSessionResult | None:
        context = info.context
        session_id = ids.read("Session", id_, noun="session")
        row = await sessions.revoke(context.gate, context.caller, session_id, at=context.at)
        return SessionRevoked(session=Session(row=row, caller=context.caller))

    @strawberry.mutation(description="End all of the user's sessions but this one.")
    async def revoke_other_sessions(self, info: Info) -> SessionsRevoked | None:
        context = info.context
        return SessionsRevoked(count=await sessions.revoke_others(context.gate, context.caller, at=context.at))
