"""`gatehouse users`."""

import argparse
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from commands import gate
from commands.stopped import Commands, Stopped
from settings import Settings

if TYPE_CHECKING:
    from db.models.users import User
    from limits.gate import Gate

_MOST = 100
_WHO = "the email address or the stored id of the user"


def add(commands: Commands) -> None:
    users = commands.add_parser("users", help="find users, suspend them and change their plan").add_subparsers(
        required=True, metavar="COMMAND"
    )
    find = users.add_parser(
        "find",
        help="print users",
        description=f"Print users, the newest first, at most {_MOST}.",
    )
    find.add_argument("search", metavar="TEXT", nargs="?", help="a part of the email address or of the display name")
    find.add_argument("--state", choices=("unverified", "active", "suspended"))
    find.add_argument("--plan", metavar="PLAN")
    find.set_defaults(run=_find)
    suspend = users.add_parser(
        "suspend",
        help="suspend a user",
        description="When the command returns, no process accepts a session or an API token of the user.",
    )
    suspend.add_argument("user", metavar="USER", help=_WHO)
    suspend.add_argument("--reason", required=True, help="the user reads it in an email")
    suspend.set_defaults(run=_suspend)
    reinstate = users.add_parser(
        "reinstate", help="end a suspension", description="The user can log in, and the API tokens work again."
    )
    reinstate.add_argument("user", metavar="USER", help=_WHO)
    reinstate.set_defaults(run=_reinstate)
    plan = users.add_parser(
        "plan", help="give a user a plan", description="When the command returns, every process uses the plan."
    )
    plan.add_argument("user", metavar="USER", help=_WHO)
    plan.add_argument("plan", metavar="PLAN", help="`gatehouse plans list` prints the names")
    plan.set_defaults(run=_plan)
    for one in (find, suspend, reinstate, plan):
        one.add_argument("--json", action="store_true", help="print JSON, for programs")


def _find(options: argparse.Namespace) -> int:
    from resolvers import user_search
    from resolvers.user_search import State, Wanted

    state = State(options.state.upper()) if options.state else None
    wanted = Wanted(search=options.search, state=state, plan=options.plan)
    found = act(lambda _: user_search.page(None, wanted, first=_MOST, after=None))
    if options.json:
        print(json.dumps([_shown(user) for user in found.rows], indent=2))
        return 0
    print("\n".join(_line(user) for user in found.rows) or "no user was found")
    if found.has_next:
        print(f"... and more: these are the newest {_MOST}")
    return 0


def _suspend(options: argparse.Namespace) -> int:
    from resolvers import suspensions

    return _change(options, lambda gate, user, at: suspensions.suspend(gate, None, user.id, options.reason, at=at))


def _reinstate(options: argparse.Namespace) -> int:
    from resolvers import suspensions

    return _change(options, lambda gate, user, at: suspensions.reinstate(gate, None, user.id, at=at))


def _plan(options: argparse.Namespace) -> int:
    from resolvers import plan_changes

    return _change(options, lambda gate, user, at: plan_changes.assign(gate, None, user.id, options.plan, at=at))


def _change(options: argparse.Namespace, change: Callable[["Gate", "User", datetime], Awaitable["User"]]) -> int:
    """Prints the user as the change has left them."""
    from resolvers import user_search

    async def run(gate: "Gate") -> "User":
        return await change(gate, await user_search.named(options.user), datetime.now(UTC))

    user = act(run)
    print(json.dumps(_shown(user), indent=2) if options.json else _line(user))
    return 0


def act(what: Callable[["Gate"], Awaitable[Any]]) -> Any:
    """As `gate.act`, with a refusal as the end of the command."""
    import errors

    try:
        return gate.act(Settings.from_environ(), what)
    except errors.NotFound as error:
        raise Stopped("No user has this address or id. `gatehouse users find` looks for a part of it.") from error
    except (errors.InvalidInput, errors.BadRequest, errors.LastAdministrator) as error:
        raise Stopped(str(error)) from error


def _line(user: "User") -> str:
    from resolvers import user_search

    name = f"  {user.display_name}" if user.display_name else ""
    role = "  administrator" if user.role == "ADMIN" else ""
    return f"{user.id}  {user.email}  {user_search.state(user).lower()}  plan {user.plan.name}{role}{name}"


def _shown(user: "User") -> dict[str, str | None]:
    from resolvers import user_search

    return {
        "id": str(user.id),
        "email": user.email,
        "displayName": user.display_name,
        "role": user.role.value,
        "state": user_search.state(user).value,
        "plan": user.plan.name,
        "createdAt": user.created_at.isoformat(),
        "suspendedAt": user.suspended_at.isoformat() if user.suspended_at else None,
    }
