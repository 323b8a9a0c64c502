"""What an operator may set. docs/settings.md describes every field; a test compares the two."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Self, TypeVar

import lazy_init

# Starlette imports these for its threads, for the files that it sends, and for words of status codes.
lazy_init.of("anyio", "anyio.abc", "anyio.from_thread", "anyio.to_thread", "http.client")

from starlette.datastructures import Secret  # noqa: E402 - after that

Value = TypeVar("Value")

# What a service without GATEHOUSE_DOCUMENT_TOKENS takes.
DOCUMENT_TOKENS = 1000
# These are compiled when they are used: most services set none of them.
# As DNS has it: names of other alphabets in their xn-- form.
_DOMAIN = r"(?a)(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9]"
# Of a webhook's receiver. Names of a local network may have one label.
_HOST = r"(?a)(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_-]*[a-z_](?:[a-z0-9_-]*[a-z0-9_])?"
# RFC 6454: scheme, host and port, in the form that a browser compares and sends. Native web views have other schemes.
_ORIGIN = (
    r"(?a)(?P<scheme>[a-z][a-z0-9+.-]*)://"
    r"(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(?::(?P<port>[1-9][0-9]{0,4}))?"
)
_MODEL_LIMIT = r"(?a)(?P<model>[\w.-]{1,255})=(?P<minute>[1-9]\d{0,8})?/(?P<day>[1-9]\d{0,8})?"
_MODEL_COUNT = r"(?a)(?P<model>[\w.-]{1,255})=(?P<count>\d{1,4})"
# Each has its probes, and its labels in the metrics.
_MOST_TRITONS = 32
# What a column of Postgres holds.
_MOST = 2**31 - 1
_MOST_BYTES = 2**40
_OWN_PORTS = {"http": "80", "https": "443"}
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_REQUIRED: Final = object()
_BESIDE_MAKE_RUN: Final = 'If `make run` serves here, load its settings: set -a; . "${DATA_DIR:-.local}/env"; set +a'


class SettingsError(Exception):
    """Settings are missing or wrong; the message names each variable and says what to do."""


class ModelLimit(NamedTuple):
    """What a user may spend on calls of one model. None: no limit beside those of the plan."""

    model: str
    units_per_minute: int | None
    units_per_day: int | None


class AllowedReceivers(NamedTuple):
    """Of webhooks: names and networks that are allowed although they are not public."""

    hosts: frozenset[str]
    networks: tuple[IPv4Network | IPv6Network, ...]


class _Wrong(ValueError):
    """A value cannot be used. The message is the rest of a sentence that begins with the variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """How a field is read; `parse` and `check` raise _Wrong."""

    parse: Callable[[str], Any]
    # `_REQUIRED` where the variable must be set.
    default: Any = _REQUIRED
    # The field above this one whose value is the default.
    default_from: str = ""
    # The last word of the variable.
    unit: str = ""
    # Whether an empty variable is the same as none.
    may_be_empty: bool = False
    # Compares the value with the fields above this one.
    check: Callable[[Any, Mapping[str, Any]], None] | None = None

    def variable(self, name: str) -> str:
        return "_".join(filter(None, ("GATEHOUSE", name, self.unit))).upper()


def _field(parse: Callable[[str], Value], **options: Any) -> Value:
    made: Value = field(metadata={"setting": _Setting(parse=parse, **options)})
    return made


def _required(parse: Callable[[str], Value]) -> Value:
    return _field(parse, may_be_empty=True)


def _optional(*, default_from: str = "") -> str:
    return _field(str, default="", default_from=default_from, may_be_empty=True)


def _one_of(default: str, *others: str) -> str:
    return _field(partial(_parse_one_of, (default, *others)), default=default, may_be_empty=True)


def _flag(default: bool) -> bool:
    return _field(_parse_flag, default=default)


def _count(default: int, *, least: int = 1, most: int = _MOST, times_outputs: int = 0) -> int:
    """`times_outputs`: the value is at least so many times `output_bytes`."""
    check = partial(_check_holds_outputs, times_outputs) if times_outputs else None
    return _field(partial(_parse_count, least, most), default=default, check=check)


