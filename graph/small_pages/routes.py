"""The small pages. Opening a page does nothing: its script sends GraphQL when a button is pressed."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import jinja2
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
        Route("/", partial(_home, _TEMPLATES.get_template("home.html").render(given))),
        *(Route(f"/{name}", _fixed(name, given)) for name in MAIL_PAGES),
        Route("/favicon.ico", _icon),
        static_files.mount(_STATIC, name="small-pages-assets"),
    ]


async def _home(page: str, request: Request) -> Response:
    if negotiation.best(request.headers.getlist("accept"), _OFFERED) == "text/html":
        return HTMLResponse(page, headers=_HEADERS)
    return JSONResponse(_FOR_PROGRAMS, headers=_HEADERS)


def _fixed(name: str, given: dict[str, object]) -> Callable[[Request], Awaitable[Response]]:
    page = _TEMPLATES.get_template("mail.html").render(given, name=name, mutation=MAIL_PAGES[name])

    async def answer(_request: Request) -> Response:
        return HTMLResponse(page, headers=_HEADERS)

    return answer


async def _icon(_request: Request) -> Response:
    headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return Response(_ICON, media_type="image/svg+xml", headers=headers)


_HERE = Path(__file__).parent
_STATIC = _HERE / "static"
_ICON = (_STATIC / "favicon.svg").read_bytes()
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_HERE), undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True
)
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
