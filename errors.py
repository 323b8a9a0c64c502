"""Every refusal a caller can act on. The message is written for that caller to read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
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
    """The model itself refused inputs that fit its declaration; `reason` is in its own words, and not for callers."""

    code = "BAD_REQUEST"

    def __init__(self, name: str, *, reason: str = "") -> None:
        self.reason = reason
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


class Forbidden(GatehouseError):
    """The credential is good, but not for this."""

    code = "FORBIDDEN"


class ServiceUnavailable(GatehouseError):
    """Something this needs is down or full; nothing was done."""

    code = "SERVICE_UNAVAILABLE"

    def __init__(self, retry_after: timedelta = timedelta(seconds=1)) -> None:
        self.retry_after = retry_after
        super().__init__("The service cannot do this now. Try again shortly.")


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` leads into the arguments; `code` is for translation."""

    path: tuple[str, ...]
    code: str
    message: str


class InvalidInput(GatehouseError):
    """One or more inputs are wrong; nothing was changed."""

    code = "INVALID_INPUT"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problem.message for problem in self.problems))


class LoginRefused(GatehouseError):
    code = "LOGIN_REFUSED"

    def __init__(self) -> None:
        # One sentence for an unknown address, a wrong password, an unverified and a suspended account.
        super().__init__("The e-mail address or the password is wrong, or the account cannot log in.")


class WrongPassword(GatehouseError):
    code = "WRONG_PASSWORD"

    def __init__(self) -> None:
        super().__init__("This is not your password.")


class TooManyAttempts(GatehouseError):
    code = "TOO_MANY_ATTEMPTS"

    def __init__(self, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        super().__init__(f"Too many attempts. Try again in {self.retry_after_seconds} s.")

    @property
    def retry_after_seconds(self) -> int:
        return max(1, ceil(self.retry_after.total_seconds()))


class CodeRefused(GatehouseError):
    code = "CODE_REFUSED"

    def __init__(self) -> None:
        super().__init__("This code is unknown, used, expired or made for something else. Try a new one.")


class NotFound(GatehouseError):
    code = "NOT_FOUND"

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what} of yours.")


class NameTaken(GatehouseError):
    code = "NAME_TAKEN"

    def __init__(self, name: str) -> None:
        super().__init__(f"An active API token of yours is already named {name!r}.")


class LimitReached(GatehouseError):
    """`limit` is how many there may be."""

    code = "LIMIT_REACHED"

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"Your plan allows {limit} active API tokens. Revoke one that you no longer use.")


class RateLimited(GatehouseError):
    """`windows` are all limits of the caller as they stand, `window` names the one that is last to allow it."""

    code = "RATE_LIMITED"

    def __init__(self, window: str, retry_after: timedelta, windows: Sequence[object] = ()) -> None:
        self.window = window
        self.retry_after = retry_after
        self.windows = tuple(windows)
        super().__init__(f"The limit {window!r} is reached. Try again in {self.retry_after_seconds} s.")

    @property
    def retry_after_seconds(self) -> int:
        return max(1, ceil(self.retry_after.total_seconds()))

    @property
    def facts(self) -> Mapping[str, object]:
        return {"window": self.window, "retryAfterSeconds": self.retry_after_seconds}
