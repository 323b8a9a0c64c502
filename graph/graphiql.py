"""GraphiQL for a browser that opens /graphql, from the files in static/ and from nowhere else."""

import os
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from graph.http import negotiation


def wants_page(request: Request) -> bool:
    """A browser that opens the address likes HTML best; a program that sent no query does not."""
    if request.method not in ("GET", "HEAD") or "query" in request.query_params:
        return False
    return negotiation.best(request.headers.getlist("accept"), _OFFERED) == "text/html"


def page(_request: Request) -> Response:
    return HTMLResponse(_PAGE, headers=_PAGE_HEADERS)


class _Assets(StaticFiles):
    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(_ASSET_HEADERS)
        if media_type := _MEDIA_TYPES.get(Path(full_path).suffix):
            response.headers["Content-Type"] = media_type
        return response


def _version(folder: Path) -> str:
    """One digest over all files: whatever changes gets a new address, so that caches may keep the old for ever."""
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


# HTML comes last, so that `*/*` and no header at all, as curl and most programs send, are not a wish for it.
_OFFERED = ("application/graphql-response+json", "application/json", "text/html")

_HERE = Path(__file__).parent
_STATIC = _HERE / "static"
_ADDRESS = f"/graphql/assets/{_version(_STATIC)}"

# Relative, so that the page also works behind a proxy that serves it below a path of its own.
_PAGE = (_HERE / "graphiql.html").read_text("utf-8").replace("{assets}", _ADDRESS.removeprefix("/"))

_SCROLL_LOCK = "'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='"

# Nothing inline and nothing from elsewhere: a script smuggled into a model's description has no way to run,
# and no way to send the credential in the headers editor anywhere.
_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # The one style that GraphiQL writes into the page: the scroll lock behind an open dialog.
        f"style-src 'self' {_SCROLL_LOCK}",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept",
    "X-Content-Type-Options": "nosniff",
}

_ASSET_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

# Said here because Python's own table can be changed by files of the machine.
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

assets = Mount(_ADDRESS, _Assets(directory=_STATIC), name="graphiql-assets")
