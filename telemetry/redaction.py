"""What no line of a log may hold, taken out of whatever is about to be written.

The last line of defence: whoever logs leaves such things out in the first place. Passwords have no shape of their own,
so for them there is no second line.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_Rule = tuple[tuple[str, ...], re.Pattern[str], str | Callable[[re.Match[str]], str]]


def cleaned(text: str) -> str:
    for hints, pattern, instead in _RULES:
        if not hints or any(hint in text for hint in hints):
            text = pattern.sub(instead, text)
    return text


@lru_cache(1024)
def network(address: str) -> str:
    """So much of an IP address as a log may hold: 203.0.113.0/24, 2001:db8::/48."""
    found = ip_address(address.partition("%")[0])
    mapped = None if isinstance(found, IPv4Address) else found.ipv4_mapped
    found = mapped or found
    return str(ip_network((found, 24 if isinstance(found, IPv4Address) else 48), strict=False))


def _shortened(match: re.Match[str]) -> str:
    try:
        found = ip_address(match[0])
    except ValueError:
        return match[0]  # the time of day, or the release of something
    return network(match[0]) if _is_of_the_internet(found) else match[0]


def _is_of_the_internet(address: IPv4Address | IPv6Address) -> bool:
    """And not of this machine or a private network, where Postgres, Redis and Triton are."""
    if isinstance(address, IPv6Address):
        return address in _GLOBAL
    return not any(address in own for own in _OWN)


_NAMED = r"[^\s@<>()\[\]\"',:;=\\/]"
_GLOBAL = IPv6Network("2000::/3")
_OWN = [IPv4Network(text) for text in ("0.0.0.0/32", "10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]

# What must be in a text for a rule to be tried, since most lines have none of it; nothing where any text is looked at.
_RULES: tuple[_Rule, ...] = (
    # What Postgres and asyncpg tell of the values in a row or a query, to the end of the line.
    (("DETAIL:",), re.compile(r"DETAIL:.*"), "DETAIL: [left out]"),
    (("query argument",), re.compile(r"(query argument \$\d+:).*"), r"\1 [left out]"),
    # Sessions and API tokens, whole or cut off; whatever a header brings; device cookies.
    (("eyJ", "gth_"), re.compile(r"(?:gth_)?eyJ[\w-]{8,}(?:\.[\w-]*){0,2}|gth_[\w.-]{8,}", re.ASCII), "[credential]"),
    (("earer ", "EARER "), re.compile(r"(?i:\bbearer) +[^\s\"',\[]+"), "Bearer [credential]"),
    ((), re.compile(r"[\w-]{22}\.\d{10}\.[\w-]{43}", re.ASCII), "[credential]"),
    # Codes in mails and recovery codes, in groups or not; what an authenticator program shares with us; digests.
    ((), re.compile(r"\b(?:[A-Z2-7]{4}-){5,7}[A-Z2-7]{4}\b|\b(?:[A-Z2-7]{8}){3,4}\b", re.ASCII), "[code]"),
    (("otpauth:",), re.compile(r"otpauth:[^\s\"']+"), "[secret]"),
    (("$argon2",), re.compile(r"\$argon2[^\s\"']+"), "[digest]"),
    # Passwords in URLs, before addresses: what stands before the host looks like one.
    (("://",), re.compile(r"://[^\s/\"']*@"), "://[password]@"),
    (("@", "%40"), re.compile(rf"(?<!{_NAMED}){_NAMED}+(?:@|%40){_NAMED}{{0,255}}\w\.\w+"), "[address]"),
    ((".",), re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*/\d|\.?\w)", re.ASCII), _shortened),
    # Those of the internet all begin so.
    ((":",), re.compile(r"(?<![\w:.])[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:.]*(?![\w/])"), _shortened),
)
