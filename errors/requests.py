"""Requests and documents that cannot be read, or are too large."""

from collections.abc import Sequence

from errors.base import CallerError


class BadRequest(CallerError):
    code = "BAD_REQUEST"
    status = 400


class MethodNotAllowed(BadRequest):
    """`allowed` are the HTTP methods that can carry the request."""

    code = "METHOD_NOT_ALLOWED"
    status = 405

    def __init__(self, message: str, *, allowed: Sequence[str]) -> None:
        self.allowed = tuple(allowed)
        super().__init__(message)


class NotAcceptable(BadRequest):
    """The client accepts no media type in which the service can answer."""

    status = 406


class UnsupportedMediaType(BadRequest):
    """The body has a media type that is not read here."""

    status = 415


class UnsupportedEncoding(UnsupportedMediaType):
    """The body, or a part of it, is compressed or encoded; `coding` is the name of the encoding."""

    def __init__(self, coding: str, *, what: str = "The body") -> None:
        super().__init__(f"{what} has the encoding {coding[:40]!r}, which is not decoded here. Send it without one.")


class RequestTimeout(BadRequest):
    """The body did not arrive in time."""

    status = 408


class PersistedQueryNotFound(CallerError):
    """Clients compare the message with this word, and then send the query as well."""

    code = "PERSISTED_QUERY_NOT_FOUND"
    # As Apollo's own server answers. It is no failure: the client sends the query next.
    status = 200

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class PersistedQueryNotSupported(CallerError):
    """Clients compare the message with this word, and then send no more hashes."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"
    status = 200

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotSupported")


class QueryTooComplex(CallerError):
    code = "QUERY_TOO_COMPLEX"
    status = 400


class PayloadTooLarge(CallerError):
    code = "PAYLOAD_TOO_LARGE"
    status = 413
