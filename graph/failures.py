"""Refusals and failures as a client sees them: a code, a sentence, and nothing of what went on inside."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from enum import Enum
from typing import Any

import strawberry
from graphql import GraphQLError

import errors

logger = logging.getLogger(__name__)


def _value(name: str, description: str) -> Any:
    return strawberry.enum_value(name, description=description)


# What they say is all there is to know: strangers do not fill the log with their own mistakes.
_MISTAKES = (
    errors.BadRequest,
    errors.InvalidImage,
    errors.InvalidTensor,
    errors.ModelBusy,
    errors.PayloadTooLarge,
    errors.QueryTooComplex,
    errors.RateLimited,
    errors.Unauthenticated,
)


@strawberry.enum(description="Why something was refused or failed; stands in an error's `extensions` too.")
class ErrorCode(Enum):
    BAD_REQUEST = _value("BAD_REQUEST", "The request cannot be read, or does not fit the schema.")
    QUERY_TOO_COMPLEX = _value(
        "QUERY_TOO_COMPLEX",
        "The document is larger or deeper than this service takes, or costs more than a limit allows at all.",
    )
    PAYLOAD_TOO_LARGE = _value(
        "PAYLOAD_TOO_LARGE", "The body, what came in it, or what the operation moves to and from models is too large."
    )
    UNAUTHENTICATED = _value("UNAUTHENTICATED", "There is no credential, or it is not a valid one.")
    FORBIDDEN = _value("FORBIDDEN", "The credential is a valid one, but not for this.")
    RATE_LIMITED = _value("RATE_LIMITED", "A limit is used up; `window` names it, `retryAfterSeconds` says how long.")
    MODEL_NOT_FOUND = _value("MODEL_NOT_FOUND", "There is no such model that the caller may use.")
    MODEL_UNAVAILABLE = _value("MODEL_UNAVAILABLE", "The model cannot answer now; a later call may succeed.")
    MODEL_BUSY = _value("MODEL_BUSY", "Too many calls are running; `retryAfterSeconds` says when to try again.")
    INVALID_TENSOR = _value("INVALID_TENSOR", "A tensor does not fit: `tensor` names it, `expected` and `got` say how.")
    INVALID_IMAGE = _value("INVALID_IMAGE", "A picture cannot be read; the message says why.")
    DEADLINE_EXCEEDED = _value(
        "DEADLINE_EXCEEDED",
        "The answer did not come in time. A call keeps its units; if the whole operation was too slow, they come back.",
    )
    SERVICE_UNAVAILABLE = _value("SERVICE_UNAVAILABLE", "Something this needs is down or full; nothing was done.")
    INVALID_INPUT = _value("INVALID_INPUT", "Inputs are wrong; `problems` says which.")
    LOGIN_REFUSED = _value("LOGIN_REFUSED", "Wrong address or password, or an account that cannot log in.")
    TOO_MANY_ATTEMPTS = _value("TOO_MANY_ATTEMPTS", "Too many guesses; `retryAfterSeconds` says when to try again.")
    CODE_REFUSED = _value("CODE_REFUSED", "The code, from a mail or a program, does not work, or not any more.")
    NOT_FOUND = _value("NOT_FOUND", "There is no such thing of the caller's.")
    NAME_TAKEN = _value("NAME_TAKEN", "Something active of the caller's has this name.")
    LIMIT_REACHED = _value("LIMIT_REACHED", "There may be no more of these; `limit` says how many there may be.")
    WRONG_PASSWORD = _value("WRONG_PASSWORD", "The signed-in user's password is another one.")
    INTERNAL = _value("INTERNAL", "Something unforeseen; the operator finds it under `requestId`.")


@strawberry.interface(description="A refusal of what was asked for, with a code for programs and words for people.")
class UserError:
    code: ErrorCode = strawberry.field(description="Which refusal.")
    message: str = strawberry.field(description="What is wrong and what to do, in a sentence.")


def show_all(problems: Sequence[GraphQLError], request_id: str) -> list[dict[str, Any]]:
    return [show(problem, request_id) for problem in problems]


def show(problem: GraphQLError, request_id: str) -> dict[str, Any]:
    """One member of an answer's `errors`; whatever is unforeseen is logged, and masked."""
    cause = _cause(problem)
    shown: dict[str, Any] = {"message": problem.message}
    if cause is not None:
        shown["message"] = _message(cause, request_id)
    if problem.locations:
        shown["locations"] = [{"line": place.line, "column": place.column} for place in problem.locations]
    if problem.path:
        shown["path"] = list(problem.path)
    return shown | {"extensions": _extensions(cause, request_id)}


def show_refusal(refusal: Exception, request_id: str) -> dict[str, Any]:
    """The same for a request that was refused as a whole."""
    return show(GraphQLError(str(refusal), original_error=refusal), request_id)


def forget(failure: BaseException) -> None:
    """Where it was raised, once it was shown and logged.

    Its frames hold what the operation held, files and tensors, and lie in a circle with it: they would stay in memory
    until the garbage collector comes, which is long after the answer.
    """
    left: list[BaseException | None] = [failure]
    seen: set[int] = set()
    while left:
        error = left.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        error.__traceback__ = None
        left += [error.__cause__, error.__context__, getattr(error, "original_error", None)]


def _cause(problem: GraphQLError) -> Exception | None:
    """What a resolver raised; None where GraphQL itself found the document or its variables wrong."""
    cause = problem.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _message(cause: Exception, request_id: str) -> str:
    if not isinstance(cause, errors.GatehouseError):
        logger.error("Request %s failed.", request_id, exc_info=cause)
        return f"Something went wrong here. Its operator finds it as request {request_id}."
    if cause.__cause__ is not None and not isinstance(cause, _MISTAKES):
        logger.warning("Request %s: %s, because of %r", request_id, cause, cause.__cause__)
    return str(cause)


def _extensions(cause: Exception | None, request_id: str) -> dict[str, Any]:
    if cause is None:
        return {"code": ErrorCode.BAD_REQUEST.value, "requestId": request_id}
    if not isinstance(cause, errors.GatehouseError):
        return {"code": ErrorCode.INTERNAL.value, "requestId": request_id}
    return {"code": cause.code, "requestId": request_id, **cause.facts}
