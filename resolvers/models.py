"""The models a caller may use."""

from dataclasses import dataclass, replace

import errors
from access import callers
from access.callers import Caller

# Named again for the GraphQL face, which sees the rooms below through this one.
from inference.catalogue import Model as Model
from inference.declarations import Declaration as Declaration
from inference.declarations import TensorSpec as TensorSpec
from inference.server import ModelServer


def listed(server: ModelServer, caller: Caller) -> list[Model]:
    """By name. Raises Unauthenticated, Forbidden and ModelUnavailable."""
    callers.require_catalogue(caller)
    return [model for model in server.catalogue.models() if _may_use(caller, model)]


def look_up(server: ModelServer, caller: Caller, name: str, version: str | None = None) -> Model:
    """To look at. Raises ModelNotFound too, also for a model that is hidden from this caller."""
    callers.require_catalogue(caller)
    return _find(server, caller, name, version)


def find(server: ModelServer, caller: Caller, name: str, version: str | None = None) -> Model:
    """To run. Raises the same."""
    callers.require_inference(caller)
    return _find(server, caller, name, version)


@dataclass(frozen=True, slots=True)
class Quote:
    """What one call costs, in request units, and the model it is booked under; None: under no model."""

    model: str | None
    units: int


def quote(server: ModelServer, caller: Caller, name: str) -> Quote:
    """What a call of the model with this name costs now.

    1 unit and no model where the catalogue has none of this name, or none that this caller may know of; before a
    caller is admitted that is every model which is not public. So a name that a caller made up is never stored, and
    `usage` does not tell a hidden model from one that does not exist.
    """
    model = _known(server, name)
    if model is None or not _may_use(caller, model):
        return Quote(None, 1)
    if caller.credential is None and not caller.visitor_inference:
        return Quote(model.name, 1)
    return Quote(model.name, model.declaration.cost)


def splits(server: ModelServer) -> int:
    """How many models usage may be split by: those open to everyone, and one row for what belongs to no model.

    Others are left out, as their number must not be told by a price.
    """
    return 1 + sum(declaration.public for declaration in server.catalogue.declarations)


def is_hidden(server: ModelServer, name: str) -> bool:
    """Whether there is such a model, and not everybody may know of it."""
    model = _known(server, name)
    return model is not None and not model.declaration.public


def _known(server: ModelServer, name: str) -> Model | None:
    try:
        return server.catalogue.find(name)
    except errors.ModelUnavailable:
        return None


def _find(server: ModelServer, caller: Caller, name: str, version: str | None) -> Model:
    """With a version, the model as if it were the only one."""
    model = server.catalogue.find(name)
    if model is None or not _may_use(caller, model):
        raise errors.ModelNotFound(name)
    if version is None:
        return model
    if version not in model.versions:
        raise errors.ModelNotFound(name, version)
    return replace(model, ready=tuple(ready for ready in model.ready if ready == version))


def _may_use(caller: Caller, model: Model) -> bool:
    return callers.may_use(caller, model.name, public=model.declaration.public)
