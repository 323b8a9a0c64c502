"""Who asks, and what they may do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from typing import TYPE_CHECKING

import errors
from access.credentials import Credential, Kind, Scope, Signer
from settings import Settings

if TYPE_CHECKING:
    from access.charges import Rights

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(?P<credential>[^\s,]+)", re.ASCII)

# Where RFC 6750 allows a credential. Addresses are kept in logs and histories, so none is taken there.
_NOT_IN_ADDRESSES = frozenset({"access_token", "api_key", "authorization", "bearer", "token"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever sent a request; without a credential a visitor.

    `rights` are known once the operation was admitted, and then the credential is known to be live. `network` is what
    a stranger's calls and guesses are counted by. `device` is the device cookie, whoever's it may be. `body_bytes`
    bounds the JSON that they may send.
    """

    credential: Credential | None
    rights: Rights | None
    address: str
    network: str
    user_agent: str | None
    visitor_inference: bool
    body_bytes: int
    device: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookies:
    """What a browser sent unasked; `preflight` says whether the page that made it do so could set a header."""

    session: str | None = None
    device: str | None = None
    preflight: bool = False


_NO_COOKIES = Cookies()


def identify(
    authorization: Sequence[str],
    signer: Signer,
    settings: Settings,
    *,
    address: str,
    user_agent: str | None,
    parameters: Iterable[str] = (),
    cookies: Cookies = _NO_COOKIES,
) -> Caller:
    """The caller with these Authorization headers, cookies and names in the query string, from this IP address.

    Raises Unauthenticated for a bad credential, for more than one, and for any in the query string: whoever shows one
    means to be somebody, and is never taken for a visitor instead. Raises BadRequest for a cookie beside another
    credential, and for one that a stranger's page may have made a browser send.
    """
    if not _NOT_IN_ADDRESSES.isdisjoint(name.lower() for name in parameters):
        raise errors.Unauthenticated()
    credential = _credential(authorization, signer)
    if cookies.session is not None:
        credential = _of_cookie(cookies, credential, signer)
    return Caller(
        credential=credential,
        rights=None,
        address=address,
        network=network(address),
        user_agent=user_agent[:255] if user_agent else None,
        visitor_inference=settings.visitor_inference,
        body_bytes=settings.visitor_body_bytes if credential is None else settings.caller_body_bytes,
        device=cookies.device,
    )


def network(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: who has one address of that has them all."""
    found = ip_address(address.partition("%")[0])
    mapped = found if isinstance(found, IPv4Address) else found.ipv4_mapped
    return str(mapped or ip_network((found, 64), strict=False))


def require_session(caller: Caller) -> Credential:
    """Raises Unauthenticated for a visitor, Forbidden for an API token."""
    credential = _require_credential(caller)
    if credential.kind is not Kind.SESSION:
        raise errors.Forbidden("This takes a session: an API token may not do it.")
    return credential


def require_reading(caller: Caller) -> Credential:
    """A session, or an API token with scope READ. Raises Unauthenticated and Forbidden."""
    credential = _require_credential(caller)
    _require_scope(credential, Scope.READ)
    return credential


def require_inference(caller: Caller) -> None:
    """Raises Unauthenticated where a visitor may not use models, Forbidden for an API token without scope INFER."""
    _require_models(caller, Scope.INFER)


def require_catalogue(caller: Caller) -> None:
    """The same for looking at models, which takes scope READ."""
    _require_models(caller, Scope.READ)


def may_use(caller: Caller, model: str, *, public: bool) -> bool:
    """Whether the model exists for this caller: a plan opens what is not public, a token's own list only narrows."""
    rights = caller.rights
    if rights is None:
        return public
    if rights.token_models is not None and model not in rights.token_models:
        return False
    return public or model in rights.plan_models or rights.role == "ADMIN"


def _credential(authorization: Sequence[str], signer: Signer) -> Credential | None:
    if not authorization:
        return None
    match = _BEARER.fullmatch(authorization[0])
    if match is None or len(authorization) > 1:
        raise errors.Unauthenticated()
    return signer.verify(match["credential"])


def _of_cookie(cookies: Cookies, beside: Credential | None, signer: Signer) -> Credential:
    found = signer.verify(cookies.session or "")
    if found.kind is not Kind.SESSION:
        raise errors.Unauthenticated()
    if beside is not None:
        if beside != found:
            raise errors.BadRequest(
                "Two credentials came at once, in a cookie and in the Authorization header. Send one."
            )
    elif not cookies.preflight:
        raise errors.BadRequest("A request with a session cookie needs the header `GraphQL-Require-Preflight: 1`.")
    return found


def _require_credential(caller: Caller) -> Credential:
    if caller.credential is None:
        raise errors.Unauthenticated()
    return caller.credential


def _require_scope(credential: Credential, scope: Scope) -> None:
    if credential.kind is Kind.API_TOKEN and scope not in credential.scopes:
        raise errors.Forbidden(f"This takes an API token with scope {scope}.")


def _require_models(caller: Caller, scope: Scope) -> None:
    if caller.credential is not None:
        _require_scope(caller.credential, scope)
    elif not caller.visitor_inference:
        raise errors.Unauthenticated()
