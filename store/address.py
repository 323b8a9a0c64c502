"""How to reach Redis, from its URL. redis-py reads the URL and makes the context for TLS; it opens nothing."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from redis.asyncio.connection import Connection, SSLConnection, UnixDomainSocketConnection, parse_url


class Address:
    """One server: `redis://`, `rediss://` or `unix://`, with what redis-py knows as options of a URL."""

    def __init__(self, url: str) -> None:
        options: dict[str, Any] = {**parse_url(url), "protocol": 2}
        kind = options.pop("connection_class", Connection)
        # Any: its types do not show what it makes of the options.
        self._options: Any = kind(**options, driver_info=None)

    async def connect(self, protocol: asyncio.Protocol) -> None:
        """Raises OSError."""
        loop, factory = asyncio.get_running_loop(), _returning(protocol)
        options = self._options
        if isinstance(options, UnixDomainSocketConnection):
            await loop.create_unix_connection(factory, options.path)
            return
        context = options.ssl_context.get() if isinstance(options, SSLConnection) else None
        transport, _ = await loop.create_connection(factory, options.host, options.port, ssl=context)
        try:
            _keep_alive(transport.get_extra_info("socket"), options)
        except OSError:
            transport.abort()
            raise

    def greeting(self) -> list[tuple[str | int, ...]]:
        """The commands with which a connection begins."""
        options = self._options
        commands: list[tuple[str | int, ...]] = []
        if options.username or options.password:
            user = (options.username,) if options.username else ()
            commands.append(("AUTH", *user, options.password or ""))
        if options.client_name:
            commands.append(("CLIENT", "SETNAME", options.client_name))
        if options.db:
            commands.append(("SELECT", options.db))
        return commands


def _returning(protocol: asyncio.Protocol) -> Callable[[], asyncio.Protocol]:
    return lambda: protocol


def _keep_alive(connected: Any, options: Any) -> None:
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if options.socket_keepalive:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in options.socket_keepalive_options.items():
            connected.setsockopt(socket.IPPROTO_TCP, option, value)
