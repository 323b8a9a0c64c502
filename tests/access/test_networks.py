from ipaddress import ip_address, ip_network

import pytest

from access import networks


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("203.0.113.7", "203.0.113.7/32"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("2001:0db8:0:0:0:0:0:1", "2001:db8::1/128"),
        ("::/0", "::/0"),
        ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.7/32"),
        ("::FFFF:cb00:7107/128", "203.0.113.7/32"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
    ],
)
def test_a_network_has_one_form(written, kept):
    assert networks.read(written) == kept


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("203.0.113.7/24", "Write 203.0.113.0/24 for the network, or 203.0.113.7 for the one address."),
        ("2001:db8::1/64", "Write 2001:db8::/64 for the network, or 2001:db8::1 for the one address."),
        ("::ffff:203.0.113.7/120", "Write 203.0.113.0/24 for the network, or 203.0.113.7 for the one address."),
        ("::ffff:203.0.113.7/64", "Write ::/64 for the network, or 203.0.113.7 for the one address."),
    ],
)
def test_host_bits_are_refused_with_what_may_be_meant(written, meant):
    with pytest.raises(networks.HostBitsSet) as refusal:
        networks.read(written)

    assert str(refusal.value) == meant


@pytest.mark.parametrize(
    "text",
    [
        *("", "203.0.113", "203.0.113.0/33", "203.0.113.0/", "/24", "203.0.113.0/-1", "203.0.113.0/24/24"),
        *("203.0.113.0/255.255.255.0", "203.0.113.0/0.0.0.255", "203.000.113.0/24", "203.0.113.0 /24"),
        *(" 203.0.113.0/24", "203.0.113.0/24\n", "2001:db8::/129", "fe80::1%eth0", "fe80::1%eth0/128"),
        *("[2001:db8::1]", "localhost", "*", "any", "\uff13.0.0.0/8", "1" * 1000, "::ffff:203.0.113.0/96/1"),
    ],
)
def test_what_is_no_network_is_refused(text):
    with pytest.raises(ValueError, match=r".") as refusal:
        networks.read(text)

    assert type(refusal.value) is not networks.HostBitsSet


INSIDE = ["203.0.112.0/22", "198.51.100.7/32", "2001:db8::/33", "2001:db8:ffff::1/128"]
ADDRESSES = [
    *("203.0.112.0", "203.0.115.255", "203.0.116.0", "203.0.111.255", "198.51.100.7", "198.51.100.6"),
    *("2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff", "2001:db8:8000::", "2001:db8:ffff::1"),
    *("2001:db8:ffff::2", "::ffff:203.0.113.9", "::ffff:198.51.100.8", "::", "0.0.0.1", "fe80::1%eth0"),
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_where_the_library_says(address):
    found = ip_address(address.removeprefix("::ffff:").partition("%")[0])

    assert networks.contain(networks.pack(INSIDE), address) == any(found in ip_network(each) for each in INSIDE)


def test_packed_networks_take_few_bytes():
    assert networks.pack(None) == b""
    assert networks.pack(["203.0.113.0/24"]) == b"\x04\x18\xcb\x00\x71\x00"
    assert networks.pack(["::/0"]) == b"\x10\x00" + bytes(16)
    assert networks.pack_address("::ffff:192.0.2.1") == b"\xc0\x00\x02\x01"
