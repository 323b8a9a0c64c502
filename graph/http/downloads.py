"""Files that are sent while they are read, at addresses that answer once: `/downloads/CODE`.

If the service cannot go on in the middle, it closes the connection without the last chunk, and the last row of the file
is missing. So a client, and a person who opens the file later, can see that it is incomplete.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing
from datetime import timedelta
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

import errors
from graph.http import usage_csv
from graph.http.cycles import Cycle
from resolvers import export, usage_exports
from resolvers.downloads import Download, Downloads, check
from resolvers.tools import Tools

logger = logging.getLogger(__name__)

PATH = "/downloads/"
_LONGEST = timedelta(minutes=10)
# For each piece: a client that reads slower than 9 kB a second is disconnected.
_PIECE_BYTES = 256 * 1024
_PIECE_TIME = timedelta(seconds=30)
_NO_STORE = {"Cache-Control": "no-store"}
_HEADERS = {
    **_NO_STORE,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    # Nginx passes it on as it comes.
    "X-Accel-Buffering": "no",
}


async def _account(tools: Tools, download: Download) -> AsyncGenerator[bytes, None]:
    async with aclosing(export.pieces(tools, download)) as pieces:
        async for piece in pieces:
            yield piece.encode()


class _File(NamedTuple):
    """`written` yields the file in pieces, and holds nothing between two of them."""

    name: str
    media_type: str
    written: Callable[[Tools, Download], AsyncGenerator[bytes, None]]


_FILES = {
    usage_exports.KIND: _File("usage-{month}.csv", "text/csv; charset=utf-8; header=present", usage_csv.written),
    export.KIND: _File("account.json", "application/json", _account),
}


def routes(tools: Tools) -> list[Route]:
    downloads = Downloads()

    async def answer(request: Request) -> Response:
        try:
            return await _answer(tools, downloads, request)
        except errors.GatehouseError as refusal:
            return _refused(refusal)

    return [Route(f"{PATH}{{code}}", answer)]


async def _answer(tools: Tools, downloads: Downloads, request: Request) -> Response:
    code = request.path_params["code"]
    if request.method == "HEAD":
        # Link checkers and browsers ask so before they download. It uses nothing up.
        found = await downloads.find(tools, code)
        return Response(status_code=404 if found is None else 200, headers=_NO_STORE)
    found = await downloads.find(tools, code)
    if found is None:
        raise errors.DownloadGone()
    async with AsyncExitStack() as held:
        # All that may be refused comes before the address is used, so that it can be tried again.
        held.enter_context(downloads.running(found.owner.user_id))
        await check(tools, found.owner)
        pieces = await held.enter_async_context(aclosing(_FILES[found.kind].written(tools, found)))
        first = await anext(pieces)
        if await downloads.use(tools, code) is None:
            raise errors.DownloadGone()
        return _Stream(found, first, pieces, held.pop_all())


def _refused(refusal: errors.GatehouseError) -> Response:
    headers = dict(_NO_STORE)
    if isinstance(refusal, errors.ServiceUnavailable):
        headers["Retry-After"] = "1"
    body = {"errors": [{"message": str(refusal), "extensions": {"code": refusal.code}}]}
    return JSONResponse(body, status_code=refusal.status, headers=headers)


class _Stream(Response):
    """The file, piece by piece, each read when the client has taken the one before. `held` is closed at the end."""

    def __init__(self, download: Download, first: bytes, others: AsyncIterator[bytes], held: AsyncExitStack) -> None:
        super().__init__()
        self._download, self._first, self._others, self._held = download, first, others, held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._held:
            leaving = asyncio.create_task(_left(receive))
            sending = asyncio.create_task(self._send(send))
            try:
                async with asyncio.timeout(_LONGEST.total_seconds()):
                    await asyncio.wait({leaving, sending}, return_when=asyncio.FIRST_COMPLETED)
            except TimeoutError:
                logger.warning("A download took longer than %s and was broken off.", _LONGEST)
            finally:
                for task in (leaving, sending):
                    task.cancel()
                await asyncio.wait({leaving, sending})
            if not sending.cancelled() and (error := sending.exception()) is not None:
                if not isinstance(error, errors.GatehouseError | TimeoutError):
                    raise error
                logger.warning("A download was broken off: %s: %s", type(error).__name__, error)
            # Without the last chunk, unless all of it was sent.
            Cycle.of(scope).break_off()

    async def _send(self, send: Send) -> None:
        file = _FILES[self._download.kind]
        fields = {
            **_HEADERS,
            "Content-Type": file.media_type,
            "Content-Disposition": f'attachment; filename="{file.name.format(month=self._download.month)}"',
        }
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in fields.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await _send_all(send, self._first)
        async for piece in self._others:
            await _send_all(send, piece)
        await _send_piece(send, b"", more=False)


async def _send_all(send: Send, piece: bytes) -> None:
    for start in range(0, len(piece), _PIECE_BYTES):
        await _send_piece(send, piece[start : start + _PIECE_BYTES], more=True)


async def _send_piece(send: Send, piece: bytes, *, more: bool) -> None:
    async with asyncio.timeout(_PIECE_TIME.total_seconds()):
        await send({"type": "http.response.body", "body": piece, "more_body": more})


async def _left(receive: Receive) -> None:
    """Returns when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
