"""How to reach Redis, from its URL. redis-py reads the URL and makes the context for TLS; it opens nothing."""

import asyncio
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from redis.asyncio.connection import Connection, SSLConnection, UnixDomainSocketConnection, parse_url

_OF_CLUSTER = re.compile(r"(rediss?)\+cluster://(?:([^@/?]*@))?([^@/?]+)(?:/0?)?(\?.*)?")


class HostAndPort(NamedTuple):
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """`seeds` are the nodes that the URL names; each of them knows all others."""

    seeds: tuple[HostAndPort, ...]
    _scheme: str
    _user: str
    _options: str

    def url(self, server: HostAndPort) -> str:
        """Of one node. All nodes take the same user, password and options."""
        host = f"[{server.host}]" if ":" in server.host else server.host
        return f"{self._scheme}://{self._user}{host}:{server.port}/0{self._options}"


def cluster(url: str) -> Cluster | None:
    """The cluster that is meant by `redis+cluster://[user:password@]host:port[,host:port…]`, with `rediss` for TLS.

    None for the URL of one server. Raises ValueError for a malformed one.
    """
    if "+cluster:" not in url.partition("//")[0]:
        parse_url(url)
        return None
    found = _OF_CLUSTER.fullmatch(url)
    if found is None:
        raise ValueError("not the URL of a cluster")
    scheme, user, hosts, options = (part or "" for part in found.groups())
    made = Cluster(tuple(_host_and_port(one) for one in hosts.split(",")), scheme, user, options)
    for server in made.seeds:
        Address(made.url(server))
    return made


def _host_and_port(text: str) -> HostAndPort:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError("a node is host:port")
    return HostAndPort(host.removeprefix("[").removesuffix("]"), int(port))


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
