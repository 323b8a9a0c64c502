"""Translates the statuses of Triton's errors. Triton and the models use the same ones, with different texts."""

import re

import errors
from inference.transports.transport import CallFailed, Status

# Triton names the ensembles on the way, and may name the request. The whole text must match, so that a model that
# repeats its input in an error cannot imitate Triton.
_STEPS = r"(?:in ensemble '.*?', )"
_REQUEST = r"(?:\[request id: [^\]]*\] )?"
_BUSY = re.compile(_STEPS + f"*{_REQUEST}" + r"(?:Exceeds maximum queue size|Request timeout expired)\.?")
# Of the called model itself: where a step of an ensemble has no room, steps before it have run.
_NO_ROOM = re.compile(_REQUEST + r"Exceeds maximum queue size\.?")
_GONE = (
    r"Request for unknown model: '{}' "
    r"(?:is not found|has no available versions|version -?\d+ is not (?:found|at ready state))"
)
# The model started to stream after the catalogue was read. By gRPC and by HTTP:
_STREAMS = (
    "ModelInfer RPC doesn't support models with decoupled transaction policy",
    "HTTP end point doesn't support models with decoupled transaction policy",
)
# Every other status that a model can set on an error, and those of an exception.
_OF_A_MODEL = frozenset(
    {
        Status.ALREADY_EXISTS,
        Status.CANCELLED,
        Status.INTERNAL,
        Status.NOT_FOUND,
        Status.UNIMPLEMENTED,
        Status.UNKNOWN,
    }
)


def of(model: str, status: Status, details: str) -> errors.GatehouseError:
    """The error for a call of the model. Triton's texts are never shown: they contain paths and code.

    UNAVAILABLE is always taken as unavailable: on the wire, a model that sets it looks like a broken connection.
    """
    if status is Status.INVALID_ARGUMENT:
        return errors.ModelRefused(model, reason=details)
    if status is Status.UNAVAILABLE and _BUSY.fullmatch(details.strip()):
        return errors.ModelBusy(f"The queue of model {model!r} is full, or the call waited too long in it.")
    if status in _OF_A_MODEL and not _has_changed(model, status, details.strip()):
        return errors.ModelFailed(model)
    return errors.ModelUnavailable(f"Model {model!r} is not available. Try again in a few seconds.")


def has_not_run(model: str, failed: CallFailed) -> bool:
    """Whether it is certain that no part of the call was executed, so that another Triton may be asked.

    A model could imitate Triton's texts: its own call is then made again.
    """
    details = failed.details.strip()
    if not failed.was_sent or is_gone(model, failed):
        return True
    return failed.status is Status.UNAVAILABLE and _NO_ROOM.fullmatch(details) is not None


def is_gone(model: str, failed: CallFailed) -> bool:
    """Whether Triton does not have the model, or not the version."""
    if failed.status not in (Status.NOT_FOUND, Status.UNAVAILABLE):
        return False
    return re.fullmatch(_GONE.format(re.escape(model)), failed.details.strip()) is not None


def _has_changed(model: str, status: Status, details: str) -> bool:
    """Whether the model, or a step of it, was unloaded or started to stream after the catalogue was read."""
    if status is Status.UNIMPLEMENTED:
        return details in _STREAMS
    gone = f"{_GONE.format(re.escape(model))}|{_STEPS}+{_GONE.format('.*')}"
    return status is Status.NOT_FOUND and re.fullmatch(gone, details) is not None
