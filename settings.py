"""What an operator may set. docs/settings.md describes every field; a test compares the two."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Self

from starlette.config import Config
from starlette.datastructures import Secret

# As DNS has it: names of other alphabets in their xn-- form.
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9]", re.ASCII)


class SettingsError(Exception):
    """A setting is missing or wrong; the message names its variable and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Read once at the start from `GATEHOUSE_*` variables; nothing changes it afterwards."""

    database_url: Secret
    redis_url: Secret
    triton_url: str
    smtp_url: Secret
    signing_keys_file: Path
    issuer: str
    audience: str

    frontend_url: str
    mail_from: str
    registration_open: bool
    allowed_mail_domains: frozenset[str]
    refused_mail_domains: frozenset[str]
    session_lifetime: timedelta
    session_idle_lifetime: timedelta
    verification_lifetime: timedelta
    reset_lifetime: timedelta
    password_min_length: int
    mails_per_address: int
    mails_per_network: int
    hashing_places: int

    visitor_units_per_minute: int
    visitor_units_per_day: int
    visitor_concurrent_requests: int

    free_units_per_minute: int
    free_units_per_day: int
    free_concurrent_requests: int
    free_max_api_tokens: int
    free_max_token_lifetime: timedelta

    usage_hours_kept: timedelta

    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]

    visitor_inference: bool
    graphiql: bool

    inference_timeout: timedelta
    inference_places: int
    output_bytes: int
    operation_bytes: int
    bytes_in_flight: int
    image_pixels: int

    document_tokens: int
    document_depth: int
    document_root_fields: int
    document_aliases: int
    visitor_body_bytes: int
    caller_body_bytes: int
    upload_files: int
    upload_bytes: int
    preparation: timedelta

    drain: timedelta
    standstill: timedelta
    log_format: str
    log_level: str
    metrics_address: str
    traces_url: str
    traces_percent: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Raises SettingsError, naming the variable, where one is missing or cannot be read."""
        read = _Reader(environ)
        frontend_url = read.text("FRONTEND_URL").rstrip("/")
        issuer = read.text("ISSUER", frontend_url)
        return cls(
            database_url=Secret(read.text("DATABASE_URL")),
            redis_url=Secret(read.text("REDIS_URL")),
            triton_url=read.text("TRITON_URL"),
            smtp_url=Secret(read.text("SMTP_URL")),
            signing_keys_file=Path(read.text("SIGNING_KEYS_FILE")),
            issuer=issuer,
            audience=read.text("AUDIENCE", issuer),
            frontend_url=frontend_url,
            mail_from=read.text("MAIL_FROM"),
            registration_open=read.flag("REGISTRATION_OPEN", True),
            allowed_mail_domains=read.domains("ALLOWED_MAIL_DOMAINS"),
            refused_mail_domains=read.domains("REFUSED_MAIL_DOMAINS"),
            session_lifetime=timedelta(hours=read.count("SESSION_LIFETIME_HOURS", 24 * 14, most=24 * 366)),
            session_idle_lifetime=timedelta(hours=read.count("SESSION_IDLE_HOURS", 24 * 3, most=24 * 366)),
            verification_lifetime=timedelta(hours=read.count("VERIFICATION_LIFETIME_HOURS", 24)),
            reset_lifetime=timedelta(minutes=read.count("RESET_LIFETIME_MINUTES", 60)),
            password_min_length=read.count("PASSWORD_MIN_LENGTH", 15, least=8, most=256),
            mails_per_address=read.count("MAILS_PER_ADDRESS", 6),
            mails_per_network=read.count("MAILS_PER_NETWORK", 300),
            hashing_places=read.count("HASHING_PLACES", 16),
            visitor_units_per_minute=read.count("VISITOR_UNITS_PER_MINUTE", 60),
            visitor_units_per_day=read.count("VISITOR_UNITS_PER_DAY", 2_000),
            visitor_concurrent_requests=read.count("VISITOR_CONCURRENT_REQUESTS", 4),
            free_units_per_minute=read.count("FREE_UNITS_PER_MINUTE", 120),
            free_units_per_day=read.count("FREE_UNITS_PER_DAY", 10_000),
            free_concurrent_requests=read.count("FREE_CONCURRENT_REQUESTS", 8),
            free_max_api_tokens=read.count("FREE_MAX_API_TOKENS", 10),
            free_max_token_lifetime=timedelta(days=read.count("FREE_MAX_TOKEN_LIFETIME_DAYS", 365, most=366)),
            usage_hours_kept=timedelta(days=read.count("USAGE_HOURS_KEPT_DAYS", 400, least=42, most=36_500)),
            trusted_proxies=read.networks("TRUSTED_PROXIES"),
            visitor_inference=read.flag("VISITOR_INFERENCE", False),
            graphiql=read.flag("GRAPHIQL", True),
            inference_timeout=timedelta(seconds=read.count("INFERENCE_TIMEOUT_SECONDS", 30)),
            inference_places=read.count("INFERENCE_PLACES", 64),
            output_bytes=(output_bytes := read.count("OUTPUT_BYTES", 16 * 1024**2)),
            operation_bytes=read.bytes_for(output_bytes, "OPERATION_BYTES", 64 * 1024**2, times=1),
            bytes_in_flight=read.bytes_for(output_bytes, "BYTES_IN_FLIGHT", 512 * 1024**2, times=8),
            image_pixels=read.count("IMAGE_PIXELS", 40_000_000),
            document_tokens=read.count("DOCUMENT_TOKENS", 1000),
            document_depth=read.count("DOCUMENT_DEPTH", 12),
            document_root_fields=read.count("DOCUMENT_ROOT_FIELDS", 30),
            document_aliases=read.count("DOCUMENT_ALIASES", 30),
            visitor_body_bytes=read.count("VISITOR_BODY_BYTES", 64 * 1024),
            caller_body_bytes=read.count("CALLER_BODY_BYTES", 8 * 1024**2),
            upload_files=read.count("UPLOAD_FILES", 16),
            upload_bytes=read.count("UPLOAD_BYTES", 32 * 1024**2),
            preparation=timedelta(milliseconds=read.count("PREPARATION_MILLISECONDS", 2000, least=100)),
            drain=timedelta(seconds=read.count("DRAIN_SECONDS", 0, least=0, most=300)),
            standstill=timedelta(seconds=read.count("STANDSTILL_SECONDS", 30, least=0, most=3600)),
            log_format=read.one_of("LOG_FORMAT", "text", "json"),
            log_level=read.one_of("LOG_LEVEL", "info", "debug", "warning"),
            metrics_address=read.optional("METRICS_ADDRESS"),
            traces_url=read.optional("TRACES_URL"),
            traces_percent=read.count("TRACES_PERCENT", 100, least=0, most=100),
        )


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._read = Config(environ=environ, env_prefix="GATEHOUSE_")

    def text(self, name: str, default: str = "") -> str:
        value: str = self._read(name, cast=str, default="") or default
        if not value:
            raise SettingsError(f"GATEHOUSE_{name} is not set; docs/settings.md says what it holds.")
        return value

    def optional(self, name: str) -> str:
        value: str = self._read(name, cast=str, default="")
        return value

    def one_of(self, name: str, default: str, *others: str) -> str:
        value = self.optional(name) or default
        if value not in (default, *others):
            raise SettingsError(f"GATEHOUSE_{name} must be {' or '.join((default, *others))}.")
        return value

    def flag(self, name: str, default: bool) -> bool:
        try:
            return bool(self._read(name, cast=bool, default=default))
        except ValueError as error:
            raise SettingsError(f"GATEHOUSE_{name} must be true or false.") from error

    def domains(self, name: str) -> frozenset[str]:
        found = frozenset(part.lower().lstrip("@") for part in self._parts(name))
        if not all(_DOMAIN.fullmatch(domain) for domain in found):
            raise SettingsError(f"GATEHOUSE_{name} must hold domains like example.org, with commas between them.")
        return found

    def networks(self, name: str) -> tuple[IPv4Network | IPv6Network, ...]:
        try:
            return tuple(ip_network(part) for part in self._parts(name))
        except ValueError as error:
            raise SettingsError(
                f"GATEHOUSE_{name} must hold addresses or networks like 10.0.0.0/8, with commas between them."
            ) from error

    def _parts(self, name: str) -> list[str]:
        return [part.strip() for part in self._read(name, cast=str, default="").split(",") if part.strip()]

    def bytes_for(self, outputs: int, name: str, default: int, *, times: int) -> int:
        value = self.count(name, default)
        if value < times * outputs:
            raise SettingsError(
                f"GATEHOUSE_{name} is {value}. It must be at least {times} times GATEHOUSE_OUTPUT_BYTES ({outputs}): "
                "raise it, or lower GATEHOUSE_OUTPUT_BYTES."
            )
        return value

    def count(self, name: str, default: int, *, least: int = 1, most: int | None = None) -> int:
        try:
            value: int = self._read(name, cast=int, default=default)
        except ValueError as error:
            raise SettingsError(f"GATEHOUSE_{name} must be a whole number.") from error
        if value < least:
            raise SettingsError(f"GATEHOUSE_{name} must be {least} or more.")
        if most is not None and value > most:
            raise SettingsError(f"GATEHOUSE_{name} must be {most} or less.")
        return value
