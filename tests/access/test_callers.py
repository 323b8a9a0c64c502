from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from joserfc.jwk import OKPKey

import errors
from access import callers
from access.callers import Cookies
from access.credentials import Credential, Kind, Signer
from limits.charges import Rights

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
END = NOW + timedelta(days=1)
SETTINGS: Any = SimpleNamespace(visitor_inference=False, visitor_body_bytes=10, caller_body_bytes=1000)
SESSION = Credential(Kind.SESSION, UUID(int=1), UUID(int=2), frozenset(), END)


def token(*scopes):
    return Credential(Kind.API_TOKEN, UUID(int=3), UUID(int=2), frozenset(scopes), END)


@pytest.fixture
def signer():
    key = OKPKey.generate_key("Ed25519", auto_kid=True)
    return Signer([key], issuer="https://gate", audience="https://gate", clock=lambda: NOW)


@pytest.fixture
def identify(signer):
    def run(*authorization, address="192.0.2.7", user_agent="tests", **given):
        return callers.identify(authorization, signer, SETTINGS, address=address, user_agent=user_agent, **given)

    return run


def test_without_a_credential_a_caller_is_anonymous(identify):
    caller = identify(user_agent="x" * 1000)

    assert (caller.credential, caller.rights, caller.body_bytes) == (None, None, 10)
    assert caller.user_agent == "x" * 255


def test_what_a_program_calls_itself_holds_no_control_character(identify):
    assert identify(user_agent="a\x85\x9b31mb\x7fc").user_agent == "a  31mb c"


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
@pytest.mark.parametrize("credential", [SESSION, token("READ")])
def test_a_credential_makes_a_caller(identify, signer, scheme, credential):
    caller = identify(scheme + signer.sign(credential, NOW))

    assert (caller.credential, caller.body_bytes) == (credential, 1000)


BAD = ["{0}", "Basic {0}", "Token {0}", "Bearer{0}", "Bearer", "Bearer ", "", "Bearer {0} {0}", "Bearer {0},{0}"]
BAD += [
    "Bearer {0}, Bearer {0}",
    "Bearer {0} ",
    " Bearer {0}",
    'Bearer "{0}"',
    "Bearer\t{0}",
    "Bearer {0}\n",
    "Bearer x",
]


@pytest.mark.parametrize("header", BAD)
def test_a_caller_with_a_bad_header_is_not_anonymous(identify, signer, header):
    with pytest.raises(errors.Unauthenticated):
        identify(header.format(signer.sign(SESSION, NOW)))


def test_a_header_twice_is_refused_though_both_are_good(identify, signer):
    good = f"Bearer {signer.sign(SESSION, NOW)}"

    for headers in ([good, good], [good, ""], ["", good], [good, "Basic x"]):
        with pytest.raises(errors.Unauthenticated):
            identify(*headers)


@pytest.mark.parametrize("name", ["access_token", "Token", "API_KEY", "bearer"])
def test_a_credential_in_the_address_is_refused(identify, name):
    with pytest.raises(errors.Unauthenticated):
        identify(parameters=["query", name])


def test_a_session_cookie_makes_a_caller_where_the_page_could_set_a_header(identify, signer):
    caller = identify(cookies=Cookies(session=signer.sign(SESSION, NOW), preflight=True, device="d"))

    assert (caller.credential, caller.body_bytes, caller.device) == (SESSION, 1000, "d")


@pytest.mark.parametrize("session", ["good", "", "x"])
def test_a_session_cookie_that_another_sites_page_may_have_sent_is_not_read(identify, signer, session):
    cookie = signer.sign(SESSION, NOW) if session == "good" else session

    with pytest.raises(errors.BadRequest, match="needs the header"):
        identify(cookies=Cookies(session=cookie))


def test_without_a_session_cookie_no_header_is_needed(identify, signer):
    assert identify(cookies=Cookies(device="x")).credential is None
    assert identify(f"Bearer {signer.sign(SESSION, NOW)}", cookies=Cookies(device="x")).credential == SESSION


@pytest.mark.parametrize("beside", [[], ["Bearer {0}"], ["Bearer {1}"], ["Bearer x"], ["Basic x"]])
@pytest.mark.parametrize("cookie", ["", "x", "é", '"{0}"', " {0}", "{0},{0}", "{1}", "x" * 10_000])
def test_a_bad_session_cookie_is_neither_an_anonymous_caller_nor_the_user_of_the_header(
    identify, signer, cookie, beside
):
    good = signer.sign(SESSION, NOW), signer.sign(token("READ"), NOW)

    with pytest.raises(errors.Unauthenticated):
        identify(
            *(header.format(*good) for header in beside), cookies=Cookies(session=cookie.format(*good), preflight=True)
        )


def test_a_cookie_and_a_header_that_say_the_same_are_one_credential(identify, signer):
    text = signer.sign(SESSION, NOW)

    for preflight in (True, False):
        caller = identify(f"Bearer {text}", cookies=Cookies(session=text, preflight=preflight))
        assert caller.credential == SESSION


@pytest.mark.parametrize("preflight", [True, False])
@pytest.mark.parametrize(
    "beside", [["Bearer {0}"], ["Bearer {1}"], ["Bearer x"], ["Basic YTpi"], [""], ["Bearer {2}", "Bearer {2}"]]
)
def test_a_good_cookie_and_anything_else_beside_it_are_refused(identify, signer, beside, preflight):
    other = Credential(Kind.SESSION, UUID(int=9), UUID(int=2), frozenset(), END)
    texts = [signer.sign(credential, NOW) for credential in (other, token("READ"), SESSION)]

    with pytest.raises(errors.BadRequest, match="Two credentials"):
        identify(*(header.format(*texts) for header in beside), cookies=Cookies(session=texts[2], preflight=preflight))