def _time(unit: str, default: int, *, least: int = 1, most: int) -> timedelta:
    """`default`, `least` and `most` count the unit, one that timedelta has."""
    return _field(
        lambda text: timedelta(**{unit: _parse_count(least, most, text)}),
        default=timedelta(**{unit: default}),
        unit=unit,
    )


def _parse_one_of(choices: Sequence[str], text: str) -> str:
    if text not in choices:
        raise _Wrong(f"must be {' or '.join(choices)}.")
    return text


def _parse_flag(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise _Wrong("must be true or false.")
    return _FLAGS[text.lower()]


def _parse_count(least: int, most: int, text: str) -> int:
    try:
        value = int(text)
    except ValueError as error:
        raise _Wrong("must be a whole number.") from error
    if value < least:
        raise _Wrong(f"must be {least} or more.")
    if value > most:
        raise _Wrong(f"must be {most} or less.")
    return value


def _check_holds_outputs(times: int, value: int, read: Mapping[str, Any]) -> None:
    if value < times * read["output_bytes"]:
        raise _Wrong(
            f"is {value}. It must be at least {times} times GATEHOUSE_OUTPUT_BYTES ({read['output_bytes']}): "
            "raise it, or lower GATEHOUSE_OUTPUT_BYTES."
        )


def _parse_addresses(text: str) -> tuple[str, ...]:
    found = tuple(_parts(text))
    if not 1 <= len(set(found)) == len(found) <= _MOST_TRITONS:
        raise _Wrong(f"must hold 1 to {_MOST_TRITONS} different addresses, with commas between them.")
    return found


def _check_one_of_each_triton(value: tuple[str, ...], read: Mapping[str, Any]) -> None:
    urls = read["triton_url"]
    # A missing or wrong address is named already.
    if value and urls is not _REQUIRED and len(value) != len(urls):
        raise _Wrong(
            f"must hold as many addresses as GATEHOUSE_TRITON_URL, which has {len(urls)}, and in the same order: those "
            "of the same servers."
        )


def _parse_url(text: str) -> str:
    return text.rstrip("/")


def _parse_domains(text: str) -> frozenset[str]:
    found = frozenset(part.lower().lstrip("@") for part in _parts(text))
    if not all(re.fullmatch(_DOMAIN, domain) for domain in found):
        raise _Wrong("must hold domains like example.org, with commas between them.")
    return found


def _parse_networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part) for part in _parts(text))
    except ValueError as error:
        raise _Wrong("must hold addresses or networks like 10.0.0.0/8, with commas between them.") from error


def _parse_receivers(text: str) -> AllowedReceivers:
    hosts, networks = set(), []
    for part in _parts(text):
        try:
            networks.append(ip_network(part))
        except ValueError as error:
            if not re.fullmatch(_HOST, part.lower()):
                raise _Wrong("must hold host names, addresses or networks, with commas between them.") from error
            hosts.add(part.lower())
    return AllowedReceivers(frozenset(hosts), tuple(networks))


def parse_model_limits(text: str) -> tuple[ModelLimit, ...]:
    """MODEL=UNITS_PER_MINUTE/UNITS_PER_DAY, with commas. Raises ValueError, whose message is the end of a sentence."""
    found = [re.fullmatch(_MODEL_LIMIT, part) for part in _parts(text)]
    limits = {match["model"]: match for match in found if match and (match["minute"] or match["day"])}
    if len(limits) < len(found):
        raise _Wrong(
            "must hold MODEL=UNITS_PER_MINUTE/UNITS_PER_DAY, each model once, with commas between them. One of the "
            "numbers may be missing: text_reader=60/1000, similarity=/500."
        )
    return tuple(
        ModelLimit(name, *(int(match[part]) if match[part] else None for part in ("minute", "day")))
        for name, match in limits.items()
    )


def _parse_model_counts(text: str) -> Mapping[str, int]:
    found = [re.fullmatch(_MODEL_COUNT, part) for part in _parts(text)]
    counts = {match["model"]: int(match["count"]) for match in found if match}
    if len(counts) < len(found):
        raise _Wrong("must hold MODEL=NUMBER, each model once, with commas between them: text_reader=2, similarity=1.")
    return counts


