"""Models that cannot be used, and inputs that they cannot work on."""

from collections.abc import Mapping

from errors.base import CallerError, Fault, ServiceError


class ModelNotFound(CallerError):
    code = "MODEL_NOT_FOUND"
    status = 404

    def __init__(self, name: str, version: str | None = None) -> None:
        which = f"{name!r}" if version is None else f"{name!r} in version {version!r}"
        super().__init__(f"There is no model {which} that you may use. `models` lists those there are.")


class TextReaderNotFound(CallerError):
    """The cause is logged: an operator may have forgotten the model."""

    code = "MODEL_NOT_FOUND"
    status = 404
    logs_cause = True

    def __init__(self, name: str) -> None:
        # One message for both reasons: a model that is hidden from the caller must look like a missing one.
        super().__init__(
            f"`readText` needs the model {name!r}, which this service does not run or you may not use. `models` lists "
            "the models that you may use."
        )


class ModelUnavailable(ServiceError):
    code = "MODEL_UNAVAILABLE"
    status = 503
    fault = Fault.MODEL_DOWN


class ModelRefused(CallerError):
    """The model refused inputs that fit its declaration. `reason` is the model's own text, and not for callers."""

    code = "BAD_REQUEST"
    status = 400
    logs_cause = True

    def __init__(self, name: str, *, reason: str = "") -> None:
        self.reason = reason
        super().__init__(
            f"Model {name!r} refused these inputs: they fit its declaration but not what it works on. "
            "Its operator finds the reason under this request's id."
        )


class ModelFailed(ServiceError):
    code = "INTERNAL"
    status = 500
    fault = Fault.INTERNAL

    def __init__(self, name: str, *, how: str | None = None) -> None:
        """`how` is the rest of a sentence, for callers too."""
        failed = f"failed: {how}" if how else "failed"
        super().__init__(f"Model {name!r} {failed}. Its operator finds the reason under this request's id.")


class ModelBusy(ServiceError):
    """Nothing was run. `reason` is a sentence: what is full. It is not logged: every call of a flood ends like this."""

    code = "MODEL_BUSY"
    status = 503
    fault = Fault.BUSY
    logs_cause = False

    def __init__(self, reason: str, *, retry_after_seconds: int = 1) -> None:
        self.retry_after_seconds = retry_after_seconds
        soon = "a second" if retry_after_seconds == 1 else f"{retry_after_seconds} seconds"
        super().__init__(f"{reason} Try again in {soon}.")

    @property
    def facts(self) -> Mapping[str, object]:
        return {"retryAfterSeconds": self.retry_after_seconds}


class InvalidTensor(CallerError):
    """`tensor` is the name of the wrong tensor; `expected` and `got` are short phrases."""

    code = "INVALID_TENSOR"
    status = 400

    def __init__(self, tensor: str, *, expected: str, got: str) -> None:
        self.tensor = tensor
        self.expected = expected
        self.got = got
        super().__init__(f"Tensor {tensor!r}: expected {expected}, got {got}.")

    @property
    def facts(self) -> Mapping[str, object]:
        return {"tensor": self.tensor, "expected": self.expected, "got": self.got}


class InvalidImage(CallerError):
    code = "INVALID_IMAGE"
    status = 400
