"""Which addresses a webhook may be sent to, and the connections: to exactly the address that was checked.

A name is resolved once for each try, here, and the connection is made to the result. Were the name given to the HTTP
library, it would be resolved again, and could lead elsewhere by then.
"""

import asyncio
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore2

from settings import Settings

Address = IPv4Address | IPv6Address

_RESOLVED_WITHIN = timedelta(seconds=5)
# Of a name with many addresses; each may take the time of a connection.
_MOST_TRIED = 3

# What the registries of IANA list as not global. `is_global` of older Pythons misses some of it. Of IPv6 only 2000::/3
# has been given out: everything else is left out first, and with it all forms of old IPv4 addresses.
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 "
        "203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
        "::/3 4000::/2 8000::/1 2001::/23 2001:db8::/32 2620:4f:8000::/48 3fff::/20"
    ).split()
)
_NAT64 = IPv6Network("64:ff9b::/96")


class NotAllowed(Exception):
    """The name leads to an address that is not public."""


class NotFound(Exception):
    """The name has no address, or no name server answers."""


def is_public(address: Address) -> bool:
    """Also of an IPv6 address that stands for an IPv4 address: whether that one is public."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        if (embedded := _embedded(address)) is not None:
            return is_public(embedded)
    of_its_version = (network for network in _NOT_PUBLIC if network.version == address.version)
    return address.is_global and not any(address in network for network in of_its_version)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None


def may_be_reached(host: str, address: Address, settings: Settings) -> bool:
    """`host` is the name or address as the URL has it."""
    allowed = settings.webhook_allowed
    return (
        host.removesuffix(".") in allowed.hosts
        or any(address in network for network in allowed.networks if network.version == address.version)
        or is_public(address)
    )


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
        # All of them: one that is not public beside one that is comes from somebody who tries.
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
