"""By which address a client has reached the API: the beginning of the addresses of downloads."""

import pytest
from starlette.requests import Request

from graph.http import origins


def request(*headers):
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return Request({"type": "http", "scheme": "http", "path": "/graphql", "headers": raw, "server": ("10.0.0.1", 8000)})


@pytest.mark.parametrize("host", ["api.example.org", "127.0.0.1:8000", "[2001:db8::1]:8000", "localhost"])
def test_it_is_the_host_that_the_request_names(host):
    assert origins.of_api(request(("host", host)), is_behind_proxy=False) == f"http://{host}"


@pytest.mark.parametrize("host", ["", "a b", "user@host", "host/path", "host:port", "host#x", "a\\b", "x" * 300])
def test_of_what_is_no_host_nothing_is_written(host):
    assert origins.of_api(request(("host", host)), is_behind_proxy=False) == ""


def test_only_a_trusted_proxy_says_the_scheme():
    asked = request(("host", "api.example.org"), ("x-forwarded-proto", "http"), ("x-forwarded-proto", "https"))

    assert origins.of_api(asked, is_behind_proxy=True) == "https://api.example.org"
    assert origins.of_api(asked, is_behind_proxy=False) == "http://api.example.org"
    odd = request(("host", "api.example.org"), ("x-forwarded-proto", "javascript"))
    assert origins.of_api(odd, is_behind_proxy=True) == "http://api.example.org"
