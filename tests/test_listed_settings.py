"""Settings that hold several values: domains, networks, origins, limits by model."""

from ipaddress import ip_network

import pytest

from settings import Settings, SettingsError
from tests.needed_settings import NEEDED


def test_limits_of_models_are_read_and_wrong_ones_refused():
    name = "GATEHOUSE_FREE_MODEL_LIMITS"

    read = Settings.from_environ({**NEEDED, name: "text_reader=60/1000, similarity=/500,odd.names-1=7/,"})

    assert read.free_model_limits == (("text_reader", 60, 1000), ("similarity", None, 500), ("odd.names-1", 7, None))
    assert Settings.from_environ({**NEEDED, name: ""}).free_model_limits == ()
    for wrong in ("a", "a=/", "a=0/5", "a=5", "a=5/x", "=5/5", "a=-1/5", "a b=5/5", "a=1/1,a=2/2", "a=9999999999/1"):
        with pytest.raises(SettingsError, match=f"^{name} must hold MODEL=UNITS_PER_MINUTE/UNITS_PER_DAY, each model"):
            Settings.from_environ({**NEEDED, name: wrong})


def test_domains_are_read_as_dns_has_them():
    given = {
        "GATEHOUSE_ALLOWED_MAIL_DOMAINS": " Example.ORG, @example.com ,,xn--mnchen-3ya.example,",
        "GATEHOUSE_REFUSED_MAIL_DOMAINS": "",
    }

    read = Settings.from_environ({**NEEDED, **given})

    assert read.allowed_mail_domains == {"example.org", "example.com", "xn--mnchen-3ya.example"}
    assert read.refused_mail_domains == frozenset()


@pytest.mark.parametrize("name", ["GATEHOUSE_ALLOWED_MAIL_DOMAINS", "GATEHOUSE_REFUSED_MAIL_DOMAINS"])
@pytest.mark.parametrize(
    "value",
    [
        "localhost",
        "*.example.org",
        ".example.org",
        "example.org.",
        "ada@example.org",
        "example.org example.com",
        "-example.org",
        "example-.org",
        "m\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen.example",
        "example.org, ;",
    ],
)
def test_what_is_no_domain_stops_the_start(name, value):
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ({**NEEDED, name: value})

    assert str(refusal.value) == f"{name} must hold domains like example.org, with commas between them."


def test_networks_are_read_and_addresses_are_networks_of_one():
    given = {"GATEHOUSE_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.1 ,2001:db8::/32,::1"}

    read = Settings.from_environ({**NEEDED, **given})

    networks = ("10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32", "::1/128")
    assert read.trusted_proxies == tuple(ip_network(network) for network in networks)
    assert Settings.from_environ(NEEDED).trusted_proxies == ()


# One with bits beyond its mask may mean one address or a whole network: its author must write which.
@pytest.mark.parametrize(
    "value", ["*", "10.0.0.1/8", "10.0.0.0/33", "proxy.example.org", "10.0.0.1:80", "10.0.0.1;::1"]
)
def test_what_is_no_network_stops_the_start(value):
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ({**NEEDED, "GATEHOUSE_TRUSTED_PROXIES": value})

    assert str(refusal.value) == (
        "GATEHOUSE_TRUSTED_PROXIES must hold addresses or networks like 10.0.0.0/8, with commas between them."
    )


def test_origins_are_kept_as_browsers_send_them():
    origins = "https://a.example ,http://localhost:3000,http://[::1]:8080, capacitor://localhost,"

    assert Settings.from_environ(NEEDED | {"GATEHOUSE_ALLOWED_ORIGINS": origins}).allowed_origins == {
        "https://a.example",
        "http://localhost:3000",
        "http://[::1]:8080",
        "capacitor://localhost",
    }


def test_places_of_models_in_a_worker_are_read_and_wrong_ones_refused():
    name = "GATEHOUSE_JOBS_RUNNING_BY_MODEL"

    read = Settings.from_environ({**NEEDED, name: "text_reader=2, odd.names-1=0,"})

    assert read.jobs_running_by_model == {"text_reader": 2, "odd.names-1": 0}
    assert Settings.from_environ(NEEDED).jobs_running_by_model == {}
    for wrong in ("a", "a=", "a=x", "=5", "a=-1", "a b=5", "a=1,a=2", "a=12345"):
        with pytest.raises(SettingsError, match=name):
            Settings.from_environ({**NEEDED, name: wrong})


def test_several_tritons_are_read_in_their_order():
    given = {
        **NEEDED,
        "GATEHOUSE_TRITON_URL": "b:8001, grpcs://a:8001",
        "GATEHOUSE_TRITON_HTTP_URL": "http://b:8000,https://a:8000",
    }

    settings = Settings.from_environ(given)

    assert settings.triton_url == ("b:8001", "grpcs://a:8001")
    assert settings.triton_http_url == ("http://b:8000", "https://a:8000")
    assert Settings.from_environ(given | {"GATEHOUSE_TRITON_HTTP_URL": ""}).triton_http_url == ()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"TRITON_URL": "a:8001,a:8001"},
            "GATEHOUSE_TRITON_URL must hold 1 to 32 different addresses, with commas between them.",
        ),
        (
            {"TRITON_URL": ",".join(f"a{number}:8001" for number in range(33))},
            "GATEHOUSE_TRITON_URL must hold 1 to 32 different addresses, with commas between them.",
        ),
        ({"TRITON_URL": ","}, "GATEHOUSE_TRITON_URL must hold 1 to 32 different addresses, with commas between them."),
        (
            {"TRITON_URL": "a:8001,b:8001", "TRITON_HTTP_URL": "http://a:8000"},
            "GATEHOUSE_TRITON_HTTP_URL must hold as many addresses as GATEHOUSE_TRITON_URL, which has 2, and in the "
            "same order: those of the same servers.",
        ),
    ],
)
def test_addresses_of_tritons_that_cannot_be_right_are_refused(changes, sentence):
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ(NEEDED | {f"GATEHOUSE_{name}": value for name, value in changes.items()})

    assert str(refusal.value) == sentence
