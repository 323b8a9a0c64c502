"""The settings themselves: what can be read, and is unwise all the same."""

import ipaddress
from collections.abc import AsyncGenerator, Iterator
from urllib.parse import urlsplit

from access import signing_keys
from doctor import reach
from doctor.findings import Finding, fail, ok, warn
from settings import Settings, SettingsError

# A network with fewer bits is no proxy's: it is a large part of the internet.
_FEWEST_BITS = {4: 8, 6: 16}
_EVERYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104 - they are not listened at, only known


async def examine(settings: Settings) -> AsyncGenerator[Finding, None]:
    yield _keys(settings)
    yield _frontend(settings)
    yield _proxies(settings)
    for finding in (*_visitors(settings), *_metrics(settings)):
        yield finding


def _keys(settings: Settings) -> Finding:
    try:
        keys = signing_keys.read(settings.signing_keys_file)
    except SettingsError as error:
        return fail("keys", str(error))
    signing, secret = len(keys.signing), len(keys.secret)
    return ok("keys", f"the file is closed to others and holds {signing} to sign and {secret} to encrypt, all strong.")


def _frontend(settings: Settings) -> Finding:
    parts = urlsplit(settings.frontend_url)
    if parts.scheme == "https" and parts.hostname:
        return ok("front end", "links in mails begin with https.")
    if parts.scheme == "http" and parts.hostname and reach.is_loopback(parts.hostname):
        return ok("front end", "links in mails lead to this machine, which is for trying things out.")
    return fail("front end", "GATEHOUSE_FRONTEND_URL must begin with https://: codes from mails would travel in clear.")


def _proxies(settings: Settings) -> Finding:
    wide = [str(network) for network in settings.trusted_proxies if network.prefixlen < _FEWEST_BITS[network.version]]
    if wide:
        return fail(
            "proxies",
            f"GATEHOUSE_TRUSTED_PROXIES names {', '.join(wide)}: strangers choose the address that limits and logs go "
            "by. Name your proxies' addresses alone.",
        )
    if not settings.trusted_proxies and settings.frontend_url.startswith("https://"):
        return warn(
            "proxies",
            "GATEHOUSE_TRUSTED_PROXIES names none: behind a proxy that ends TLS all callers have its address, and "
            "visitors and logins share one network's limits. Name the proxy.",
        )
    named = len(settings.trusted_proxies)
    return ok("proxies", f"{named} named, and nobody else is believed." if named else "none is believed.")


def _visitors(settings: Settings) -> Iterator[Finding]:
    if settings.visitor_inference:
        yield warn(
            "visitors",
            "strangers without an account may use public models, within GATEHOUSE_VISITOR_UNITS_PER_DAY for each "
            "network. If that is not meant, unset GATEHOUSE_VISITOR_INFERENCE.",
        )


def _metrics(settings: Settings) -> Iterator[Finding]:
    if not settings.metrics_address:
        return
    host = settings.metrics_address.rpartition(":")[0].strip("[]")
    is_everywhere = host in _EVERYWHERE
    if _is_public(reach.own_address() or "" if is_everywhere else host):
        yield warn(
            "metrics",
            f"GATEHOUSE_METRICS_ADDRESS is {settings.metrics_address}: whoever reaches this machine reads them. Name a "
            "loopback or private address, or keep the port from the public.",
        )
    elif is_everywhere:
        # As in a container.
        yield ok("metrics", "are served at every address of this machine, which is in a private network.")
    else:
        yield ok("metrics", "are not served at a public address.")


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return False
