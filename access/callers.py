"""Who asks, and what they may use."""

from collections.abc import Sequence
from dataclasses import dataclass

import errors
from settings import Settings


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request. `body_bytes` bounds the JSON they may send."""

    may_infer: bool
    body_bytes: int


def identify(authorization: Sequence[str], settings: Settings) -> Caller:
    """The caller with these Authorization headers.

    Raises Unauthenticated for every credential, as none has been issued yet: whoever shows one means to be
    somebody, and is never taken for a visitor instead.
    """
    if authorization:
        raise errors.Unauthenticated()
    return Caller(may_infer=settings.visitor_inference, body_bytes=settings.visitor_body_bytes)


def require_inference(caller: Caller) -> None:
    """Raises Unauthenticated where the caller may not use models."""
    if not caller.may_infer:
        raise errors.Unauthenticated()
