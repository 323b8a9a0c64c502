"""Logging in and out, and revoking sessions."""

from datetime import datetime
from typing import Annotated

import strawberry

import errors
from graph import ids
from graph.context import Context, Info
from graph.execution.cost_directive import ACCOUNT, EXEMPT
from graph.http import cookies
from graph.refusals import LoginRefused, NotFound, TooManyAttempts
from graph.users import Session, User
from resolvers import logins, sessions


@strawberry.input(description="Email address and password for `login`.")
class LoginInput:
    email: str = strawberry.field(description="The email address. Upper and lower case do not matter.")
    password: str = strawberry.field(description="The password.")
    cookie: bool = strawberry.field(
        description=(
            "Store the session in an HttpOnly cookie and return no `token`. BAD_REQUEST from a page of another origin."
        ),
        default=False,
    )


@strawberry.type(description="The login succeeded and a session was started.")
class LoggedIn:
    token: str | None = strawberry.field(
        description=(
            "The session credential. Send it as `Authorization: Bearer TOKEN`. Null if it was stored in a cookie."
        )
    )
    expires_at: datetime = strawberry.field(
        description=(
            "When the session expires. It ends earlier if it stays unused for a time that the operator sets, 3 days by "
            "default."
        )
    )
    user: User = strawberry.field(description="The user who logged in.")


@strawberry.type(
    description=(
        "The password is right, and the account requires a second factor. Call `completeLogin` with this challenge."
    )
)
class SecondFactorNeeded:
    challenge: str = strawberry.field(description="Pass this to `completeLogin`, together with a code.")
    expires_at: datetime = strawberry.field(description="When the challenge expires, 5 minutes after the login.")


@strawberry.type(description="The session has ended and no longer works.")
class LoggedOut:
    at: datetime = strawberry.field(description="When the session ended.")


@strawberry.type(description="The session was revoked and no longer works.")
class SessionRevoked:
    session: Session = strawberry.field(description="The revoked session.")


@strawberry.type(description="The sessions were revoked and no longer work.")
class SessionsRevoked:
    count: int = strawberry.field(description="The number of revoked sessions.")


LoginResult = Annotated[
    LoggedIn | SecondFactorNeeded | LoginRefused | TooManyAttempts,
    strawberry.union(
        "LoginResult", description="The result of `login`: a session, a challenge for a second factor, or an error."
    ),
]
RevokeSessionResult = Annotated[
    SessionRevoked | NotFound,
    strawberry.union(
        "RevokeSessionResult", description="The result of `revokeSession`: the revoked session or an error."
    ),
]


def check_cookie(context: Context, *, cookie: bool) -> None:
    """Raises BadRequest if the browser would drop the cookie. Call it before the login, or the session is lost."""
    if cookie and context.is_over_websocket:
        raise errors.BadRequest("A WebSocket cannot set a cookie. Send this login by POST, or log in without `cookie`.")
    if cookie and context.is_of_another_origin:
        raise errors.BadRequest(
            "A page of another origin cannot keep the session in a cookie. Log in without `cookie` and send the token "
            "in the Authorization header."
        )


def logged_in(context: Context, outcome: logins.LoggedIn, *, cookie: bool) -> LoggedIn:
    """The answer to a login. Sets the device cookie, and the session cookie if the caller asked for it."""
    expires_at = outcome.session.expires_at
    context.cookies.update(cookies.keep_device(outcome.device, context.tools.devices.lifetime))
    if outcome.replaces_cookie:
        context.cookies.update(cookies.drop_session())
    if cookie:
        context.cookies.update(cookies.keep_session(outcome.token, expires_at=expires_at, at=context.at))
    user = User(row=outcome.user, caller=outcome.caller)
    return LoggedIn(token=None if cookie else outcome.token, expires_at=expires_at, user=user)


@strawberry.type
class SessionMutations:
    @strawberry.mutation(description="Log in with an email address and a password.", directives=[ACCOUNT])
    async def login(
        self,
        info: Info,
        input_: Annotated[LoginInput, strawberry.argument(name="input", description="Email address and password.")],
    ) -> LoginResult | None:
        context = info.context
        check_cookie(context, cookie=input_.cookie)
        outcome = await logins.login(
            context.tools, context.caller, email=input_.email, password=input_.password, at=context.at
        )
        if isinstance(outcome, logins.SecondFactorNeeded):
            return SecondFactorNeeded(challenge=outcome.challenge, expires_at=outcome.expires_at)
        return logged_in(context, outcome, cookie=input_.cookie)

    @strawberry.mutation(
        description=(
            "End the current session. Once this mutation has answered, the session no longer works anywhere. Requires "
            "a session."
        ),
        directives=[EXEMPT],
    )
    async def logout(self, info: Info) -> LoggedOut | None:
        context = info.context
        ended_at = await sessions.logout(context.tools.gate, context.caller, at=context.at)
        context.cookies.update(cookies.drop_session())
        return LoggedOut(at=ended_at)

    @strawberry.mutation(
        description=(
            "Revoke one of the user's sessions. Once this mutation has answered, the session no longer works anywhere. "
            "After SERVICE_UNAVAILABLE, repeat the mutation. Requires a session."
        ),
        directives=[EXEMPT],
    )
    async def revoke_session(
        self,
        info: Info,
        id_: Annotated[strawberry.ID, strawberry.argument(name="id", description="The ID of the session.")],
    ) -> RevokeSessionResult | None:
        context = info.context
        session_id = ids.find("Session", id_)
        row = await sessions.revoke(context.tools.gate, context.caller, session_id, at=context.at)
        return SessionRevoked(session=Session(row=row, caller=context.caller))

    @strawberry.mutation(
        description=(
            "Revoke all sessions of the user except the current one. Once this mutation has answered, these sessions "
            "no longer work anywhere. Requires a session."
        ),
        directives=[EXEMPT],
    )
    async def revoke_other_sessions(self, info: Info) -> SessionsRevoked | None:
        context = info.context
        return SessionsRevoked(count=await sessions.revoke_others(context.tools.gate, context.caller, at=context.at))
