"""What an operator may set. docs/settings.md describes every field; a test compares the two."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from starlette.config import Config
from starlette.datastructures import Secret


class SettingsError(Exception):
    """A setting is missing or wrong; the message names its variable and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Read once at the start from `GATEHOUSE_*` variables; nothing changes it afterwards."""

    database_url: Secret
    redis_url: Secret
    triton_url: str

    visitor_inference: bool
    graphiql: bool

    inference_timeout: timedelta
    inference_places: int
    output_bytes: int
    image_pixels: int

    document_tokens: int
    document_depth: int
    document_root_fields: int
    document_aliases: int
    visitor_body_bytes: int
    caller_body_bytes: int
    upload_files: int
    upload_bytes: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Raises SettingsError, naming the variable, where one is missing or cannot be read."""
        read = _Reader(environ)
        return cls(
            database_url=Secret(read.text("DATABASE_URL")),
            redis_url=Secret(read.text("REDIS_URL")),
            triton_url=read.text("TRITON_URL"),
            visitor_inference=read.flag("VISITOR_INFERENCE", False),
            graphiql=read.flag("GRAPHIQL", True),
            inference_timeout=timedelta(seconds=read.count("INFERENCE_TIMEOUT_SECONDS", 30)),
            inference_places=read.count("INFERENCE_PLACES", 64),
            output_bytes=read.count("OUTPUT_BYTES", 16 * 1024**2),
            image_pixels=read.count("IMAGE_PIXELS", 40_000_000),
            document_tokens=read.count("DOCUMENT_TOKENS", 1000),
            document_depth=read.count("DOCUMENT_DEPTH", 12),
            document_root_fields=read.count("DOCUMENT_ROOT_FIELDS", 30),
            document_aliases=read.count("DOCUMENT_ALIASES", 30),
            visitor_body_bytes=read.count("VISITOR_BODY_BYTES", 64 * 1024),
            caller_body_bytes=read.count("CALLER_BODY_BYTES", 8 * 1024**2),
            upload_files=read.count("UPLOAD_FILES", 16),
            upload_bytes=read.count("UPLOAD_BYTES", 32 * 1024**2),
        )


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._read = Config(environ=environ, env_prefix="GATEHOUSE_")

    def text(self, name: str) -> str:
        value: str = self._read(name, cast=str, default="")
        if not value:
            raise SettingsError(f"GATEHOUSE_{name} is not set; docs/settings.md says what it holds.")
        return value

    def flag(self, name: str, default: bool) -> bool:
        try:
            return bool(self._read(name, cast=bool, default=default))
        except ValueError as error:
            raise SettingsError(f"GATEHOUSE_{name} must be true or false.") from error

    def count(self, name: str, default: int) -> int:
        try:
            value: int = self._read(name, cast=int, default=default)
        except ValueError as error:
            raise SettingsError(f"GATEHOUSE_{name} must be a whole number.") from error
        if value < 1:
            raise SettingsError(f"GATEHOUSE_{name} must be 1 or more.")
        return value
