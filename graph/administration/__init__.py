"""What administrators do: one module for each noun."""

import strawberry

from graph.administration.events import AuditQueries
from graph.administration.plans import PlanMutations, PlanQueries
from graph.administration.tokens import UserTokenMutations
from graph.administration.user_changes import UserMutations
from graph.administration.users import UserListQueries


@strawberry.type
class AdministrationQueries(UserListQueries, PlanQueries, AuditQueries):
    pass


@strawberry.type
class AdministrationMutations(UserMutations, PlanMutations, UserTokenMutations):
    pass
