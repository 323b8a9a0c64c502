from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from joserfc.jwk import OKPKey

import errors
from access import callers
from access.charges import Rights
from access.credentials import Credential, Kind, Signer

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
    def run(*authorization, address="192.0.2.7", user_agent="tests"):
        return callers.identify(authorization, signer, SETTINGS, address=address, user_agent=user_agent)

    return run


def test_without_a_credential_somebody_is_a_visitor(identify):
    caller = identify(user_agent="x" * 1000)

    assert (caller.credential, caller.rights, caller.body_bytes) == (None, None, 10)
    assert caller.user_agent == "x" * 255


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
def test_a_bad_header_is_never_a_visitor(identify, signer, header):
    with pytest.raises(errors.Unauthenticated):
        identify(header.format(signer.sign(SESSION, NOW)))


def test_a_header_twice_is_refused_though_both_are_good(identify, signer):
    good = f"Bearer {signer.sign(SESSION, NOW)}"

    for headers in ([good, good], [good, ""], ["", good], [good, "Basic x"]):
        with pytest.raises(errors.Unauthenticated):
            identify(*headers)


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
def test_strangers_are_counted_by_network(identify, address, network):
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
