"""What every resolver of one request can reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strawberry.types import Info as StrawberryInfo

from resolvers.health import Health
from settings import Settings

if TYPE_CHECKING:
    from access.callers import Caller
    from inference.server import ModelServer


@dataclass(slots=True, kw_only=True)
class Context:
    """`cost` and `dry_run` are known once the operation was priced, before any field runs."""

    request_id: str
    caller: Caller
    settings: Settings
    models: ModelServer
    health: Health
    cost: int = 0
    dry_run: bool = False


Info = StrawberryInfo[Context, Any]
