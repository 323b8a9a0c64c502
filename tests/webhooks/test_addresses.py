from ipaddress import ip_address

import pytest

from settings import Settings
from tests.environ import environ
from webhooks import addresses

NOTHING = Settings.from_environ(environ())
SOME = Settings.from_environ(environ(WEBHOOK_ALLOWED="receiver.internal, 10.1.0.0/16, fd00:1::/64"))


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0",  # noqa: S104 - nothing listens there
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:0:127.0.0.1",
        "400::1",
        "4000::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_that_is_not_public(text):
    assert not addresses.is_public(ip_address(text))
    assert not addresses.may_be_reached(text, ip_address(text), NOTHING)


@pytest.mark.parametrize(
    "text",
    [
        "1.1.1.1",
        "93.184.215.14",
        "100.63.255.255",
        "100.128.0.1",
        "172.32.0.1",
        "2606:4700::1111",
        "::ffff:1.1.1.1",
        "64:ff9b::1.1.1.1",
        "2002:101:101::1",
    ],
)
def test_an_address_that_is_public(text):
    assert addresses.is_public(ip_address(text))


@pytest.mark.parametrize(
    ("host", "text", "may"),
    [
        ("receiver.internal", "192.168.0.1", True),
        ("receiver.internal.", "192.168.0.1", True),
        ("other.internal", "192.168.0.1", False),
        ("other.internal", "10.1.255.255", True),
        ("other.internal", "10.2.0.0", False),
        ("other.internal", "fd00:1::1", True),
        ("other.internal", "fd00:2::1", False),
        ("other.internal", "::ffff:10.1.0.1", False),
    ],
)
def test_named_hosts_and_networks_are_allowed_and_nothing_beside_them(host, text, may):
    assert addresses.may_be_reached(host, ip_address(text), SOME) is may
