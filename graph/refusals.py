"""Refusals of mutations as members of their unions, made from the exceptions that resolvers raise."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import strawberry
from strawberry.types.field import StrawberryField

import errors
from graph.failures import ErrorCode, UserError

Raised = TypeVar("Raised", bound=errors.GatehouseError)


@strawberry.type(description="A problem with one input.")
class InputProblem:
    path: list[str] = strawberry.field(
        description='The path to the input in the arguments, such as ["input", "models", "1"].'
    )
    code: str = strawberry.field(
        description=(
            "The kind of problem, such as TOO_SHORT or INVALID_EMAIL. Clients can translate it. New values may be "
            "added."
        )
    )
    message: str = strawberry.field(description="What is wrong, in English.")


@strawberry.type(description="One or more inputs are invalid. Nothing was changed.")
class InvalidInput(UserError):
    problems: list[InputProblem] = strawberry.field(description="The problems found. An input can have several.")


@strawberry.type(
    description=(
        "The email address or the password is wrong, or the account is unverified or suspended. The answer is the same "
        "in all cases."
    )
)
class LoginRefused(UserError):
    pass


@strawberry.type(description="The current password is wrong.")
class WrongPassword(UserError):
    pass


@strawberry.type(
    description=(
        "Too many attempts from this network, or for this account or email address. Until `retryAfterSeconds` "
        "have passed, even the right password or code is refused."
    )
)
class TooManyAttempts(UserError):
    retry_after_seconds: int = strawberry.field(description="How many seconds to wait before the next attempt.")


@strawberry.type(description="The code is unknown, used, expired or made for another purpose. Request a new one.")
class CodeRefused(UserError):
    pass


@strawberry.type(description="Not found: the caller has no such item with this ID, or it is no longer active.")
class NotFound(UserError):
    pass


@strawberry.type(description="Another active API token of the user has this name.")
class NameTaken(UserError):
    pass


@strawberry.type(description="A limit of the plan or of the service is reached.")
class LimitReached(UserError):
    limit: int = strawberry.field(description="The maximum number that is allowed.")


@strawberry.type(
    description="The user is the last administrator who is not suspended. Appoint another administrator first."
)
class LastAdministrator(UserError):
    pass


@strawberry.type(description="The key was used for another job in the last 24 hours.")
class IdempotencyConflict(UserError):
    pass


class _Handler(Generic[Raised]):
    """Turns an exception into a member of the field's union. If the union lacks that member, it stays an error."""

    def __init__(
        self, exception_type: type[Raised], error_type: type[UserError], facts: Callable[[Raised], dict[str, Any]]
    ) -> None:
        self.exception_type = exception_type
        self.error_type = error_type
        self._facts = facts

    def handle(self, exception: Raised, *, field: StrawberryField, info: Any) -> UserError:
        return self.error_type(code=ErrorCode(exception.code), message=str(exception), **self._facts(exception))


def _none(_: errors.GatehouseError) -> dict[str, Any]:
    return {}


def _problems(refusal: errors.InvalidInput) -> dict[str, Any]:
    return {
        "problems": [
            InputProblem(path=list(problem.path), code=problem.code, message=problem.message)
            for problem in refusal.problems
        ]
    }


HANDLERS: tuple[_Handler[Any], ...] = (
    _Handler(errors.InvalidInput, InvalidInput, _problems),
    _Handler(errors.LoginRefused, LoginRefused, _none),
    _Handler(errors.WrongPassword, WrongPassword, _none),
    _Handler(
        errors.TooManyAttempts, TooManyAttempts, lambda refusal: {"retry_after_seconds": refusal.retry_after_seconds}
    ),
    _Handler(errors.CodeRefused, CodeRefused, _none),
    _Handler(errors.NotFound, NotFound, _none),
    _Handler(errors.LastAdministrator, LastAdministrator, _none),
    _Handler(errors.NameTaken, NameTaken, _none),
    _Handler(errors.IdempotencyConflict, IdempotencyConflict, _none),
    _Handler(errors.LimitReached, LimitReached, lambda refusal: {"limit": refusal.limit}),
)
