"""The models a caller may use."""

from typing import NamedTuple

import errors
from access import callers
from access.callers import Caller
from inference.catalogue import Model
from inference.server import ModelServer

# Of a text to search for.
_LONGEST_SEARCH = 80


def listed(server: ModelServer, caller: Caller, *, search: str | None = None) -> list[Model]:
    """By name. `search` is a part of the name or of the description, in letters of either case.

    Raises Unauthenticated, Forbidden, ModelUnavailable, and BadRequest for a text that is too long.
    """
    callers.require_catalogue(caller)
    text = (search or "").strip().casefold()
    if len(text) > _LONGEST_SEARCH:
        raise errors.BadRequest(f"`search` has more than {_LONGEST_SEARCH} characters. Shorten it.")
    return [
        model
        for model in server.catalogue.models()
        if callers.may_use(caller, model.name, public=model.declaration.public) and text in _text(model)
    ]


def _text(model: Model) -> str:
    return f"{model.name}\n{model.declaration.description or ''}".casefold()


def look_up(server: ModelServer, caller: Caller, name: str, version: str | None = None) -> Model:
    """For reading. Raises as `listed`, and ModelNotFound, also for a model that is hidden from this caller."""
    callers.require_catalogue(caller)
    return _find(server, caller, name, version)


def find(server: ModelServer, caller: Caller, name: str, version: str | None = None, *, streams: bool = False) -> Model:
    """For a call. Raises as `look_up`, BadRequest if no such call of it can succeed, and ModelUnavailable for a version
    that is not ready. `streams`: the call may have several answers."""
    called = caller.called if version is None and not streams else None
    if called is not None and called.name == name and server.catalogue.find(name) is called:
        # What is checked below follows from the caller and the model, which are the same objects as at its last call.
        return called
    callers.require_inference(caller)
    model = _find(server, caller, name, version)
    if refused := _why_not(model, streams=streams):
        raise errors.BadRequest(refused)
    if version is not None and not model.ready:
        raise errors.ModelUnavailable(
            f"Version {version!r} of model {name!r} is not ready. Try again in a few seconds, or leave `version` out."
        )
    if version is None and not streams:
        caller.called = model
    return model


class Quote(NamedTuple):
    """The cost of one call in request units, and the model that usage counts it for; None: for no model.

    `refused`: no call of the model can succeed, so a call costs nothing and is not counted. `is_hidden`: the model
    exists and is not public.
    """

    model: str | None
    units: int
    refused: bool = False
    is_hidden: bool = False


def quote(server: ModelServer, caller: Caller, name: str, *, streams: bool = False) -> Quote:
    """The current cost of a call of the model with this name. `streams`: the call may have several answers.

    1 unit for no model if there is no such model, or none that this caller may see; before admission, a caller may see
    only public models. So a name that a caller made up is never stored, and `usage` does not show whether a hidden
    model exists.
    """
    model = _known(server, name)
    if model is None:
        return Quote(None, 1)
    declaration = model.declaration
    is_hidden = not declaration.public
    if not callers.may_use(caller, declaration.name, public=declaration.public):
        return Quote(None, 1, is_hidden=is_hidden)
    if caller.credential is None and not caller.visitor_inference:
        return Quote(declaration.name, 1, is_hidden=is_hidden)
    if _why_not(model, streams=streams):
        return Quote(declaration.name, 0, refused=True, is_hidden=is_hidden)
    return Quote(declaration.name, declaration.cost, is_hidden=is_hidden)


def quotes_follow_from(server: ModelServer, caller: Caller) -> tuple[object, ...]:
    """A quote for a name is the same as long as this is, and it says whether the caller has a session."""
    credential = caller.credential
    kind = caller.visitor_inference if credential is None else credential.kind
    return server.catalogue.generation, caller.rights, kind


def splits(server: ModelServer) -> int:
    """The number of rows that usage by model is priced for: one for each public model, and one for no model.

    Other models are left out, because the price must not reveal their number.
    """
    return 1 + sum(declaration.public for declaration in server.catalogue.declarations)


def is_hidden(server: ModelServer, name: str) -> bool:
    """Whether the model exists and is not public."""
    model = _known(server, name)
    return model is not None and not model.declaration.public


def _known(server: ModelServer, name: str) -> Model | None:
    try:
        return server.catalogue.find(name)
    except errors.ModelUnavailable:
        return None


def _find(server: ModelServer, caller: Caller, name: str, version: str | None) -> Model:
    """With `version`, the model as if it had only this version."""
    model = server.catalogue.find(name)
    if model is None or not callers.may_use(caller, model.declaration.name, public=model.declaration.public):
        raise errors.ModelNotFound(name)
    if version is None:
        return model
    if version not in model.versions:
        raise errors.ModelNotFound(name, version)
    return model.only(version)


def _why_not(model: Model, *, streams: bool) -> str | None:
    """Why no call of it can succeed."""
    return model.declaration.uncallable or (None if streams else model.declaration.only_streams)
