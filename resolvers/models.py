"""The models a caller may use."""

from dataclasses import replace

import errors
from access import callers
from access.callers import Caller

# Named again for the GraphQL face, which sees the rooms below through this one.
from inference.catalogue import Model as Model
from inference.declarations import Declaration as Declaration
from inference.declarations import TensorSpec as TensorSpec
from inference.server import ModelServer


def listed(server: ModelServer, caller: Caller) -> list[Model]:
    """By name. Raises Unauthenticated and ModelUnavailable."""
    callers.require_inference(caller)
    return [model for model in server.catalogue.models() if model.declaration.public]


def find(server: ModelServer, caller: Caller, name: str, version: str | None = None) -> Model:
    """With a version, the model as if it were the only one. Raises ModelNotFound too, also for a hidden model."""
    callers.require_inference(caller)
    model = server.catalogue.find(name)
    if model is None or not model.declaration.public:
        raise errors.ModelNotFound(name)
    if version is None:
        return model
    if version not in model.versions:
        raise errors.ModelNotFound(name, version)
    return replace(model, ready=tuple(ready for ready in model.ready if ready == version))


def price(server: ModelServer, caller: Caller, name: str) -> int:
    """Request units one call costs now; 1 for a model that the caller may not know of."""
    try:
        return find(server, caller, name).declaration.cost
    except errors.GatehouseError:
        return 1
