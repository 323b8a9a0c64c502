"""The settings themselves: values that are valid but unwise."""

import ipaddress
from collections.abc import AsyncGenerator, Iterator
from urllib.parse import urlsplit

from access import signing_keys
from doctor import reach
from doctor.findings import Finding, fail, ok, warn
from settings import Settings, SettingsError, unknown

# A network with fewer bits is no proxy's: it is a large part of the internet.
_FEWEST_BITS = {4: 8, 6: 16}
_EVERYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104 - they are not listened at, only known


async def examine(settings: Settings) -> AsyncGenerator[Finding, None]:
    yield _keys(settings)
    yield _frontend(settings)
    yield _proxies(settings)
    for finding in (*_visitors(settings), *_caught_mails(settings), *_metrics(settings), *_unknown()):
        yield finding


def _unknown() -> Iterator[Finding]:
    if names := unknown():
        yield warn(
            "names",
            f"{', '.join(names)}: this version has no such setting, so it has no effect. docs/settings.md lists all.",
        )


def _keys(settings: Settings) -> Finding:
    try:
        keys = signing_keys.read(settings.signing_keys_file)
    except SettingsError as error:
        return fail("keys", str(error))
    signing, secret = len(keys.signing), len(keys.secret)
    return ok("keys", f"only its owner can read the file; strong keys: {signing} to sign, {secret} to encrypt.")


def _frontend(settings: Settings) -> Finding:
    parts = urlsplit(settings.frontend_url)
    if parts.scheme == "https" and parts.hostname:
        return ok("front end", "links in emails begin with https.")
    if parts.scheme == "http" and parts.hostname and reach.is_loopback(parts.hostname):
        return ok("front end", "links in emails lead to this machine, which is fine for a trial.")
    return fail("front end", "GATEHOUSE_FRONTEND_URL must begin with https://: else codes of emails are unencrypted.")


def _proxies(settings: Settings) -> Finding:
    wide = [str(network) for network in settings.trusted_proxies if network.prefixlen < _FEWEST_BITS[network.version]]
    if wide:
        return fail(
            "proxies",
            f"GATEHOUSE_TRUSTED_PROXIES names {', '.join(wide)}: clients can choose the address that limits and "
            "logs use. Name only the addresses of your proxies.",
        )
    if not settings.trusted_proxies and settings.frontend_url.startswith("https://"):
        return warn(
            "proxies",
            "GATEHOUSE_TRUSTED_PROXIES names none: behind a proxy that ends TLS all callers have its address, and "
            "anonymous callers and logins share the limits of one network. Name the proxy.",
        )
    named = len(settings.trusted_proxies)
    return ok("proxies", f"{named} named, and no other one is trusted." if named else "none is trusted.")


def _visitors(settings: Settings) -> Iterator[Finding]:
    if settings.visitor_inference:
        yield warn(
            "visitors",
            "callers without an account may use public models, within GATEHOUSE_VISITOR_UNITS_PER_DAY for each "
            "network. If you do not want that, unset GATEHOUSE_VISITOR_INFERENCE.",
        )


def _caught_mails(settings: Settings) -> Iterator[Finding]:
    if settings.caught_mails:
        yield warn(
            "caught mails",
            "GATEHOUSE_CAUGHT_MAILS is set: anybody can verify an address that is not theirs. This is for trying out. "
            "Unset it where others reach this service.",
        )


def _metrics(settings: Settings) -> Iterator[Finding]:
    if not settings.metrics_address:
        return
    host = settings.metrics_address.rpartition(":")[0].strip("[]")
    is_everywhere = host in _EVERYWHERE
    if _is_public(reach.own_address() or "" if is_everywhere else host):
        yield warn(
            "metrics",
            f"GATEHOUSE_METRICS_ADDRESS is {settings.metrics_address}: every client that reaches this machine can read "
            "them. Name a loopback or private address, or close the port to the public.",
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
