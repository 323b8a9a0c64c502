"""The address of Triton's HTTP port."""

import asyncio
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeVar

from settings import SettingsError

_FORM = re.compile(
    r"(?P<scheme>https?)://(?P<host>[^\s/:@?#\[\]]+|\[[0-9a-fA-F:.]+\]):(?P<port>\d{1,5})/?|unix:(?P<path>\S+)"
)

_Protocol = TypeVar("_Protocol", bound=asyncio.BaseProtocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAddress:
    """Either `path`, of a Unix socket, or `host` and `port`. `authority` is for the header Host."""

    path: str | None = None
    host: str = ""
    port: int = 0
    tls: ssl.SSLContext | None = None
    authority: str = "localhost"

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises SettingsError."""
        found = _FORM.fullmatch(url)
        if found is None or int(found["port"] or 0) > 65_535:
            raise SettingsError(
                "GATEHOUSE_TRITON_HTTP_URL must be http://HOST:PORT, https://HOST:PORT or unix:PATH, the address of "
                f"Triton's HTTP service, not {url!r}."
            )
        if found["path"]:
            return cls(path=found["path"])
        return cls(
            host=found["host"].strip("[]"),
            port=int(found["port"]),
            tls=ssl.create_default_context() if found["scheme"] == "https" else None,
            authority=f"{found['host']}:{found['port']}",
        )

    async def connect(self, protocol: Callable[[], _Protocol]) -> _Protocol:
        """Raises OSError."""
        loop = asyncio.get_running_loop()
        if self.path is not None:
            _, connection = await loop.create_unix_connection(protocol, self.path)
        else:
            _, connection = await loop.create_connection(protocol, self.host, self.port, ssl=self.tls)
        return connection
