"""Plans, for administrators."""

from typing import Annotated

import strawberry

from graph.administration.users import ONLY_ADMINISTRATORS
from graph.context import Info
from graph.execution.cost_directive import ACCOUNT
from graph.refusals import InvalidInput
from graph.scalars import Duration
from graph.users import Plan
from resolvers import administration, plan_changes
from resolvers.plan_changes import NewPlan
from settings import ModelLimit


@strawberry.input(
    description="Limits on what users of a plan may spend on calls of one model. At least one of the two is required."
)
class ModelLimitInput:
    model: str = strawberry.field(description="The name of the model.")
    units_per_minute: int | None = strawberry.field(
        description="Request units in any 60 seconds, 1 or more. Omitted or null: no limit of its own.",
        default=strawberry.UNSET,
    )
    units_per_day: int | None = strawberry.field(
        description="Request units in a day, UTC, 1 or more. Omitted or null: no limit of its own.",
        default=strawberry.UNSET,
    )

    def read(self) -> ModelLimit:
        units = (self.units_per_minute, self.units_per_day)
        return ModelLimit(self.model, *(None if one is strawberry.UNSET else one for one in units))


@strawberry.input(description="A plan. All values replace those of an existing plan with this name.")
class PlanInput:
    name: str = strawberry.field(description="The name, 1 to 80 characters. It cannot be changed later.")
    units_per_minute: int = strawberry.field(
        description="Request units that a user may spend in any 60 seconds, 1 or more."
    )
    units_per_day: int = strawberry.field(description="Request units that a user may spend in a day, UTC, 1 or more.")
    concurrent_requests: int = strawberry.field(
        description="The number of operations with inference that a user may run at the same time, 1 or more."
    )
    max_api_tokens: int = strawberry.field(
        description="The number of active API tokens that a user may have, 1 or more."
    )
    max_token_lifetime: Duration = strawberry.field(
        description="The longest lifetime of an API token, from PT1S to P366D."
    )
    weight: int = strawberry.field(
        description=(
            "The share of a model's time that a user has while calls wait for the model, 1 to 100. A user with 3 has "
            "three times the share of a user with 1."
        ),
        default=1,
    )
    models: list[str] = strawberry.field(
        description="The names of private models that users of this plan may use, at most 100.", default_factory=list
    )
    model_limits: list[ModelLimitInput] = strawberry.field(
        description="Limits for single models, at most 100. A call must be within these and the limits of the plan.",
        default_factory=list,
    )

    def read(self) -> NewPlan:
        return NewPlan(
            name=self.name,
            units_per_minute=self.units_per_minute,
            units_per_day=self.units_per_day,
            concurrent_requests=self.concurrent_requests,
            max_api_tokens=self.max_api_tokens,
            max_token_lifetime=self.max_token_lifetime,
            weight=self.weight,
            models=self.models,
            model_limits=[limit.read() for limit in self.model_limits],
        )


@strawberry.type(description="The plan was saved. It applies everywhere.")
class PlanSaved:
    plan: Plan = strawberry.field(description="The saved plan.")


SavePlanResult = Annotated[
    PlanSaved | InvalidInput,
    strawberry.union("SavePlanResult", description="The result of `savePlan`: the saved plan or an error."),
]


@strawberry.type
class PlanQueries:
    @strawberry.field(description=f"All plans, by name. {ONLY_ADMINISTRATORS}", directives=[ACCOUNT])
    async def plans(self, info: Info) -> list[Plan] | None:
        caller = await administration.admit(info.context.caller)
        return [Plan(row=row) for row in await plan_changes.listed(caller)]


@strawberry.type
class PlanMutations:
    @strawberry.mutation(
        description=(
            "Create a plan, or change the plan with this name. Once this mutation has answered, the plan applies "
            "everywhere, which takes about 2 seconds. The operator's settings determine the numbers of the plan "
            f"`free`; only its `models` can be changed. {ONLY_ADMINISTRATORS}"
        ),
        directives=[ACCOUNT],
    )
    async def save_plan(
        self,
        info: Info,
        input_: Annotated[PlanInput, strawberry.argument(name="input", description="The plan.")],
    ) -> SavePlanResult | None:
        context = info.context
        tools = context.tools
        row = await plan_changes.save(tools.gate, context.caller, input_.read(), tools.settings, at=context.at)
        return PlanSaved(plan=Plan(row=row))
