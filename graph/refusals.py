"""Refusals of mutations as members of their unions, and what makes them of the exceptions raised below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import strawberry
from strawberry.types.field import StrawberryField

import errors
from graph.failures import ErrorCode, UserError

Raised = TypeVar("Raised", bound=errors.GatehouseError)


@strawberry.type(description="What is wrong with one input.")
class InputProblem:
    path: list[str] = strawberry.field(description='Leads into the arguments, as in ["input", "allowedNetworks", "1"].')
    code: str = strawberry.field(description="For translation: TOO_SHORT, INVALID_EMAIL and the like.")
    message: str = strawberry.field(description="What is wrong, in a sentence.")


@strawberry.type(description="One or more inputs are wrong; nothing was changed.")
class InvalidInput(UserError):
    problems: list[InputProblem] = strawberry.field(description="Each wrong input.")


@strawberry.type(
    description="Wrong e-mail or password, an unverified or a suspended account: deliberately not told apart."
)
class LoginRefused(UserError):
    pass


@strawberry.type(description="The current password of the signed-in user is another one.")
class WrongPassword(UserError):
    pass


@strawberry.type(
    description=(
        "This network, or guesses at this address whether or not it is known, have used up their attempts; a right "
        "password is refused alike."
    )
)
class TooManyAttempts(UserError):
    retry_after_seconds: int = strawberry.field(description="How long to wait before the next attempt.")


@strawberry.type(description="The code is unknown, used, expired or made for something else.")
class CodeRefused(UserError):
    pass


@strawberry.type(description="There is no such thing of the caller's.")
class NotFound(UserError):
    pass


@strawberry.type(description="Another active API token of the user has this name.")
class NameTaken(UserError):
    pass


@strawberry.type(description="The plan allows no more of these.")
class LimitReached(UserError):
    limit: int = strawberry.field(description="How many there may be.")


class _Handler(Generic[Raised]):
    """Turns one exception into the member of a union; where the union has no such member it stays an error."""

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
    _Handler(errors.NameTaken, NameTaken, _none),
    _Handler(errors.LimitReached, LimitReached, lambda refusal: {"limit": refusal.limit}),
)
