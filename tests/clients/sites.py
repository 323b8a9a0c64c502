"""The static pages of examples/, in Chromium, at the addresses that stand in their files."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
from playwright.async_api import Page

from tests.clients import chromium
from tests.clients.journeys import Installation

SITE = "http://127.0.0.1:3000"
# The same server, by a name that GATEHOUSE_ALLOWED_ORIGINS does not have.
OTHER_SITE = "http://localhost:3000"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@asynccontextmanager
async def opened(folder: Path, installation: Installation, *, locale: str = "en-GB") -> AsyncIterator[Page]:
    """A page of a browser for which the folder is at `SITE`, and the API at port 8000."""
    with _serving(folder) as site:
        api = httpx2.URL(installation.url).netloc.decode()
        rules = f"MAP 127.0.0.1:8000 {api},MAP 127.0.0.1:3000 {site},MAP localhost:3000 {site}"
        async with chromium.launched(f"--host-resolver-rules={rules}") as browser:
            context = await browser.new_context(locale=locale)
            context.set_default_timeout(30_000)
            yield await context.new_page()
            await context.close()


@contextmanager
def _serving(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


async def asked(installation: Installation, query: str, token: str = "", **variables: object) -> Any:
    """As a program beside the browser."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(timeout=60) as http:
        answer = await http.post(installation.url, headers=headers, json={"query": query, "variables": variables})
    return answer.json()["data"]
