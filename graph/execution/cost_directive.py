"""The directive `@cost`: the price of a field, and the limit that pays for it."""

from enum import Enum

import strawberry
from graphql import GraphQLField, is_nullable_type
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField


@strawberry.enum(description="The limit from which a field's units are spent.")
class CostWindow(Enum):
    PLAN = strawberry.enum_value(
        "PLAN",
        description=(
            "The plan's `minute`, `day` and `concurrency`. An operation with such a field spends all units there."
        ),
    )
    ACCOUNT = strawberry.enum_value(
        "ACCOUNT", description="`account-minute` of a session, or `token-account-minute` of an API token."
    )
    EXEMPT = strawberry.enum_value(
        "EXEMPT",
        description=(
            "No limit, if a session sent the operation, all its root fields are EXEMPT, and no field below them has a "
            "price. Otherwise as ACCOUNT."
        ),
    )
    ANY = strawberry.enum_value(
        "ANY",
        description=(
            "The limit of the other root fields, or the plan's if there are none. The field itself costs nothing."
        ),
    )
    NONE = strawberry.enum_value("NONE", description="No limit. The field costs nothing.")

    @property
    def is_free(self) -> bool:
        return self in (CostWindow.ANY, CostWindow.NONE)


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="cost",
    description=(
        "The price of a field in request units, and the limit that it is spent from.\n\n"
        "- `fromModel`: the price is the `cost` of the model. If `perItemOf` names a list argument, the price is "
        "multiplied by its length.\n"
        "- `weight`: a fixed price.\n"
        "- `pointsPerUnit`: 1 unit for every `pointsPerUnit` usage points that the arguments can return, rounded up.\n"
        "- `window`: the limit. It is set for each root field and each field that runs a model. Other fields spend "
        "from the limit of their root field.\n\n"
        "The price of a field inside a page is multiplied by `first`. A field without a price is free.\n\n"
        "An operation costs at least 1 unit, and a mutation at least 1 unit for each root field. The first unit of "
        "`weight` and `pointsPerUnit` is part of this minimum. `rateLimit(dryRun: true) { cost }` returns the price of "
        "an operation."
    ),
)
class Cost:
    window: CostWindow | None = strawberry.directive_field(name="window", default=strawberry.UNSET)
    # Without defaults: the printed schema then shows only the arguments that a field sets.
    weight: int | None = strawberry.directive_field(name="weight", default=strawberry.UNSET)
    from_model: bool | None = strawberry.directive_field(name="fromModel", default=strawberry.UNSET)
    per_item_of: str | None = strawberry.directive_field(name="perItemOf", default=strawberry.UNSET)
    points_per_unit: int | None = strawberry.directive_field(name="pointsPerUnit", default=strawberry.UNSET)


def directive_of(field: GraphQLField) -> Cost | None:
    definition = definition_of(field)
    directives = definition.directives if definition is not None else ()
    return next((directive for directive in directives if isinstance(directive, Cost)), None)


def definition_of(field: GraphQLField) -> StrawberryField | None:
    return (field.extensions or {}).get("strawberry-definition")


def window_of(field: GraphQLField | None) -> CostWindow | None:
    """None if the field has no window: it uses that of its root field."""
    directive = directive_of(field) if field is not None else None
    return (directive.window or None) if directive is not None else None


def runs_dry(field: GraphQLField | None) -> bool:
    """Whether the field is null in a dry run, and its resolver does not run."""
    # `typed` is never null. It runs nothing itself, and the fields below it have a window too.
    window = window_of(field)
    return field is not None and window is not None and not window.is_free and is_nullable_type(field.type)


# For root fields whose price is nothing beyond the 1 unit of an operation.
PLAN = Cost(window=CostWindow.PLAN)
ACCOUNT = Cost(window=CostWindow.ACCOUNT)
EXEMPT = Cost(window=CostWindow.EXEMPT)
