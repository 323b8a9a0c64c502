"""Serves the console. It uses the service only by GraphQL, so these routes are files and nothing else."""

import html
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
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
# All other pages; console/src/app/router.tsx has the same list.
PAGES = (
    "register",
    "login",
    "models",
    "models/{name}",
    "read-text",
    "jobs",
    "jobs/{id}",
    "tokens",
    "usage",
    "account",
    "admin/users",
    "admin/users/{id}",
    "admin/plans",
    "admin/audit-log",
)


def routes(settings: Settings) -> list[BaseRoute]:
    """`/`, the other pages, the files that they load, and the icon that browsers ask for."""
    below = _written(settings)
    return [
        Route("/", _home(below("./"))),
        *(Route(f"/{path}", _page(below("../" * path.count("/") or "./"))) for path in (*MAIL_PAGES, *PAGES)),
        Route("/favicon.ico", _icon),
        static_files.mount(_BUILT, name="console-files"),
    ]


def embed() -> Route:
    """`/embed.js`: the element that puts the form of a model into pages of other origins. It is served also without the
    console. Any page may load the file; which origins may use it, GATEHOUSE_ALLOWED_ORIGINS says."""
    compressed = Middleware(GZipMiddleware, compresslevel=6)
    return Route("/embed.js", static_files.revised(_BUILT / "embed.js"), middleware=[compressed])


def _written(settings: Settings) -> Callable[[str], str]:
    """The page, for an address from which the console's root is at `root`."""
    text = (_BUILT / "index.html").read_text("utf-8")

    def written(root: str) -> str:
        given = {
            "gatehouse-root": root,
            "gatehouse-password-min-length": str(settings.password_min_length),
            "gatehouse-catches-mails": str(bool(settings.caught_mails)).lower(),
            "gatehouse-graphiql": str(settings.graphiql).lower(),
        }
        metas = "".join(f'<meta name="{name}" content="{html.escape(value)}">' for name, value in given.items())
        return text.replace('="./', f'="{root}{static_files.address(_BUILT)}/').replace("<head>", f"<head>{metas}", 1)

    return written


def _home(page: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        if negotiation.best(request.headers.getlist("accept"), _OFFERED) == "text/html":
            return HTMLResponse(page, headers=_HEADERS)
        return JSONResponse(_FOR_PROGRAMS, headers=_HEADERS)

    return answer


def _page(page: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_request: Request) -> Response:
        return HTMLResponse(page, headers=_HEADERS)

    return answer


async def _icon(_request: Request) -> Response:
    headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return FileResponse(_BUILT / "favicon.svg", media_type="image/svg+xml", headers=headers)


_BUILT = Path(__file__).parent / "built"
# The hash of the only style that the component library writes into the page: how a touch presses a button.
_PRESS = "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='"
# Pictures that a user chose are shown from the browser's memory: `blob:`.
_HEADERS = static_files.page_headers(styles=f"'self' {_PRESS}", images="'self' blob:")

# HTML comes last: a program that names no media type, as curl, gets JSON.
_OFFERED = ("application/json", "text/html")
_FOR_PROGRAMS = {
    "name": "Gatehouse",
    "description": "Machine-learning models behind one GraphQL API. Send documents by POST to /graphql.",
    "graphql": "/graphql",
    "health": "/healthz",
    "keys": "/.well-known/jwks.json",
}
