"""Removes secrets and addresses from each line before it is written to a log.

The last line of defence: code that logs must leave such things out itself. Passwords have no recognizable form,
so for them there is no second line.
"""

import logging
import re
from collections.abc import Callable
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_Rule = tuple[tuple[str, ...], str, str | Callable[[re.Match[str]], str]]
_compiled = cache(re.compile)


# The attribute of a log record whose code has left out all such things, so that it need not be searched. Only for lines
# that are written for each request, and never for a record with text from outside.
IS_CLEAN = "is_clean"

# No line may cost seconds, even where it quotes a long text.
_MOST_CHARACTERS = 65_536
_AT_THE_CUT = 1_024


def cleaned(text: str) -> str:
    """`text` without them; only the beginning of a text longer than 64 KiB."""
    if len(text) <= _MOST_CHARACTERS:
        return _searched(text)
    # The half of a secret that a cut leaves does not look like one: after the search the end is dropped.
    return f"{_searched(text[:_MOST_CHARACTERS])[:-_AT_THE_CUT]} [… left out]"


def is_clean(record: logging.LogRecord) -> bool:
    return getattr(record, IS_CLEAN, False) is True


@lru_cache(1024)
def network(address: str) -> str:
    """The part of an IP address that a log may hold: 203.0.113.0/24, 2001:db8::/48."""
    found = ip_address(address.partition("%")[0])
    mapped = None if isinstance(found, IPv4Address) else found.ipv4_mapped
    found = mapped or found
    return str(ip_network((found, 24 if isinstance(found, IPv4Address) else 48), strict=False))


def _searched(text: str) -> str:
    lowered = text.lower()
    for hints, pattern, instead in _RULES:
        if not hints or any(hint in lowered for hint in hints):
            text = _compiled(pattern).sub(instead, text)
    return text


def _shortened(match: re.Match[str]) -> str:
    address, slash, prefix = match[0].partition("/")
    try:
        found = ip_address(address)
    except ValueError:
        return match[0]  # the time of day, or the release of something
    if not _is_of_the_internet(found) or (slash and _is_network(found, int(prefix))):
        return match[0]
    return network(address) + slash + prefix


def _is_network(address: IPv4Address | IPv6Address, prefix: int) -> bool:
    """No smaller than what is left of an address."""
    if prefix > (24 if isinstance(address, IPv4Address) else 48):
        return False
    return int(ip_network((address, prefix), strict=False).network_address) == int(address)


def _is_of_the_internet(address: IPv4Address | IPv6Address) -> bool:
    """And not of this machine or a private network, where Postgres, Redis and Triton are."""
    if isinstance(address, IPv6Address):
        return address in _GLOBAL
    return not any(address in own for own in _OWN)


_NAMED = r"[^\s@<>()\[\]\"',:;=\\/]"
# The character that has just been read is the first of a word, or stands behind what repr or a URL writes for the end
# of a line and the like. To look back from there is much quicker than to look back at every place.
_BEGAN = r"(?:(?<!\w.)|(?<=\\[abfnrtv].)|(?<=\\x[0-9a-f]{2}.)|(?<=\\u[0-9a-f]{4}.)|(?<=%[0-9A-Fa-f]{2}.))"
# A value may have lines of its own. What follows it in the words of an exception, in a traceback or in a group of them:
_BEHIND_VALUES = r"(?=\n[ |]*(?:HINT:|The above exception|During handling of the above|Traceback \(most|\+-)|\Z)"
_GLOBAL = IPv6Network("2000::/3")
_OWN = [IPv4Network(text) for text in ("0.0.0.0/32", "10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]

# What must be in a text, in whatever case, for a rule to be tried, since most lines have none of it; nothing where any
# text is looked at. A pattern is compiled when it is first tried.
_RULES: tuple[_Rule, ...] = (
    # Where Postgres and asyncpg quote the values of a row or a query.
    (("detail:",), rf"DETAIL:(?s:.*?){_BEHIND_VALUES}", "DETAIL: [left out]"),
    (("query argument",), r"(query argument \$\d{1,5})[^:\n]{0,60}:.*", r"\1: [left out]"),
    # Sessions, API tokens and device cookies, whole or cut off; whatever a header brings.
    (("eyj", "gth_"), r"(?a)(?:gth_)?eyJ[\w-]{8,}(?:\.[\w-]*){0,2}|gth_[\w.-]{8,}", "[credential]"),
    (("bearer",), r"(?i:bearer)(?:[ \t]|\\t|%20)+[^\s\"',\[\\]+", "Bearer [credential]"),
    # Codes in emails and recovery codes, in groups or not; what an authenticator app shares with us; digests.
    ((), r"(?a)[A-Z2-7]{4}(?:(?:-[A-Z2-7]{4}){5,7}|[A-Z2-7]{20}(?:[A-Z2-7]{8})?)\b", "[code]"),
    (("otpauth:",), r"otpauth:[^\s\"']+", "[secret]"),
    (("$argon2",), r"\$argon2[^\s\"']+", "[digest]"),
    # Passwords in URLs, before addresses: what stands before the host looks like one.
    (("://",), r"://[^\s/\"']*@", "://[password]@"),
    (("@", "%40"), rf"(?<!{_NAMED}){_NAMED}+(?:@|%40){_NAMED}{{0,255}}\w\.\w+", "[address]"),
    (
        (".",),
        rf"(?a)\d{_BEGAN}(?<!\..)\d{{0,2}}(?:\.\d{{1,3}}){{3}}(?!\.?\w)(?:/\d{{1,3}}(?!\w))?",
        _shortened,
    ),
    # Those of the internet all begin so.
    (
        (":",),
        rf"[23]{_BEGAN}(?<![:.].)[0-9A-Fa-f]{{3}}:[0-9A-Fa-f:.]*[0-9A-Fa-f:](?<![^:]:)(?!\w)(?:/\d{{1,3}}(?!\w))?",
        _shortened,
    ),
)
