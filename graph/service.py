"The version and health of this service. Requires no credential and costs nothing."

from enum import Enum
from functools import cache

import strawberry

from graph.context import Info
from graph.execution.cost_directive import Cost, CostWindow


@strawberry.enum(description="Health status.")
class Health(Enum):
    UP = strawberry.enum_value("UP", description="It works.")
    DEGRADED = strawberry.enum_value(
        "DEGRADED", description="A dependency is down. Everything that does not need it works."
    )
    DOWN = strawberry.enum_value("DOWN", description="It does not answer.")


@strawberry.type(description="A server that this service depends on.")
class Dependency:
    name: str = strawberry.field(description="`postgres`, `redis` or `triton`.")
    health: Health = strawberry.field(description="UP or DOWN, as checked within the last seconds.")


@strawberry.type(description="The version and health of this service.")
class Service:
    version: str = strawberry.field(description="The version of this service, such as 0.1.0.")
    health: Health = strawberry.field(description="UP, or DEGRADED while a dependency is down.")
    dependencies: list[Dependency] = strawberry.field(description="The health of each dependency.")


@strawberry.type
class ServiceQueries:
    @strawberry.field(
        description="The version and health of this service. Requires no credential and costs nothing.",
        directives=[Cost(window=CostWindow.NONE)],
    )
    def service(self, info: Info) -> Service:
        health = info.context.health
        return Service(
            version=_version(),
            health=Health(health.status.value),
            dependencies=[
                Dependency(name=name, health=Health(status.value)) for name, status in health.dependencies.items()
            ],
        )


@cache
def _version() -> str:
    """It is read from a file, which takes longer than all else that `service` does."""
    from importlib.metadata import version

    return version("gatehouse")
