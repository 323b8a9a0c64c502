"""The caller of a request, and what the caller may do."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING
from uuid import UUID

import errors
from access.credentials import Credential, Kind, Scope, Signer
from settings import Settings

if TYPE_CHECKING:
    from inference.catalogue import Model
    from limits.charges import Rights

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

# RFC 6750 allows a credential in the query string. We do not: logs and browser histories keep addresses.
_NOT_IN_QUERY = frozenset({"access_token", "api_key", "authorization", "bearer", "token"})


# Each request makes two: not frozen, which takes six times as long, and by position, because to pass names takes three
# times as long.
@dataclass(slots=True)
class Caller:
    """The sender of a request. Without a credential it is an anonymous caller. It is never changed.

    `rights` is set once the operation was admitted; from then on the credential is known to be live. Calls of anonymous
    callers and failed attempts are counted by `network`. `device` is the device cookie as it came, not yet verified.
    `body_bytes` is the most JSON that the caller may send.
    """

    credential: Credential | None
    rights: Rights | None
    address: str
    network: str
    user_agent: str | None
    visitor_inference: bool
    body_bytes: int
    device: str | None = None
    is_cookie_borne: bool = False
    # Set by `resolvers.administration` once it has checked the role and the second factor.
    administers: bool = False
    # What `with_rights` returned last. One whose head is kept asks again and again.
    _admitted: Caller | None = field(default=None, init=False, repr=False, compare=False)
    # What `resolvers.models` last found that it may call by a query.
    called: Model | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def weight(self) -> int:
        """In the fair share of calls that wait. Anonymous callers have that of a plan without one."""
        return 1 if self.rights is None else self.rights.weight

    def with_rights(self, rights: Rights) -> Caller:
        admitted = self._admitted
        if admitted is None or admitted.rights is not rights:
            admitted = self._admitted = Caller(
                *(self.credential, rights, self.address, self.network, self.user_agent, self.visitor_inference),
                *(self.body_bytes, self.device, self.is_cookie_borne, self.administers),
            )
        return admitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookies:
    """The cookies that a browser adds by itself. `preflight`: whether the page that sent the request set the header
    that only a page of ours can set."""

    session: str | None = None
    device: str | None = None
    preflight: bool = False


NO_COOKIES = Cookies()


def identify(
    authorization: Sequence[str],
    signer: Signer,
    settings: Settings,
    *,
    address: str,
    user_agent: str | None,
    parameters: Collection[str] = (),
    cookies: Cookies = NO_COOKIES,
) -> Caller:
    """The caller with these Authorization headers, cookies and `parameters` (names in the query string), from this IP
    address.

    Raises Unauthenticated for a bad credential, for more than one, and for any in the query string: a caller who sends
    one does not mean to be anonymous, and is never treated so. Raises BadRequest for a session cookie that another
    site's page may have made a browser send, and for a good one beside another credential. So with a session cookie,
    Unauthenticated always means that the cookie is bad.
    """
    in_query = [name for name in parameters if name.lower() in _NOT_IN_QUERY] if parameters else ()
    credential = _credential(authorization, in_query, cookies, signer)
    shown = None if user_agent is None else _shown(user_agent[:255])
    body_bytes = settings.visitor_body_bytes if credential is None else settings.caller_body_bytes
    return Caller(
        *(credential, None, address, network(address), shown, settings.visitor_inference, body_bytes),
        *(cookies.device, cookies.session is not None),
    )


def client_address(peer: str, forwarded: Sequence[str], trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    """The client's IP address, from the connection's own and the X-Forwarded-For headers, in their order.

    Each proxy appends the address of its client on the right. So the addresses are read from the right, as long as a
    trusted proxy has written them. Reading stops at anything but a bare IP address: then the proxy that wrote it counts
    as the client.
    """
    if not forwarded:
        return _written(peer)
    found = parsed_address(peer)
    for text in reversed(",".join(forwarded).split(",")):
        if not any(found in network for network in trusted):
            break
        written = _bare(text.strip())
        if written is None:
            break
        found = written
    return str(found)


def is_trusted(peer: str, trusted: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Whether the connection comes from a trusted proxy. `peer` is '' for a socket that is not TCP."""
    found = _bare(peer)
    return found is not None and any(found in network for network in trusted)


@lru_cache(1024)
def parsed_address(address: str) -> IPv4Address | IPv6Address:
    """As IPv4 where it is one: a socket for both kinds of addresses shows it as `::ffff:192.0.2.7`.

    Raises ValueError.
    """
    found = ip_address(address)
    return found if isinstance(found, IPv4Address) else found.ipv4_mapped or found