def test_a_good_cookie_and_a_credential_in_the_address_are_refused(identify, signer):
    with pytest.raises(errors.BadRequest, match="Two credentials"):
        identify(parameters=["token"], cookies=Cookies(session=signer.sign(SESSION, NOW), preflight=True))


PROXIES = ("10.0.0.0/8", "2001:db8:ffff::/48")


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["203.0.113.7"], "192.0.2.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.9, 203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.9", "203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["203.0.113.7", "198.51.100.9"], "198.51.100.9"),
        ("10.0.0.1", ["198.51.100.9 ,203.0.113.7 , 10.0.0.2,10.0.0.3"], "203.0.113.7"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["10.0.0.1, 192.0.2.1"], "192.0.2.1"),
        ("::ffff:10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("::ffff:192.0.2.1", ["203.0.113.7"], "192.0.2.1"),
        ("10.0.0.1", ["203.0.113.7, ::ffff:10.0.0.2"], "203.0.113.7"),
        ("10.0.0.1", ["::ffff:203.0.113.7"], "203.0.113.7"),
        ("2001:db8:ffff::1", ["2001:DB8:0:0::7"], "2001:db8::7"),
        ("fe80::1%eth0", ["203.0.113.7"], "fe80::1%eth0"),
    ],
)
def test_an_address_is_believed_as_far_as_trusted_proxies_wrote_it(peer, forwarded, expected):
    trusted = [ip_network(proxy) for proxy in PROXIES]

    assert callers.client_address(peer, forwarded, trusted) == expected


NO_ADDRESSES = [
    "unknown",
    "_hidden",
    "203.0.113.7:443",
    "[2001:db8::7]",
    "[2001:db8::7]:443",
    "fe80::1%eth0",
    "203.0.113",
]
NO_ADDRESSES += ["203.0.113.07", "203.0.113.7/32", "3405803783", "for=203.0.113.7", '"203.0.113.7"', "é", "x" * 10_000]
NO_ADDRESSES += ["", " ", "203.0.113.7\0", "2001:db8::7%" + "x" * 10_000, "-1", "1" * 10_000, "::" * 5000]


@pytest.mark.parametrize("text", NO_ADDRESSES, ids=lambda text: ascii(text[:20]))
def test_what_is_no_bare_address_is_not_trusted_from_any_proxy(text):
    trusted = [ip_network(proxy) for proxy in PROXIES]

    assert callers.client_address("10.0.0.1", [text], trusted) == "10.0.0.1"
    assert callers.client_address("10.0.0.1", [f"203.0.113.7, {text}"], trusted) == "10.0.0.1"
    assert callers.client_address("10.0.0.1", [f"203.0.113.7, {text}, 10.0.0.2"], trusted) == "10.0.0.2"
    assert callers.client_address("10.0.0.1", [f"{text}, 203.0.113.7"], trusted) == "203.0.113.7"


def test_without_trusted_proxies_no_header_gives_the_address():
    assert callers.client_address("10.0.0.1", ["203.0.113.7"], ()) == "10.0.0.1"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
    ],
)
def test_anonymous_callers_are_counted_by_network(identify, address, network):
    caller = identify(address=address)

    assert (caller.address, caller.network) == (address, network)


ALL, MAY, UNKNOWN, MUST_NOT = (
    (callers.require_session, callers.require_reading, callers.require_inference, callers.require_catalogue),
    None,
    errors.Unauthenticated,
    errors.Forbidden,
)


@pytest.mark.parametrize(
    ("credential", "visitor_inference", "expected"),
    [
        (None, False, (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)),
        (None, True, (UNKNOWN, UNKNOWN, MAY, MAY)),
        (SESSION, False, (MAY, MAY, MAY, MAY)),
        (token("INFER"), True, (MUST_NOT, MUST_NOT, MAY, MUST_NOT)),
        (token("READ"), True, (MUST_NOT, MAY, MUST_NOT, MAY)),
        (token("INFER", "READ"), False, (MUST_NOT, MAY, MAY, MAY)),
    ],
    ids=["visitor", "visitor who may infer", "session", "token INFER", "token READ", "token of both"],
)
def test_who_may_do_what(identify, credential, visitor_inference, expected):
    caller = replace(identify(), credential=credential, visitor_inference=visitor_inference)

    for require, refusal in zip(ALL, expected, strict=True):
        if refusal is None:
            require(caller)
        else:
            with pytest.raises(refusal):
                require(caller)


@pytest.mark.parametrize(
    ("role", "plan_models", "token_models", "model", "public", "may"),
    [
        ("USER", {"own"}, None, "open", True, True),
        ("USER", {"own"}, None, "own", False, True),
        ("USER", {"own"}, None, "hidden", False, False),
        ("ADMIN", set(), None, "hidden", False, True),
        ("ADMIN", set(), {"open"}, "hidden", False, False),
        ("USER", {"own"}, {"open"}, "own", False, False),
        ("USER", set(), {"hidden"}, "hidden", False, False),
        ("USER", {"own"}, set(), "open", True, False),
        (None, set(), None, "open", True, True),
        (None, set(), None, "hidden", False, False),
    ],
)
def test_a_tokens_models_narrow_and_never_widen(identify, role, plan_models, token_models, model, public, may):
    models = None if token_models is None else frozenset(token_models)
    rights = Rights(role=role, plan_models=frozenset(plan_models), token_models=models, scopes=frozenset())

    assert callers.may_use(replace(identify(), rights=rights), model, public=public) is may
