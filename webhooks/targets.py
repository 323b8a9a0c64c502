"""Which URLs of receivers are accepted. The addresses of the host are checked later, when a try connects."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

import idna

from settings import Settings
from webhooks import addresses

LONGEST = 2048
_VISIBLE = re.compile(r"[!-~]+", re.ASCII)
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?", re.ASCII)
# Programs that resolve names also read 127.1, 0x7f.1 and 2130706433 as addresses.
_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)", re.ASCII)
# Below 1024 other services listen, such as mail servers, and a request would be text for them.
_FIRST_PORT = 1024
_PORTS = {"https": 443, "http": 80}


class BadUrl(ValueError):
    """The URL is not accepted. The message is for the caller."""


@dataclass(frozen=True, slots=True)
class Target:
    """`host` is an address, or a name in lower case and in its xn-- form."""

    url: str
    host: str
    port: int
    is_tls: bool

    @classmethod
    def read(cls, url: str, settings: Settings) -> Self:
        """Raises BadUrl."""
        if len(url) > LONGEST:
            raise BadUrl(f"The URL may have at most {LONGEST} characters.")
        try:
            parts = urlsplit(_ascii(url))
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise BadUrl("This is not a URL.") from error
        if parts.scheme not in _PORTS or not host or not _VISIBLE.fullmatch(parts.geturl()) or "\\" in url:
            raise BadUrl("The URL must be like https://hooks.example.org/path.")
        if parts.scheme == "http" and not settings.webhook_http:
            raise BadUrl("The URL must begin with https://.")
        # An empty user, as in https://@host, is one too.
        if "@" in parts.netloc:
            raise BadUrl("The URL must hold no user and no password. The signature shows who sends.")
        if parts.fragment:
            raise BadUrl("The URL must have no part after #.")
        port = _PORTS[parts.scheme] if port is None else port
        if port not in _PORTS.values() and port < _FIRST_PORT:
            raise BadUrl(f"The port must be 443, 80, or at least {_FIRST_PORT}.")
        _check_host(host, settings)
        return cls(parts.geturl(), host, port, parts.scheme == "https")


def _ascii(url: str) -> str:
    """With the host in its xn-- form. Other parts must be percent-encoded. Raises ValueError."""
    # urlsplit would drop tabs and newlines, and read the rest as a URL.
    if not url.isprintable() or any(character.isspace() for character in url):
        raise ValueError
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host.isascii():
        return url
    encoded = idna.encode(host, uts46=True).decode("ascii")
    port = "" if parts.port is None else f":{parts.port}"
    user = "@" if "@" in parts.netloc else ""
    return parts._replace(netloc=f"{user}{encoded}{port}").geturl()


def _check_host(host: str, settings: Settings) -> None:
    """Raises BadUrl."""
    try:
        address = ip_address(host)
    except ValueError:
        name = host.removesuffix(".")
        if len(name) > 253 or not _NAME.fullmatch(name) or _NUMBER.fullmatch(name.rpartition(".")[2]):
            raise BadUrl("The URL must be like https://hooks.example.org/path.") from None
    else:
        if not addresses.may_be_reached(host, address, settings):
            raise BadUrl("The address of the receiver is not public. Use one that is, or ask the operator to allow it.")