def _parse_origins(text: str) -> frozenset[str]:
    found = frozenset(_parts(text))
    if wrong := sorted(origin for origin in found if not _is_origin(origin)):
        raise _Wrong(
            f"has {wrong[0]!r}, which is not an origin as browsers send it. Write "
            "scheme, host in lower case, and port unless it is the scheme's own: https://app.example.org."
        )
    return found


def _is_origin(text: str) -> bool:
    match = re.fullmatch(_ORIGIN, text)
    return match is not None and (match["port"] is None or match["port"] != _OWN_PORTS.get(match["scheme"]))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Read once at the start from `GATEHOUSE_*` variables; nothing changes it afterwards.

    A variable is named after its field: `drain`, in seconds, is GATEHOUSE_DRAIN_SECONDS.
    """

    frontend_url: str = _required(_parse_url)
    database_url: Secret = _required(Secret)
    database_direct_url: Secret = _field(Secret, default=Secret(""), default_from="database_url", may_be_empty=True)
    redis_url: Secret = _required(Secret)
    triton_url: tuple[str, ...] = _required(_parse_addresses)
    triton_http_url: tuple[str, ...] = _field(
        _parse_addresses, default=(), may_be_empty=True, check=_check_one_of_each_triton
    )
    smtp_url: Secret = _required(Secret)
    signing_keys_file: Path = _required(Path)
    mail_from: str = _required(str)
    issuer: str = _optional(default_from="frontend_url")
    audience: str = _optional(default_from="issuer")

    registration_open: bool = _flag(True)
    allowed_mail_domains: frozenset[str] = _field(_parse_domains, default=frozenset())
    refused_mail_domains: frozenset[str] = _field(_parse_domains, default=frozenset())
    session_lifetime: timedelta = _time("hours", 24 * 14, most=24 * 366)
    session_idle: timedelta = _time("hours", 24 * 3, most=24 * 366)
    verification_lifetime: timedelta = _time("hours", 24, most=24 * 366)
    reset_lifetime: timedelta = _time("minutes", 60, most=60 * 24 * 366)
    password_min_length: int = _count(15, least=8, most=256)
    mails_per_address: int = _count(6)
    mails_per_network: int = _count(300)
    hashing_places: int = _count(16)

    visitor_units_per_minute: int = _count(60)
    visitor_units_per_day: int = _count(2_000)
    visitor_concurrent_requests: int = _count(4)

    free_units_per_minute: int = _count(120)
    free_units_per_day: int = _count(10_000)
    free_model_limits: tuple[ModelLimit, ...] = _field(parse_model_limits, default=())
    free_concurrent_requests: int = _count(8)
    free_weight: int = _count(1, most=100)
    free_max_api_tokens: int = _count(10)
    free_max_token_lifetime: timedelta = _time("days", 365, most=366)

    objects: str = _optional()
    objects_endpoint: str = _field(_parse_url, default="", may_be_empty=True)
    objects_region: str = _field(str, default="us-east-1", may_be_empty=True)
    objects_key: str = _optional()
    objects_secret: Secret = _field(Secret, default=Secret(""), may_be_empty=True)

    webhook_http: bool = _flag(False)
    webhook_allowed: AllowedReceivers = _field(_parse_receivers, default=AllowedReceivers(frozenset(), ()))

    usage_hours_kept: timedelta = _time("days", 400, least=42, most=36_500)

    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = _field(_parse_networks, default=())
    allowed_origins: frozenset[str] = _field(_parse_origins, default=frozenset())

    visitor_inference: bool = _flag(False)
    graphiql: bool = _flag(True)
    persisted_queries: bool = _flag(True)
    console: bool = _flag(True)
    caught_mails: str = _optional()

    inference_timeout: timedelta = _time("seconds", 30, most=86_400)
    inference_places: int = _count(64)
    queue_longest: timedelta = _time("seconds", 30, least=0, most=86_400)
    queue_calls: int = _count(2048)
    queue_bytes: int = _count(256 * 1024**2, most=_MOST_BYTES)
    stream_longest: timedelta = _time("seconds", 600, most=86_400)
    stream_places: int = _count(256)
    output_bytes: int = _count(16 * 1024**2, most=_MOST_BYTES)
    operation_bytes: int = _count(64 * 1024**2, most=_MOST_BYTES, times_outputs=1)
    bytes_in_flight: int = _count(512 * 1024**2, most=_MOST_BYTES, times_outputs=8)
    image_pixels: int = _count(40_000_000)

    job_timeout: timedelta = _time("seconds", 3600, most=86_400)
    jobs_running: int = _count(4, least=0, most=1000)
    jobs_running_by_model: Mapping[str, int] = _field(_parse_model_counts, default=MappingProxyType({}))
    jobs_queued: int = _count(100)
    jobs_kept: int = _count(10_000)
    job_bytes: int = _count(256 * 1024**2, most=_MOST_BYTES)
    jobs_kept_for: timedelta = _time("hours", 24, least=24, most=24 * 366)
    job_grace: timedelta = _time("seconds", 10, least=0, most=3600)

    document_tokens: int = _count(DOCUMENT_TOKENS)
    document_depth: int = _count(12)
    document_root_fields: int = _count(30)
    document_aliases: int = _count(30)
    visitor_body_bytes: int = _count(64 * 1024)
    caller_body_bytes: int = _count(8 * 1024**2)
    upload_files: int = _count(16)
    upload_bytes: int = _count(32 * 1024**2)
    preparation: timedelta = _time("milliseconds", 2000, least=100, most=86_400_000)

    drain: timedelta = _time("seconds", 0, least=0, most=300)
    standstill: timedelta = _time("seconds", 30, least=0, most=3600)
    log_format: str = _one_of("text", "json")
    log_level: str = _one_of("info", "debug", "warning")
    metrics_address: str = _optional()
    traces_url: str = _optional()
    traces_percent: int = _count(100, least=0, most=100)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Raises SettingsError, naming every variable that is missing or cannot be read."""
        reader = _Reader(environ)
        for each in fields(cls):
            reader.read(each.name, each.metadata["setting"])
        reader.finish()
        return cls(**reader.values)


