"""The networks from which an API token may be used: how they are written, and whether an address is in them.

For the admission script they are packed: for each network a byte with the length of its address (4 or 16), a byte with
the bits of its prefix, and the address.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from access.callers import parsed_address

_FORM = re.compile(r"[0-9A-Fa-f:.]{2,45}(?:/[0-9]{1,3})?", re.ASCII)
_MAPPED_BITS = 96


class HostBitsSet(ValueError):
    """An address with a prefix that is shorter than it. The message names the two networks that may be meant."""


def read(text: str) -> str:
    """The network in its one form: an IPv4 or IPv6 address with a prefix. A bare address is a network of one.

    An IPv4 address that is written as an IPv6 one (`::ffff:192.0.2.0/120`) becomes IPv4. Raises HostBitsSet, and
    ValueError for everything else that is no network.
    """
    # Python also takes masks, as in 192.0.2.0/255.255.255.0, and zones.
    if not _FORM.fullmatch(text):
        raise ValueError("not a network")
    found = ip_network(text, strict=False)
    address = text.partition("/")[0]
    # Compared after the folding: a mapped address has its host bits at its end, too.
    if ip_address(address) != found.network_address:
        raise HostBitsSet(f"Write {_folded(found)} for the network, or {parsed_address(address)} for the one address.")
    return str(_folded(found))


def pack(networks: Iterable[str] | None) -> bytes:
    """b"" for None: any network. The networks are in the form that `read` returns."""
    return b"".join(map(_packed, networks or ()))


@lru_cache(1024)
def pack_address(address: str) -> bytes:
    """4 or 16 bytes. The zone of a link-local address is left out."""
    return parsed_address(address.partition("%")[0]).packed


def contain(packed: bytes, address: str) -> bool:
    """What the admission script decides, for when Redis is down."""
    found, start = ip_address(pack_address(address)), 0
    while start < len(packed):
        length, bits = packed[start : start + 2]
        network = packed[start + 2 : start + 2 + length]
        if length == len(found.packed) and found in ip_network((network, bits)):
            return True
        start += 2 + length
    return False


def _folded(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    if isinstance(network, IPv6Network):
        mapped = network.network_address.ipv4_mapped
        if mapped is not None and network.prefixlen >= _MAPPED_BITS:
            return IPv4Network((mapped, network.prefixlen - _MAPPED_BITS))
    return network


def _packed(network: str) -> bytes:
    found = ip_network(network)
    return bytes((len(found.network_address.packed), found.prefixlen)) + found.network_address.packed
