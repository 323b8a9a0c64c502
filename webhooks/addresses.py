"""Which addresses a webhook may be sent to."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network

from settings import Settings

Address = IPv4Address | IPv6Address

# What the registries of IANA list as not global. `is_global` of older Pythons misses some of it. Of IPv6 only 2000::/3
# is in use: everything else is excluded, and with it the old forms of IPv4 addresses.
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
