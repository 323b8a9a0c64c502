"""Unknown addresses and methods, refused in the same form as everything else."""

from collections.abc import Callable, Coroutine
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Handler = Callable[[Request, Exception], Coroutine[Any, Any, Response]]

# For every address but /graphql, which has its own answer. Starlette keeps the methods in a set, without an order.
_ALLOWED = "GET, HEAD"
# Code and message by status.
_REFUSALS = {
    404: ("NOT_FOUND", "There is nothing at this address. GraphQL is served at /graphql."),
    405: (
        "METHOD_NOT_ALLOWED",
        "This address does not take this method. Send GraphQL to /graphql by POST, or a query by GET.",
    ),
}


async def refuse(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette calls this for nothing else
    code, message = _REFUSALS[error.status_code]
    return JSONResponse(
        {"errors": [{"message": message, "extensions": {"code": code}}]},
        status_code=error.status_code,
        headers={"Cache-Control": "no-store", **({"Allow": _ALLOWED} if error.status_code == 405 else {})},
    )


HANDLERS: dict[int, Handler] = dict.fromkeys(_REFUSALS, refuse)
