"""Refusals and failures as a client sees them: a code and a message, without details of the service."""

import logging
import re
from collections.abc import Sequence
from enum import Enum
from typing import Any

import strawberry
from graphql import GraphQLError

import errors

logger = logging.getLogger(__name__)

# How graphql-core's errors about arguments start while fields run. All its other errors then are about our answers.
_ARGUMENT = "Argument '"
# How its error about a null that is not allowed ends.
_PYTHON_NULL = re.compile(r"(?<=not to be )None(?=\.$)")


# Characters of a text in an error. A name that the caller sent once may be repeated in every error of the answer.
_LONGEST = 2000


def _value(name: str, description: str) -> Any:
    return strawberry.enum_value(name, description=description)


@strawberry.enum(
    description=("Why a request or a field failed. Errors have it in `extensions.code`, refused mutations in `code`.")
)
class ErrorCode(Enum):
    BAD_REQUEST = _value("BAD_REQUEST", "The request is malformed, or does not fit the schema.")
    METHOD_NOT_ALLOWED = _value(
        "METHOD_NOT_ALLOWED",
        "The HTTP method is not allowed for this request. Use POST; a query can also use GET.",
    )
    PERSISTED_QUERY_NOT_FOUND = _value(
        "PERSISTED_QUERY_NOT_FOUND", "No query is stored under this hash. Send the query together with its hash."
    )
    PERSISTED_QUERY_NOT_SUPPORTED = _value(
        "PERSISTED_QUERY_NOT_SUPPORTED", "This service stores no queries. Send the query without a hash."
    )
    QUERY_TOO_COMPLEX = _value(
        "QUERY_TOO_COMPLEX",
        "The document is too large or too deep, or it costs more units than a limit ever allows. Split it into smaller "
        "operations.",
    )
    PAYLOAD_TOO_LARGE = _value(
        "PAYLOAD_TOO_LARGE",
        "The request body is too large, or the operation sends too much to models or receives too much from them.",
    )
    UNAUTHENTICATED = _value(
        "UNAUTHENTICATED",
        "No credential was sent, or it is malformed, expired or revoked. Log in, or use another API token.",
    )
    FORBIDDEN = _value("FORBIDDEN", "The credential is valid, but not allowed to do this.")
    RATE_LIMITED = _value(
        "RATE_LIMITED", "A limit is used up. `window` names it. Wait `retryAfterSeconds` and try again."
    )
    MODEL_NOT_FOUND = _value("MODEL_NOT_FOUND", "The model does not exist, or the caller may not use it.")
    MODEL_UNAVAILABLE = _value("MODEL_UNAVAILABLE", "The model cannot answer now. Try again later.")
    MODEL_BUSY = _value(
        "MODEL_BUSY",
        "Too many calls are running, or they need too much memory. Wait `retryAfterSeconds` and try again.",
    )
    INVALID_TENSOR = _value(
        "INVALID_TENSOR", "A tensor is invalid. `tensor` names it; `expected` and `got` show the difference."
    )
    INVALID_IMAGE = _value("INVALID_IMAGE", "An image cannot be read. The message says why.")
    DEADLINE_EXCEEDED = _value(
        "DEADLINE_EXCEEDED",
        "The answer took too long. If a call of a model timed out, its units are spent. If the whole operation timed "
        "out, its units are given back.",
    )
    SERVICE_UNAVAILABLE = _value(
        "SERVICE_UNAVAILABLE",
        "A dependency is down or full. Try again shortly. After a mutation, first check whether it was done.",
    )
    INVALID_INPUT = _value("INVALID_INPUT", "One or more inputs are invalid. `problems` lists them.")
    LOGIN_REFUSED = _value("LOGIN_REFUSED", "The email address or the password is wrong, or the account cannot log in.")
    TOO_MANY_ATTEMPTS = _value("TOO_MANY_ATTEMPTS", "Too many attempts. Wait `retryAfterSeconds` and try again.")
    CODE_REFUSED = _value("CODE_REFUSED", "The code from an email or an authenticator app is wrong, used or expired.")
    NOT_FOUND = _value("NOT_FOUND", "Not found.")
    NAME_TAKEN = _value("NAME_TAKEN", "The name is already in use.")
    LIMIT_REACHED = _value("LIMIT_REACHED", "A limit of the plan or of the service is reached. `limit` is the maximum.")
    IDEMPOTENCY_CONFLICT = _value(
        "IDEMPOTENCY_CONFLICT", "The idempotency key was used for a job with another model or other inputs."
    )
    LAST_ADMINISTRATOR = _value(
        "LAST_ADMINISTRATOR", "The user is the last administrator who is not suspended. Appoint another user first."
    )
    WRONG_PASSWORD = _value("WRONG_PASSWORD", "The current password is wrong.")
    INTERNAL = _value("INTERNAL", "An unexpected failure. Give `requestId` to the operator.")


