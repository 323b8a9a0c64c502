"""The files that our pages load, and the headers of such a page."""

import os
from collections.abc import Awaitable, Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope


@cache
def address(folder: Path) -> str:
    """Where the folder is served, relative to the page. Without a leading slash it also works behind a proxy that
    serves the page below another path."""
    return f"graphql/assets/{_version(folder)}"


def mount(folder: Path, *, name: str) -> Mount:
    """Compressed for clients that take it, also where no proxy does it."""
    return Mount(f"/{address(folder)}", GZipMiddleware(_Files(folder), compresslevel=6), name=name)


def revised(path: Path) -> Callable[[Request], Awaitable[Response]]:
    """One file at an address that stays the same, for pages of any origin. Browsers ask whether it has changed."""
    tag = f'"{sha256(path.read_bytes()).hexdigest()[:16]}"'
    headers = _FILE_HEADERS | {
        "Cache-Control": "no-cache",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "ETag": tag,
    }

    async def answer(request: Request) -> Response:
        known = (one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(","))
        if tag in known:
            return Response(status_code=304, headers=headers)
        return FileResponse(path, media_type=_MEDIA_TYPES[path.suffix], headers=headers)

    return answer


def page_headers(*, styles: str = "'self'", images: str = "'self'") -> dict[str, str]:
    """Forbids inline code and everything from other hosts: an injected script cannot run, and cannot send what users
    type to another host."""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": styles,
        "img-src": images,
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "Vary": "Accept",
        "X-Content-Type-Options": "nosniff",
    }


class _Files(StaticFiles):
    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder)
        self.all_directories = [folder, _SHARED]

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(_FILE_HEADERS)
        if media_type := _MEDIA_TYPES.get(Path(full_path).suffix):
            response.headers["Content-Type"] = media_type
        return response


def _version(folder: Path) -> str:
    """One digest of all files: a change gives a new address, so caches may keep each file without a time limit."""
    digest = sha256()
    for root in (folder, _SHARED):
        for path in sorted(root.rglob("*")):
            if path.is_file():
                digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


# Files that the pages have in common. They are served beside the files of each folder.
_SHARED = Path(__file__).parent / "shared"
_FILE_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

# Set here because files of the machine can change Python's own table.
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
