"""Whether this service and what it stands on are up."""

from __future__ import annotations

from enum import Enum
from importlib.metadata import version

import strawberry

from graph.context import Info


@strawberry.enum(description="How something is.")
class Health(Enum):
    UP = strawberry.enum_value("UP", description="It answers.")
    DEGRADED = strawberry.enum_value("DEGRADED", description="Something it stands on is down; the rest is served.")
    DOWN = strawberry.enum_value("DOWN", description="It does not answer.")


@strawberry.type(description="Something this service stands on.")
class Dependency:
    name: str = strawberry.field(description="postgres, redis or triton.")
    health: Health = strawberry.field(description="As it was seen within the last seconds: UP or DOWN.")


@strawberry.type(description="This service, as it is now.")
class Service:
    version: str = strawberry.field(description="Its release.")
    health: Health = strawberry.field(description="DEGRADED while something it stands on is down.")
    dependencies: list[Dependency] = strawberry.field(description="What it stands on, each by itself.")


@strawberry.type
class ServiceQueries:
    @strawberry.field(description="Whether this service and what it stands on are up.")
    def service(self, info: Info) -> Service:
        health = info.context.health
        return Service(
            version=version("gatehouse"),
            health=Health(health.status.value),
            dependencies=[
                Dependency(name=name, health=Health(status.value)) for name, status in health.dependencies.items()
            ],
        )
