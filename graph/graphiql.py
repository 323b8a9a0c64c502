"""GraphiQL for a browser that opens /graphql, made only from the files in static/."""

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount

from graph import static_files
from graph.http import negotiation


def wants_page(request: Request) -> bool:
    """A browser that opens the address prefers HTML; a program without a query does not."""
    if request.scope["method"] not in ("GET", "HEAD") or not _ASKS.isdisjoint(request.query_params):
        return False
    return negotiation.best(request.headers.getlist("accept"), _OFFERED) == "text/html"


def page(request: Request, *, password_min_length: int) -> Response:
    # At /graphql/, which is a folder deeper.
    root = "../" if request.scope["path"].endswith("/") else ""
    text = _text().replace("{assets}", f"{root}{static_files.address(_STATIC)}")
    return HTMLResponse(text.replace("{password_min_length}", str(password_min_length)), headers=_PAGE_HEADERS)


def assets() -> Mount:
    """Reads all the files: their address holds their digest."""
    return static_files.mount(_STATIC, name="graphiql-assets")


@cache
def _text() -> str:
    return (_HERE / "graphiql.html").read_text("utf-8")


# Parameters of a request by GET. A persisted query has no `query`.
_ASKS = frozenset({"query", "extensions"})
# HTML comes last: `*/*` or no header at all, as curl and most programs send, does not ask for it.
_OFFERED = ("application/graphql-response+json", "application/json", "text/html")

_HERE = Path(__file__).parent
_STATIC = _HERE / "static"

# The hash of the only style that GraphiQL writes into the page: the scroll lock behind an open dialog.
_SCROLL_LOCK = "'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='"

_PAGE_HEADERS = static_files.page_headers(styles=f"'self' {_SCROLL_LOCK}", images="'self' data:")
