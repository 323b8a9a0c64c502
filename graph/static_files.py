"""The files that our pages load, and the headers of such a page."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route


@cache
def address(folder: Path) -> str:
    """Where the folder is served, relative to the page. Without a leading slash it also works behind a proxy that
    serves the page below another path."""
    return f"graphql/assets/{_version(folder)}"


def mount(folder: Path, *, name: str) -> Mount:
    """Compressed for clients that take it, also where no proxy does it."""
    files = {path.relative_to(root).as_posix(): path for root in (_SHARED, folder) for path in _files(root)}

    async def answer(request: Request) -> Response:
        path = files.get(request.path_params["name"])
        if path is None:
            raise HTTPException(404)
        return await _response(request, path, _FILE_HEADERS)

    return Mount(f"/{address(folder)}", routes=[Route("/{name:path}", answer)], name=name)


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
        return await _response(request, path, headers)

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


async def _response(request: Request, path: Path, headers: Mapping[str, str]) -> Response:
    is_compressed = "gzip" in request.headers.get("accept-encoding", "")
    content = _contents.get((path, is_compressed))
    if content is None:
        content = await asyncio.to_thread(_read, path, is_compressed=is_compressed)
        _contents[path, is_compressed] = content
    encoding = {"Content-Encoding": "gzip"} if is_compressed else {}
    return Response(
        content,
        headers={**headers, **encoding, "Vary": "Accept-Encoding"},
        media_type=_MEDIA_TYPES.get(path.suffix, "application/octet-stream"),
    )


def _read(path: Path, *, is_compressed: bool) -> bytes:
    content = path.read_bytes()
    return gzip.compress(content, 9, mtime=0) if is_compressed else content


def _version(folder: Path) -> str:
    """One digest of all files: a change gives a new address, so caches may keep each file without a time limit."""
    digest = sha256()
    for root in (folder, _SHARED):
        for path in sorted(_files(root)):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


# As they were sent first, by whether they are compressed. To read and compress the thirty files of a page for each
# visitor would take longer than the page. They stay as they are: their address holds the digest of their folder.
_contents: dict[tuple[Path, bool], bytes] = {}

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
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
}