@strawberry.interface(
    description="A refusal that is returned as data, with a code for programs and a message for people."
)
class UserError:
    code: ErrorCode = strawberry.field(description="The error code.")
    message: str = strawberry.field(description="What is wrong and what to do, in English.")


def show_all(problems: Sequence[GraphQLError], request_id: str) -> list[dict[str, Any]]:
    return [show(problem, request_id) for problem in problems]


def show(problem: GraphQLError, request_id: str) -> dict[str, Any]:
    """One member of an answer's `errors`. An unexpected error is logged, and its text is not shown."""
    found = cause(problem)
    shown: dict[str, Any] = {"message": _PYTHON_NULL.sub("null", problem.message)}
    if found is not None:
        shown["message"] = _message(found, request_id)
    shown["message"] = _shortened(shown["message"])
    if problem.locations:
        shown["locations"] = [{"line": place.line, "column": place.column} for place in problem.locations]
    if problem.path:
        shown["path"] = list(problem.path)
    return shown | {"extensions": _extensions(found, request_id)}


def show_refusal(refusal: Exception, request_id: str) -> dict[str, Any]:
    """The same for an error that refuses the whole request."""
    return show(GraphQLError(str(refusal), original_error=refusal), request_id)


def forget(failure: BaseException) -> None:
    """Drops the traceback of an error that was shown and logged.

    Its frames refer to the operation's files and tensors, and in a cycle to the error. They would stay in memory until
    the garbage collector runs, long after the answer.
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


def cause(problem: GraphQLError) -> Exception | None:
    """What a resolver raised; None if the caller's document or variables are wrong.

    If a field returned what its type cannot hold, the fault is ours, and the problem itself is its cause.
    """
    found = problem.original_error
    while isinstance(found, GraphQLError):
        found = found.original_error
    if found is None and problem.path and not problem.message.startswith(_ARGUMENT):
        return problem
    return found


def _message(cause: Exception, request_id: str) -> str:
    if not isinstance(cause, errors.GatehouseError):
        logger.error("Request %s failed.", request_id, exc_info=cause)
        return (
            f"The service failed at this, and the fault is not in your request. Try again once; if it fails again, "
            f"give the request id {request_id} to the operator."
        )
    if cause.logs_cause and cause.__cause__ is not None:
        logger.warning("Request %s: %s, because of %r", request_id, cause, cause.__cause__)
    return str(cause)


def _extensions(cause: Exception | None, request_id: str) -> dict[str, Any]:
    if cause is None:
        return {"code": ErrorCode.BAD_REQUEST.value, "requestId": request_id}
    if not isinstance(cause, errors.GatehouseError):
        return {"code": ErrorCode.INTERNAL.value, "requestId": request_id}
    facts = {name: _shortened(fact) if isinstance(fact, str) else fact for name, fact in cause.facts.items()}
    return {"code": cause.code, "requestId": request_id, **facts}


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
