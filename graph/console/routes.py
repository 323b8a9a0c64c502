"""Serves the console. It uses the service only by GraphQL, so these routes are files and nothing else."""

import html
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from graph import static_files
from graph.console import preloads
from graph.http import negotiation, unserved
from settings import Settings

# The addresses in emails, with the mutation that each page sends; email_templates/ has the links.
MAIL_PAGES = {
    "verify-email": "verifyEmail",
    "reset-password": "resetPassword",
    "forgot-password": "requestPasswordReset",
    "confirm-email-change": "confirmEmailChange",
}
_MAIL_MODULE = "entry/MailPages"
# All other pages, with the module that each loads; console/src/app/router.tsx has the same list.
PAGES = {
    "register": "entry/RegisterPage",
    "login": "entry/LoginPage",
    "models": "models/ModelsPage",
    "models/{name}": "models/ModelPage",
    "read-text": "models/ReadTextPage",
    "jobs": "jobs/JobsPage",
    "jobs/{id}": "jobs/JobPage",
    "tokens": "tokens/TokensPage",
    "usage": "usage/UsagePage",
    "account": "account/AccountPage",
    "admin/users": "admin/UsersPage",
    "admin/users/{id}": "admin/UserPage",
    "admin/plans": "admin/PlansPage",
    "admin/audit-log": "admin/AuditLogPage",
}


def routes(settings: Settings) -> list[BaseRoute]:
    """`/`, the other pages, the files that they load, and the icon that browsers ask for."""
    written = _written(settings)
    paths = {**dict.fromkeys(MAIL_PAGES, _MAIL_MODULE), **PAGES}
    return [
        Route("/", _home(written("./"))),
        *(Route(f"/{path}", _page(written(_root(path), module))) for path, module in paths.items()),
        Route("/favicon.ico", _icon),
        static_files.mount(_BUILT, name="console-files"),
    ]


def not_found(settings: Settings) -> unserved.Handler:
    """For a browser the page, which says that there is nothing at this address; for all others JSON."""
    written = _written(settings)

    async def answer(request: Request, error: Exception) -> Response:
        # A browser resolves what the page loads against the path as it was sent, in which %2F is no slash.
        sent = request.scope.get("raw_path", b"").decode("latin-1").removeprefix("/")
        if request.method not in ("GET", "HEAD") or sent.count("/") > _DEEPEST or not _wants_page(request):
            return await unserved.refuse(request, error)
        return _answer(written(_root(sent)), request, status_code=404)

    return answer


def embed() -> Route:
    """`/embed.js`: the element that puts the form of a model into pages of other origins. It is served also without the
    console. Any page may load the file; which origins may use it, GATEHOUSE_ALLOWED_ORIGINS says."""
    return Route("/embed.js", static_files.revised(_BUILT / "embed.js"))


def _root(path: str) -> str:
    """The way from a page to the console's root."""
    return "../" * path.count("/") or "./"


def _written(settings: Settings) -> Callable[..., str]:
    """The page, for an address from which the console's root is at `root`."""
    text = (_BUILT / "index.html").read_text("utf-8")
    files = preloads.Files(_BUILT)

    def written(root: str, module: str | None = None) -> str:
        given = {
            "gatehouse-root": root,
            "gatehouse-password-min-length": str(settings.password_min_length),
            "gatehouse-catches-mails": str(bool(settings.caught_mails)).lower(),
            "gatehouse-graphiql": str(settings.graphiql).lower(),
        }
        metas = "".join(f'<meta name="{name}" content="{html.escape(value)}">' for name, value in given.items())
        page = text.replace("</head>", f"{files.links(module)}</head>", 1)
        page = page.replace('="./', f'="{root}{static_files.address(_BUILT)}/')
        return page.replace("<head>", f"<head>{metas}", 1)

    return written


def _home(page: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        if _wants_page(request):
            return _answer(page, request)
        return JSONResponse(_FOR_PROGRAMS, headers=_HEADERS)

    return answer


def _page(page: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return _answer(page, request)

    return answer


def _answer(page: str, request: Request, *, status_code: int = 200) -> Response:
    language = preloads.language_of(request.headers.getlist("accept-language"))
    return HTMLResponse(page.replace("{language}", language), status_code, headers=_HEADERS)


def _wants_page(request: Request) -> bool:
    return negotiation.best(request.headers.getlist("accept"), _OFFERED) == "text/html"


async def _icon(_request: Request) -> Response:
    headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return FileResponse(_BUILT / "favicon.svg", media_type="image/svg+xml", headers=headers)


_BUILT = Path(__file__).parent / "built"
# The hash of the only style that the component library writes into the page: how a touch presses a button.
_PRESS = "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='"
# Pictures that a user chose are shown from the browser's memory: `blob:`.
_HEADERS = static_files.page_headers(styles=f"'self' {_PRESS}", images="'self' blob:")

# Deeper than any page is. The way to the root is in each address of the page, which would grow with it.
_DEEPEST = 8

# HTML comes last: a program that names no media type, as curl, gets JSON.
_OFFERED = ("application/json", "text/html")
_FOR_PROGRAMS = {
    "name": "Gatehouse",
    "description": "Machine-learning models behind one GraphQL API. Send documents by POST to /graphql.",
    "graphql": "/graphql",
    "health": "/healthz",
    "keys": "/.well-known/jwks.json",
}