class _Reader:
    """Collects what is wrong, so that `finish` can report all of it at once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._missing: list[str] = []
        self._wrong: list[str] = []
        self.values: dict[str, Any] = {}

    def read(self, name: str, setting: _Setting) -> None:
        variable = setting.variable(name)
        default = self.values.get(setting.default_from, setting.default)
        text = self._environ[variable] if variable in self._environ else None
        if text == "" and setting.may_be_empty:
            text = None
        if text is None and setting.default is _REQUIRED:
            self._missing.append(variable)
        try:
            value = default if text is None else setting.parse(text)
            if setting.check:
                setting.check(value, self.values)
        except _Wrong as wrong:
            self._wrong.append(f"{variable} {wrong}")
            value = default
        self.values[name] = value

    def finish(self) -> None:
        """Raises SettingsError with a sentence for all that are missing, and one for each that is wrong."""
        missing = [_missing(self._missing)] if self._missing else []
        # A newcomer's shell has none of them. An operator who forgot one does not need this.
        hint = [_BESIDE_MAKE_RUN] if set(self._missing) == _required_variables() else []
        if sentences := missing + self._wrong + hint:
            raise SettingsError(" ".join(sentences))


def _required_variables() -> set[str]:
    settings = [(each.name, each.metadata["setting"]) for each in fields(Settings)]
    return {setting.variable(name) for name, setting in settings if setting.default is _REQUIRED}


def unknown(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Variables that look like settings and are none: mistyped, or of another version."""
    known = {each.metadata["setting"].variable(each.name) for each in fields(Settings)}
    # In the images, entrypoint.sh puts the passwords of these files into the addresses.
    looking = (name for name in environ if name.startswith("GATEHOUSE_") and not name.endswith("_PASSWORD_FILE"))
    return sorted(set(looking) - known)


def _missing(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"{names[0]} is not set; docs/settings.md says what it holds."
    return f"{', '.join(names[:-1])} and {names[-1]} are not set; docs/settings.md says what they hold."
