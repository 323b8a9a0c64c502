"""The audit log: the security events of all users and the acts of administrators."""

from typing import Annotated
from uuid import UUID

import strawberry

from graph import ids
from graph.accounts import events
from graph.accounts.events import AuditEventConnection
from graph.administration.users import ONLY_ADMINISTRATORS
from graph.arguments import After, First, given
from graph.context import Info
from graph.execution.cost_directive import ACCOUNT
from resolvers import administration

OfUser = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="Return only events of this user's account. Omitted or null: events of all accounts and plans."
    ),
]
OfAction = Annotated[
    str | None,
    strawberry.argument(
        description="Return only events with this action, such as USER_SUSPENDED. Omitted or null: any action."
    ),
]


@strawberry.type
class AuditQueries:
    @strawberry.field(
        description=(
            "The audit log, newest first: security events of all users, and acts of administrators, which are never "
            f"deleted. {ONLY_ADMINISTRATORS}"
        ),
        directives=[ACCOUNT],
    )
    async def audit_events(
        self,
        info: Info,
        first: First = 50,
        after: After = strawberry.UNSET,
        user_id: OfUser = strawberry.UNSET,
        action: OfAction = strawberry.UNSET,
    ) -> AuditEventConnection | None:
        caller = await administration.admit(info.context.caller)
        asked = given(user_id)
        # No user has the nil UUID, so an id of something else finds no events.
        of_user = None if asked is None else ids.find("User", asked) or UUID(int=0)
        return await events.read_log(caller, first=first, after=given(after), user_id=of_user, action=given(action))
