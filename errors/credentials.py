"""Callers without a good credential, or with one that lacks the right."""

from errors.base import CallerError

# One message for every bad credential: the exact reason would help an attacker who forges one.
_NOT_ACCEPTED = (
    "The credential is not accepted: it has ended, was revoked, is not from this service, or did not come as one "
    "`Authorization: Bearer` header. Log in again, or use another API token."
)


class Unauthenticated(CallerError):
    """A credential was sent and is not accepted."""

    code = "UNAUTHENTICATED"
    status = 401

    def __init__(self, message: str = _NOT_ACCEPTED) -> None:
        super().__init__(message)


class CredentialMissing(Unauthenticated):
    """No credential was sent. The caller knows that already, so the message may say it."""

    def __init__(self) -> None:
        super().__init__(
            "This needs a credential, and none was sent. Log in or make an API token, and send it as `Authorization: "
            "Bearer TOKEN`."
        )


class Forbidden(CallerError):
    """The credential is good, but not for this."""

    code = "FORBIDDEN"
    status = 403
