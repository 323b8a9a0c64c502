"""The users of the service, for administrators."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph import ids, pages
from graph.arguments import After, First, given
from graph.context import Info
from graph.execution.cost_directive import ACCOUNT, Cost
from graph.pages import PageInfo
from graph.users import User
from resolvers import administration, user_search
from resolvers.user_search import State, Wanted

if TYPE_CHECKING:
    from access.callers import Caller

# Sent to administrators only; a caller who is none learns nothing about users or plans.
ONLY_ADMINISTRATORS = (
    "Only for a session of an administrator with two-factor login. FORBIDDEN for all other callers, and for API tokens."
)


@strawberry.enum(description="The state of a user.")
class UserState(Enum):
    UNVERIFIED = strawberry.enum_value(
        "UNVERIFIED", description="The email address is not verified yet, so the user cannot log in."
    )
    ACTIVE = strawberry.enum_value("ACTIVE", description="The user can log in.")
    SUSPENDED = strawberry.enum_value(
        "SUSPENDED", description="An administrator suspended the user, verified or not. No credential works."
    )


@strawberry.type(description="A user and its cursor.")
class UserEdge:
    cursor: str = strawberry.field(description="The cursor of this item, for `after`.")
    node: User = strawberry.field(description="The user.")


@strawberry.type(description="A page of users, newest first.")
class UserConnection:
    items: strawberry.Private[list[tuple[str, User]]]
    info: strawberry.Private[PageInfo]
    caller: strawberry.Private["Caller"]
    wanted: strawberry.Private[Wanted]

    @strawberry.field(description="The users of this page, with their cursors.")
    def edges(self) -> list[UserEdge]:
        return [UserEdge(cursor=cursor, node=node) for cursor, node in self.items]

    @strawberry.field(description="The users of this page.")
    def nodes(self) -> list[User]:
        return [node for _, node in self.items]

    @strawberry.field(description="The position of this page in the list.")
    def page_info(self) -> PageInfo:
        return self.info

    @strawberry.field(
        description="The number of users on all pages. It is counted only if this field is selected.",
        directives=[Cost(weight=1)],
    )
    async def total_count(self) -> int:
        return await user_search.count(self.caller, self.wanted)


Search = Annotated[
    str | None,
    strawberry.argument(
        description=(
            "A part of the email address or of the display name, in capital or small letters. Null: all users."
        )
    ),
]
InState = Annotated[UserState | None, strawberry.argument(description="Only users in this state. Null: in any state.")]
OfPlan = Annotated[
    str | None, strawberry.argument(description="Only users of the plan with this name. Null: of any plan.")
]
Id = Annotated[strawberry.ID, strawberry.argument(name="id", description="The ID of the user.")]


@strawberry.type
class UserListQueries:
    @strawberry.field(description=f"Users, newest first. {ONLY_ADMINISTRATORS}", directives=[ACCOUNT])
    async def users(
        self,
        info: Info,
        first: First = 50,
        after: After = strawberry.UNSET,
        search: Search = strawberry.UNSET,
        state: InState = strawberry.UNSET,
        plan: OfPlan = strawberry.UNSET,
    ) -> UserConnection | None:
        caller = await administration.admit(info.context.caller)
        position = pages.position(first, given(after))
        chosen = given(state)
        wanted = Wanted(search=given(search), state=State(chosen.name) if chosen else None, plan=given(plan))
        found = await user_search.page(caller, wanted, first=first, after=position)
        nodes = [(row.created_at, row.id, User(row=row, caller=caller)) for row in found.rows]
        items = pages.with_cursors(nodes)
        page = pages.info(items, has_next=found.has_next, has_previous=found.has_previous)
        return UserConnection(items=items, info=page, caller=caller, wanted=wanted)

    @strawberry.field(
        description=f"The user with this ID. Null if there is none. {ONLY_ADMINISTRATORS}", directives=[ACCOUNT]
    )
    async def user(self, info: Info, id_: Id) -> User | None:
        caller = await administration.admit(info.context.caller)
        found = await user_search.find(caller, ids.find("User", id_))
        return User(row=found, caller=caller) if found else None
