"""What programs of the operator ask for, and the public keys: addresses beside /graphql."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from resolvers.health import Health, Status

if TYPE_CHECKING:
    from access.credentials import Signer

_NO_STORE = {"Cache-Control": "no-store"}


def routes(signer: Signer, health: Health, draining: asyncio.Event) -> list[Route]:
    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("alive\n", headers=_NO_STORE)

    async def readyz(_request: Request) -> Response:
        status = Status.DRAINING if draining.is_set() else health.status
        body = {"status": status, "dependencies": health.dependencies}
        return JSONResponse(body, status_code=200 if status is Status.UP else 503, headers=_NO_STORE)

    async def jwks(_request: Request) -> Response:
        return JSONResponse(signer.jwks(), headers={"Cache-Control": "public, max-age=300"})

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/.well-known/jwks.json", jwks)]
