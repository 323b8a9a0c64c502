"""The small pages. Opening a page does nothing: its script sends GraphQL when a button is pressed."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from graph import static_files
from graph.http import negotiation
from settings import Settings

# The addresses in emails, with the mutation that each page sends; email_templates/ has the links.
MAIL_PAGES = {
    "verify-email": "verifyEmail",
    "reset-password": "resetPassword",
    "forgot-password": "requestPasswordReset",
    "confirm-email-change": "confirmEmailChange",
}


def routes(settings: Settings) -> list[BaseRoute]:
    """`/`, a page for each link in emails, the files that they load, and the icon that browsers ask for."""
    given = {
        "assets": static_files.address(_STATIC),
        "has_graphiql": settings.graphiql,
        "password_min_length": settings.password_min_length,
    }
    return [
        Route("/", partial(_home, _Page("home.html", given))),
        *(
            Route(f"/{name}", partial(_of_mail, _Page("mail.html", {**given, "name": name, "mutation": mutation})))
            for name, mutation in MAIL_PAGES.items()
        ),
        Route("/favicon.ico", _icon),
        static_files.mount(_STATIC, name="small-pages-assets"),
    ]


class _Page:
    """A template and what it is rendered with, in a thread and for the first request: a process that is never asked for
    a page does not import jinja2, which takes longer than all of the pages."""

    def __init__(self, template: str, given: Mapping[str, object]) -> None:
        self._template = template
        self._given = given
        self._rendered = ""

    async def answer(self) -> Response:
        if not self._rendered:
            self._rendered = await asyncio.to_thread(self._render)
        return HTMLResponse(self._rendered, headers=_HEADERS)

    def _render(self) -> str:
        import jinja2

        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE), undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True
        )
        return environment.get_template(self._template).render(self._given)


async def _home(page: _Page, request: Request) -> Response:
    if negotiation.best(request.headers.getlist("accept"), _OFFERED) == "text/html":
        return await page.answer()
    return JSONResponse(_FOR_PROGRAMS, headers=_HEADERS)


async def _of_mail(page: _Page, _request: Request) -> Response:
    return await page.answer()


async def _icon(_request: Request) -> Response:
    headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return Response(_ICON, media_type="image/svg+xml", headers=headers)


_HERE = Path(__file__).parent
_STATIC = _HERE / "static"
_ICON = (_STATIC / "favicon.svg").read_bytes()
_HEADERS = static_files.page_headers()

# HTML comes last: a program that names no media type, as curl, gets JSON.
_OFFERED = ("application/json", "text/html")
_FOR_PROGRAMS = {
    "name": "Gatehouse",
    "description": "Machine-learning models behind one GraphQL API. Send documents by POST to /graphql.",
    "graphql": "/graphql",
    "health": "/healthz",
    "keys": "/.well-known/jwks.json",
}
