"""Cross-Origin Resource Sharing: which pages of other origins may call the API, and with which headers.

They send their credential in the Authorization header. Cookies are only for pages of our own origin: no answer allows
a browser to send cookies from another one. docs/decisions/0017-cookies.md has the reasons.
"""

import re
from datetime import timedelta

from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp

from graph.http.fields import IndexedRequest
from settings import Settings

_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_METHODS = ("GET", "POST")
_NOTHING = ("",)
# The headers that GraphQL clients set. A page may set Accept and the languages without permission.
ACCEPTED = ("Authorization", "Content-Type", "GraphQL-Require-Preflight", "Apollo-Require-Preflight")
EXPOSED = ("RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID")
# The longest that Chromium keeps it. For so long a browser goes on sending requests of an origin that was removed from
# the setting, but after the restart it hides the answers.
_PREFLIGHT_KEPT = timedelta(hours=2)


def allowing(application: ASGIApp, settings: Settings) -> ASGIApp:
    """Unchanged without allowed origins: then browsers hide the answers from all pages but our own."""
    if not settings.allowed_origins:
        return application
    return CORSMiddleware(
        application,
        allow_origins=settings.allowed_origins,
        allow_methods=_METHODS,
        allow_headers=ACCEPTED,
        expose_headers=EXPOSED,
        max_age=int(_PREFLIGHT_KEPT.total_seconds()),
    )


def of_api(request: Request, *, is_behind_proxy: bool) -> str:
    """By which origin the client has reached the API, such as `https://api.example.org`.

    The host is the one that the request names. A client that names another one misleads only itself: it is written into
    no answer but its own, and no answer is cached. Empty for a host that is no host. `is_behind_proxy`: the connection
    is of a trusted proxy, which knows the scheme.
    """
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        return ""
    schemes = request.headers.getlist("x-forwarded-proto") if is_behind_proxy else []
    scheme = schemes[-1] if schemes and schemes[-1] in ("http", "https") else request.url.scheme
    return f"{scheme}://{host}"


def is_another(request: IndexedRequest) -> bool:
    """Whether a browser reports that a page of another origin sent it. Other clients send no such header."""
    return request.fields.get("sec-fetch-site", _NOTHING)[0] in ("cross-site", "same-site")
