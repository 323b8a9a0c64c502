"""A device cookie says of a browser that it has logged in to an account before, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from access.devices import LIFETIME, Devices

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADDRESS = "ada@example.org"
DEVICES = Devices(b"k" * 32)


def test_a_cookie_is_recognised_for_its_address_by_every_process_with_the_key():
    cookie = DEVICES.issue(ADDRESS, at=NOW)

    device = Devices(b"k" * 32).recognise(cookie, ADDRESS, at=NOW + timedelta(days=399))

    assert device == cookie.partition(".")[0]
    assert DEVICES.recognise(DEVICES.issue(ADDRESS, at=NOW), ADDRESS, at=NOW) != device


def test_a_cookie_ends_after_four_hundred_days():
    cookie = DEVICES.issue(ADDRESS, at=NOW)

    assert timedelta(days=400) == LIFETIME
    assert DEVICES.recognise(cookie, ADDRESS, at=NOW + LIFETIME - timedelta(seconds=1)) is not None
    assert DEVICES.recognise(cookie, ADDRESS, at=NOW + LIFETIME) is None


@pytest.mark.parametrize("address", ["eve@example.org", "ada@example.or", "", "no address ada@example.org"])
def test_a_cookie_is_nothing_for_another_address(address):
    assert DEVICES.recognise(DEVICES.issue(ADDRESS, at=NOW), address, at=NOW) is None


def test_a_cookie_of_another_key_is_nothing():
    assert DEVICES.recognise(Devices(b"l" * 32).issue(ADDRESS, at=NOW), ADDRESS, at=NOW) is None


def test_an_id_and_an_end_that_were_changed_are_nothing():
    device, until, mac = DEVICES.issue(ADDRESS, at=NOW).split(".")
    other = DEVICES.issue(ADDRESS, at=NOW).partition(".")[0]

    for forged in (f"{other}.{until}.{mac}", f"{device}.{int(until) + 1}.{mac}", f"{device}.9999999999.{mac}"):
        assert DEVICES.recognise(forged, ADDRESS, at=NOW) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda cookie: None,
        lambda cookie: "",
        lambda cookie: f" {cookie}",
        lambda cookie: f"{cookie}\n",
        lambda cookie: f"{cookie}.{cookie}",
        lambda cookie: cookie[:-1],
        lambda cookie: cookie.rpartition(".")[0] + ".",
        lambda cookie: cookie.swapcase(),
        lambda cookie: cookie[:-1] + "\N{LATIN SMALL LETTER E WITH ACUTE}",
        lambda cookie: cookie.translate({ord(digit): 0x660 + int(digit) for digit in "0123456789"}),
        lambda cookie: "\0" * len(cookie),
        lambda cookie: "\ud800" * len(cookie),
        lambda cookie: "a" * 1_000_000,
    ],
)
def test_what_is_no_cookie_is_nothing_and_breaks_nothing(change):
    assert DEVICES.recognise(change(DEVICES.issue(ADDRESS, at=NOW)), ADDRESS, at=NOW) is None