@lru_cache(1024)
def network(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: a client with one address of a /64 can use all of them."""
    found = parsed_address(address.partition("%")[0])
    return str(found if isinstance(found, IPv4Address) else ip_network((found, 64), strict=False))


def require_session(caller: Caller) -> Credential:
    """Raises Unauthenticated for an anonymous caller, Forbidden for an API token."""
    credential = _require_credential(caller)
    if credential.kind is not Kind.SESSION:
        raise errors.Forbidden("This needs a session: an API token may not do it.")
    return credential


def require_reading(caller: Caller) -> Credential:
    """A session, or an API token with scope READ. Raises Unauthenticated and Forbidden."""
    credential = _require_credential(caller)
    _require_scope(credential, Scope.READ)
    return credential


def require_administrator(caller: Caller) -> Credential:
    """A session of a user with role ADMIN; `resolvers.administration` checks the second factor as well.

    Raises Unauthenticated and Forbidden.
    """
    credential = require_session(caller)
    if caller.rights is None or caller.rights.role != "ADMIN":
        raise not_an_administrator()
    return credential


def not_an_administrator() -> errors.Forbidden:
    return errors.Forbidden("Only administrators may do this.")


def require_viewing(caller: Caller, user_id: UUID | None) -> UUID:
    """The user whose data is asked for: the signed-in user, who is also meant by None, or any for an administrator.

    Raises Unauthenticated, Forbidden for an API token, and NotFound for the data of another user.
    """
    credential = require_session(caller)
    if user_id is None or user_id == credential.user_id:
        return credential.user_id
    if not caller.administers:
        raise errors.NotFound("user")
    return user_id


def require_inference(caller: Caller) -> None:
    """Raises Unauthenticated where anonymous callers may not use models, Forbidden for an API token without scope
    INFER.
    """
    _require_models(caller, Scope.INFER)


def require_jobs(caller: Caller) -> Credential:
    """For jobs, which belong to a user: a session, or an API token with scope INFER. Raises Unauthenticated and
    Forbidden.
    """
    credential = _require_credential(caller)
    _require_scope(credential, Scope.INFER)
    return credential


def require_catalogue(caller: Caller) -> None:
    """The same for looking at models, which needs scope READ."""
    _require_models(caller, Scope.READ)


def may_use(caller: Caller, model: str, *, public: bool) -> bool:
    """Whether the model exists for this caller.

    A plan adds models that are not public; a token's own list only narrows.
    """
    rights = caller.rights
    if rights is None:
        return public
    if rights.token_models is not None and model not in rights.token_models:
        return False
    return public or model in rights.plan_models or rights.role == "ADMIN"


def _credential(
    authorization: Sequence[str], in_query: Sequence[str], cookies: Cookies, signer: Signer
) -> Credential | None:
    if cookies.session is not None:
        # Another site's page can make a browser send the cookie, but no Authorization header of its choice either.
        if not cookies.preflight and not authorization:
            raise errors.BadRequest("A request with a session cookie needs the header `GraphQL-Require-Preflight: 1`.")
        return _of_cookie(cookies.session, [*authorization, *in_query], signer)
    if in_query:
        raise errors.Unauthenticated()
    if not authorization:
        return None
    scheme, _, text = authorization[0].partition(" ")
    if len(authorization) != 1 or scheme.lower() != "bearer":
        raise errors.Unauthenticated()
    # Anything else than a credential of ours is refused there.
    return signer.verify(text.lstrip(" "))


def _of_cookie(session: str, beside: Sequence[str], signer: Signer) -> Credential:
    found = signer.verify(session)
    if found.kind is not Kind.SESSION:
        raise errors.Unauthenticated()
    if beside and _bearer(beside) != session:
        raise errors.BadRequest("Two credentials came at once, one of them in a cookie. Send one.")
    return found


@lru_cache(1024)
def _shown(user_agent: str) -> str | None:
    """Without control characters, which a terminal or a page may act on: HTTP lets those of C1 through."""
    return _CONTROL.sub(" ", user_agent) or None


def _bearer(authorization: Sequence[str]) -> str | None:
    """The credential of the only header. None where there are more headers, or it holds anything else."""
    if len(authorization) != 1:
        return None
    # Not by a pattern, which takes ten times as long for the 500 characters of a credential.
    scheme, _, rest = authorization[0].partition(" ")
    text = rest.lstrip(" ")
    return text if scheme.lower() == "bearer" and "," not in text and text.split(None, 1) == [text] else None


def _bare(text: str) -> IPv4Address | IPv6Address | None:
    """None for names, and for addresses with a port, brackets or a zone. A zone may be of any length."""
    try:
        return None if "%" in text else parsed_address(text)
    except ValueError:
        return None


@lru_cache(1024)
def _written(address: str) -> str:
    return str(parsed_address(address))


def _require_credential(caller: Caller) -> Credential:
    if caller.credential is None:
        raise errors.CredentialMissing()
    return caller.credential


def _require_scope(credential: Credential, scope: Scope) -> None:
    if credential.kind is Kind.API_TOKEN and scope not in credential.scopes:
        raise errors.Forbidden(f"This needs an API token with scope {scope}.")


def _require_models(caller: Caller, scope: Scope) -> None:
    if caller.credential is not None:
        _require_scope(caller.credential, scope)
    elif not caller.visitor_inference:
        raise errors.CredentialMissing()
