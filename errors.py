"""Every refusal a caller can act on. The message is written for that caller to read."""

from collections.abc import Mapping
from typing import ClassVar


class GatehouseError(Exception):
    """`code` is an ErrorCode of the schema; `facts` stand beside it in an error's `extensions`."""

    code: ClassVar[str]

    @property
    def facts(self) -> Mapping[str, object]:
        return {}


class BadRequest(GatehouseError):
    code = "BAD_REQUEST"


class MethodNotAllowed(BadRequest):
    """The HTTP method cannot carry this."""


class NotAcceptable(BadRequest):
    """The client accepts no form in which an answer could come."""


class UnsupportedMediaType(BadRequest):
    """The body is of a kind that is not read here."""


class RequestTimeout(BadRequest):
    """The body did not arrive in time."""


class QueryTooComplex(GatehouseError):
    code = "QUERY_TOO_COMPLEX"


class PayloadTooLarge(GatehouseError):
    code = "PAYLOAD_TOO_LARGE"


class Unauthenticated(GatehouseError):
    code = "UNAUTHENTICATED"

    def __init__(self) -> None:
        # One sentence for every bad credential: how it is bad would help whoever forges one.
        super().__init__("This needs a valid credential.")


class ModelNotFound(GatehouseError):
    code = "MODEL_NOT_FOUND"

    def __init__(self, name: str, version: str | None = None) -> None:
        which = f"{name!r}" if version is None else f"{name!r} in version {version!r}"
        super().__init__(f"There is no model {which} that you may use. `models` lists those there are.")


class ModelUnavailable(GatehouseError):
    code = "MODEL_UNAVAILABLE"


class ModelRefused(GatehouseError):
    """The model itself refused inputs that fit its declaration."""

    code = "BAD_REQUEST"

    def __init__(self, name: str) -> None:
        super().__init__(f"Model {name!r} refused these inputs: they fit its declaration but not what it works on.")


class ModelFailed(GatehouseError):
    code = "INTERNAL"

    def __init__(self, name: str) -> None:
        super().__init__(f"Model {name!r} failed. Its operator finds the reason under this request's id.")


class ModelBusy(GatehouseError):
    """Every place for a call in flight is taken."""

    code = "MODEL_BUSY"
    retry_after_seconds = 1

    def __init__(self) -> None:
        super().__init__("Too many inference calls are running. Try again in a second.")

    @property
    def facts(self) -> Mapping[str, object]:
        return {"retryAfterSeconds": self.retry_after_seconds}


class InvalidTensor(GatehouseError):
    """`tensor` is the name of the tensor at fault; `expected` and `got` are short phrases."""

    code = "INVALID_TENSOR"

    def __init__(self, tensor: str, *, expected: str, got: str) -> None:
        self.tensor = tensor
        self.expected = expected
        self.got = got
        super().__init__(f"Tensor {tensor!r}: expected {expected}, got {got}.")

    @property
    def facts(self) -> Mapping[str, object]:
        return {"tensor": self.tensor, "expected": self.expected, "got": self.got}


class InvalidImage(GatehouseError):
    code = "INVALID_IMAGE"


class DeadlineExceeded(GatehouseError):
    code = "DEADLINE_EXCEEDED"
