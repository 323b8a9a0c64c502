"""Connections of webhooks: to exactly the address that was checked.

A name is resolved once for each try, here, and the connection is made to the result. If the HTTP library got the
name, it would resolve it again, and the second result could be another address.
"""

import asyncio
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from ipaddress import ip_address
from typing import Any

import httpcore2

from settings import Settings
from webhooks.addresses import Address, may_be_reached

_RESOLVED_WITHIN = timedelta(seconds=5)
# How many addresses of a name are tried; each may take the whole time of a connection.
_MOST_TRIED = 3


class NotAllowed(Exception):
    """The name leads to an address that is not public."""


class NotFound(Exception):
    """The name has no address, or no name server answers."""


class Guarded(httpcore2.AsyncNetworkBackend):
    """Connects for httpcore. Raises NotAllowed and NotFound beside httpcore's errors."""

    def __init__(self, settings: Settings, resolvers: ThreadPoolExecutor) -> None:
        """`resolvers`: threads of their own, as a name server that does not answer may hold one for half a minute."""
        self._settings = settings
        self._resolvers = resolvers
        self._backend = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        found = await self._resolve(host, port)
        # All of them: a name with public and other addresses is an attack.
        if not all(may_be_reached(host, address, self._settings) for address in found):
            raise NotAllowed
        error: Exception | None = None
        for address in found[:_MOST_TRIED]:
            try:
                return await self._backend.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failed:
                error = failed
        raise error or NotFound

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)

    async def _resolve(self, host: str, port: int) -> list[Address]:
        """In the order of the system. Raises NotFound."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_RESOLVED_WITHIN.total_seconds()):
                found = await loop.run_in_executor(
                    self._resolvers, partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
                )
        except (OSError, UnicodeError) as error:
            raise NotFound from error
        # With its zone, if it has one: an address with a zone is not public.
        addresses = [ip_address(str(address[0])) for *_, address in found]
        if not addresses:
            raise NotFound
        return list(dict.fromkeys(addresses))
