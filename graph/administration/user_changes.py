"""Suspending users, and changing their role and plan, by administrators."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph import ids
from graph.administration.users import ONLY_ADMINISTRATORS, Id
from graph.context import Info
from graph.execution.cost_directive import ACCOUNT, EXEMPT
from graph.refusals import InvalidInput, LastAdministrator, NotFound
from graph.users import Role, User
from resolvers import administrators, plan_changes, suspensions

if TYPE_CHECKING:
    from db.models.users import User as UserRow


@strawberry.type(description="The user was suspended. No credential of the user works any longer.")
class UserSuspended:
    user: User = strawberry.field(description="The suspended user.")


@strawberry.type(description="The user was reinstated and can log in. The API tokens work again.")
class UserReinstated:
    user: User = strawberry.field(description="The reinstated user.")


@strawberry.type(description="The user has the plan. It applies everywhere.")
class UserPlanSet:
    user: User = strawberry.field(description="The user with the plan.")


@strawberry.type(description="The user has the role. It applies everywhere.")
class UserRoleSet:
    user: User = strawberry.field(description="The user with the role.")


SuspendUserResult = Annotated[
    UserSuspended | NotFound | InvalidInput | LastAdministrator,
    strawberry.union("SuspendUserResult", description="The result of `suspendUser`: the suspended user or an error."),
]
ReinstateUserResult = Annotated[
    UserReinstated | NotFound,
    strawberry.union(
        "ReinstateUserResult", description="The result of `reinstateUser`: the reinstated user or an error."
    ),
]
SetUserPlanResult = Annotated[
    UserPlanSet | NotFound | InvalidInput,
    strawberry.union("SetUserPlanResult", description="The result of `setUserPlan`: the changed user or an error."),
]
SetUserRoleResult = Annotated[
    UserRoleSet | NotFound | InvalidInput | LastAdministrator,
    strawberry.union("SetUserRoleResult", description="The result of `setUserRole`: the changed user or an error."),
]

Reason = Annotated[
    str, strawberry.argument(description="The reason, 1 to 1,000 characters. The user reads it in an email.")
]
_REPEAT = "After SERVICE_UNAVAILABLE, repeat the mutation."


@strawberry.type
class UserMutations:
    @strawberry.mutation(
        description=(
            "Suspend a user. Once this mutation has answered, no session and no API token of the user works anywhere. "
            "Sessions end for good; API tokens work again after `reinstateUser`. The user gets an email with the "
            f"reason. A user who is already suspended stays so, for the first reason. {_REPEAT} {ONLY_ADMINISTRATORS}"
        ),
        directives=[EXEMPT],
    )
    async def suspend_user(self, info: Info, id_: Id, reason: Reason) -> SuspendUserResult | None:
        context = info.context
        user_id = ids.find("User", id_)
        row = await suspensions.suspend(context.tools.gate, context.caller, user_id, reason, at=context.at)
        return UserSuspended(user=_seen(info, row))

    @strawberry.mutation(
        description=(
            "End the suspension of a user, who can log in again. Once this mutation has answered, the user's API "
            f"tokens work everywhere. {_REPEAT} {ONLY_ADMINISTRATORS}"
        ),
        directives=[ACCOUNT],
    )
    async def reinstate_user(self, info: Info, id_: Id) -> ReinstateUserResult | None:
        context = info.context
        row = await suspensions.reinstate(context.tools.gate, context.caller, ids.find("User", id_), at=context.at)
        return UserReinstated(user=_seen(info, row))

    @strawberry.mutation(
        description=(
            "Give a user another plan. Once this mutation has answered, it applies everywhere. API tokens beyond its "
            f"`maxApiTokens` or `maxTokenLifetime` stay. {_REPEAT} {ONLY_ADMINISTRATORS}"
        ),
        directives=[ACCOUNT],
    )
    async def set_user_plan(
        self,
        info: Info,
        id_: Id,
        plan: Annotated[str, strawberry.argument(description="The name of the plan.")],
    ) -> SetUserPlanResult | None:
        context = info.context
        row = await plan_changes.assign(context.tools.gate, context.caller, ids.find("User", id_), plan, at=context.at)
        return UserPlanSet(user=_seen(info, row))

    @strawberry.mutation(
        description=(
            "Make a user an administrator, or an administrator an ordinary user. Once this mutation has answered, it "
            f"applies everywhere. The last administrator stays. {_REPEAT} {ONLY_ADMINISTRATORS}"
        ),
        directives=[ACCOUNT],
    )
    async def set_user_role(
        self,
        info: Info,
        id_: Id,
        role: Annotated[Role, strawberry.argument(description="The new role.")],
    ) -> SetUserRoleResult | None:
        context = info.context
        row = await administrators.set_role(
            context.tools.gate,
            context.caller,
            ids.find("User", id_),
            role.name,
            at=context.at,
        )
        return UserRoleSet(user=_seen(info, row))


def _seen(info: Info, row: "UserRow") -> User:
    # The mutation has checked the administrator.
    return User(row=row, caller=replace(info.context.caller, administers=True))
