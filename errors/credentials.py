"""Callers without a good credential, or with one that lacks the right."""

from collections.abc import Mapping

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


class NetworkNotAllowed(Forbidden):
    """`seen_from` is the IP address that the API token's networks were compared with; None if it is not known."""

    def __init__(self, seen_from: str | None) -> None:
        # The zone of a link-local address means nothing to anyone else.
        self.seen_from = seen_from.partition("%")[0] if seen_from else None
        super().__init__(
            f"This API token may not be used from {self.seen_from or 'an unknown address'}. Add that network with "
            "`updateApiToken`, or call from one that the token allows."
        )

    @property
    def facts(self) -> Mapping[str, object]:
        return {"seenFrom": self.seen_from}
