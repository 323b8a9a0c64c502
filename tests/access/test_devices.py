"""A device cookie says of a browser that it has logged in to an account before, and nothing else."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from access.devices import Devices

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADDRESS = "ada@example.org"
DEVICES = Devices(b"k" * 32)


def test_a_cookie_is_recognised_for_its_address_by_every_process_with_the_key():
    cookie = DEVICES.issue(ADDRESS, at=NOW)

    device = Devices(b"k" * 32).recognise(cookie, ADDRESS, at=NOW + timedelta(days=399))

    assert device is not None
    assert len(device) == 22
    assert device == DEVICES.recognise(cookie, ADDRESS, at=NOW)
    assert DEVICES.recognise(DEVICES.issue(ADDRESS, at=NOW), ADDRESS, at=NOW) != device


def test_a_cookie_ends_after_four_hundred_days():
    cookie = DEVICES.issue(ADDRESS, at=NOW)

    assert Devices.lifetime == timedelta(days=400)
    assert DEVICES.recognise(cookie, ADDRESS, at=NOW + Devices.lifetime - timedelta(seconds=1)) is not None
    assert DEVICES.recognise(cookie, ADDRESS, at=NOW + Devices.lifetime) is None


@pytest.mark.parametrize("address", ["eve@example.org", "ada@example.or", "", "no address ada@example.org"])
def test_a_cookie_is_nothing_for_another_address(address):
    assert DEVICES.recognise(DEVICES.issue(ADDRESS, at=NOW), address, at=NOW) is None


def test_a_cookie_of_another_key_is_nothing():
    assert DEVICES.recognise(Devices(b"l" * 32).issue(ADDRESS, at=NOW), ADDRESS, at=NOW) is None


def claims(cookie):
    return json.loads(urlsafe_b64decode(cookie.split(".")[1] + "=="))


def test_a_cookie_holds_an_id_and_an_end_and_no_address():
    cookie = DEVICES.issue(ADDRESS, at=NOW)

    device = DEVICES.recognise(cookie, ADDRESS, at=NOW)
    assert claims(cookie) == {"jti": device, "exp": int((NOW + Devices.lifetime).timestamp())}
    assert json.loads(urlsafe_b64decode(cookie.split(".")[0] + "==")) == {"alg": "HS256", "typ": "JWT"}


def test_an_id_and_an_end_that_were_changed_are_nothing():
    cookie = DEVICES.issue(ADDRESS, at=NOW)
    header, _, mac = cookie.split(".")
    was, other = claims(cookie), claims(DEVICES.issue(ADDRESS, at=NOW))

    for changed in ({"jti": other["jti"]}, {"exp": was["exp"] + 1}, {"exp": 9999999999}):
        forged = urlsafe_b64encode(json.dumps(was | changed).encode()).decode().rstrip("=")
        assert DEVICES.recognise(f"{header}.{forged}.{mac}", ADDRESS, at=NOW) is None


@pytest.mark.parametrize("header", ['"alg"', '{"alg": "HS256", "crit": 1}', '{"alg": "HS256", "crit": [[]]}'])
def test_a_header_of_other_types_is_not_recognised(header):
    _, payload, mac = DEVICES.issue(ADDRESS, at=NOW).split(".")
    chosen = urlsafe_b64encode(header.encode()).decode().rstrip("=")

    assert DEVICES.recognise(f"{chosen}.{payload}.{mac}", ADDRESS, at=NOW) is None


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "none", "typ": "JWT"}, {"alg": "HS512"}, {"typ": "JWT"}])
def test_the_cookie_does_not_choose_how_it_is_verified(header):
    _, payload, mac = DEVICES.issue(ADDRESS, at=NOW).split(".")
    chosen = urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")

    for forged in (f"{chosen}.{payload}.{mac}", f"{chosen}.{payload}."):
        assert DEVICES.recognise(forged, ADDRESS, at=NOW) is None


def test_a_cookie_without_an_end_is_nothing():
    key = OctKey.import_key(hmac.digest(b"k" * 32, ADDRESS.encode(), "sha256"))
    cookie = jwt.encode({"alg": "HS256"}, {"jti": "a" * 22}, key)

    assert DEVICES.recognise(cookie, ADDRESS, at=NOW) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda cookie: None,
        lambda cookie: "",
        lambda cookie: f" {cookie}",
        lambda cookie: f"{cookie}\n",
        lambda cookie: f"{cookie}.{cookie}",
        lambda cookie: f"{cookie}=",
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
