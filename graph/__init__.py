"""The GraphQL face of Gatehouse: types, queries, the schema, and GraphQL over HTTP."""

from contextlib import ExitStack

import lazy_init
import settings  # noqa: F401 - before anything else imports Starlette

_MIDDLEWARE = {
    "asgi2": "ASGI2Middleware",
    "message_logger": "MessageLoggerMiddleware",
    "proxy_headers": "ProxyHeadersMiddleware",
    "wsgi": "WSGIMiddleware",
}

# For pages and their files, usage as CSV, and answers that set a cookie. uvicorn has the last one for logs.
lazy_init.of("csv", "gzip", "html", "http.cookies", "logging.config")
# Of uvicorn the service uses the server. Its `__init__` imports its command line and its reloaders as well.
lazy_init.of("uvicorn")
lazy_init.names("uvicorn", Config="config")
with ExitStack() as stack:
    stack.enter_context(lazy_init.deferred("configparser", "RawConfigParser"))
    for name, middleware in _MIDDLEWARE.items():
        stack.enter_context(lazy_init.deferred(f"uvicorn.middleware.{name}", middleware))
    lazy_init.modules("uvicorn", "config")
# The schema is no part of a federation.
lazy_init.of("strawberry", "strawberry.federation")
# For Strawberry's own DateTime; graph/scalars.py has another one.
with lazy_init.deferred("dateutil.parser", "isoparse"):
    from strawberry import Schema  # noqa: F401 - its `__init__` runs here
