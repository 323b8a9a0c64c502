"""Credentials that we never signed, or that someone has altered."""

import hashlib
import hmac
from base64 import urlsafe_b64decode
from datetime import timedelta

import orjson
import pytest
from joserfc import jws
from joserfc.jwk import OctKey

from access import credentials
from tests.access.signed import (
    CLAIMS,
    HEADER,
    NOW,
    OTHER_KEY,
    PUBLIC,
    SECONDS,
    SESSION,
    TOKEN,
    USER,
    encoded,
    forged,
    refuses,
    with_claims,
    with_header,
)

HEADERS = {
    "alg none": with_header(alg="none"),
    "alg None": with_header(alg="None"),
    "alg empty": with_header(alg=""),
    "alg missing": with_header(alg=...),
    "alg null": with_header(alg=None),
    "alg a list": with_header(alg=["Ed25519"]),
    "alg EdDSA": with_header(alg="EdDSA"),
    "alg ed25519": with_header(alg="ed25519"),
    "alg ES256": with_header(alg="ES256"),
    "kid missing": with_header(kid=...),
    "kid unknown": with_header(kid="three"),
    "kid of another case": with_header(kid="ONE"),
    "kid empty": with_header(kid=""),
    "kid null": with_header(kid=None),
    "kid a number": with_header(kid=1),
    "kid a path": with_header(kid="../../dev/null"),
    "kid with SQL": with_header(kid="one' OR '1'='1"),
    "jwk": with_header(jwk=OTHER_KEY.as_dict(private=False)),
    "jku": with_header(jku="https://evil.example.org/jwks.json"),
    "x5u": with_header(x5u="https://evil.example.org/cert.pem"),
    "x5c": with_header(x5c=["MIIB"]),
    "crit": with_header(crit=["exp"]),
    "crit empty": with_header(crit=[]),
    "b64": with_header(b64=False, crit=["b64"]),
    "cty": with_header(cty="JWT"),
    "typ missing": with_header(typ=...),
    "typ JWT": with_header(typ="JWT"),
    "typ of another case": with_header(typ="GATEHOUSE-API-TOKEN+JWT"),
    "typ of a session": with_header(typ="gatehouse-session+jwt"),
    "typ with application": with_header(typ="application/gatehouse-api-token+jwt"),
    "a list": [HEADER],
    "a string": "alg",
    "not JSON": b"{",
    "not UTF-8": b"\xff\xfe",
    "nested deeply": b"[" * 300,
    "written with spaces": b'{"alg": "Ed25519", "kid": "one", "typ": "gatehouse-api-token+jwt"}',
    "alg twice": b'{"alg":"none","alg":"Ed25519","kid":"one","typ":"gatehouse-api-token+jwt"}',
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_header_that_is_not_ours_is_refused_though_our_key_signed_it(signer, header):
    assert refuses(signer, forged(header, CLAIMS))


@pytest.mark.parametrize("header", [HEADER, with_header(jwk=OTHER_KEY.as_dict(private=False)), with_header(kid="two")])
def test_another_key_is_refused(signer, header):
    assert refuses(signer, forged(header, CLAIMS, OTHER_KEY))


@pytest.mark.parametrize("secret", [PUBLIC.encode(), urlsafe_b64decode(PUBLIC + "="), b"", b"secret"])
def test_a_mac_by_the_public_key_is_refused(signer, secret):
    signed = f"{encoded(with_header(alg='HS256'))}.{encoded(CLAIMS)}"
    mac = encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))

    assert refuses(signer, f"gth_{signed}.{mac}")
    assert refuses(signer, f"gth_{encoded(HEADER)}.{encoded(CLAIMS)}.{mac}")


def test_a_mac_by_a_library_is_refused(signer):
    key = OctKey.import_key(urlsafe_b64decode(PUBLIC + "="))

    assert refuses(
        signer, "gth_" + jws.serialize_compact(with_header(alg="HS256"), orjson.dumps(CLAIMS), key, ["HS256"])
    )


YEAR = 366 * 86_400
CHANGED_CLAIMS = {
    **{f"{name} missing": with_claims(**{name: ...}) for name in CLAIMS},
    **{f"{name} null": with_claims(**{name: None}) for name in CLAIMS},
    **{f"{name} a list": with_claims(**{name: [CLAIMS[name]]}) for name in CLAIMS},
    **{f"{name} a float": with_claims(**{name: float(CLAIMS[name])}) for name in ("iat", "nbf", "exp")},
    **{f"{name} a string": with_claims(**{name: str(CLAIMS[name])}) for name in ("iat", "nbf", "exp")},
    **{f"{name} true": with_claims(**{name: True}) for name in ("iat", "nbf", "exp")},
    **{f"{name} negative": with_claims(**{name: -1}) for name in ("exp",)},
    **{f"{name} zero": with_claims(**{name: 0}) for name in ("iat", "exp")},
    **{f"{name} huge": with_claims(**{name: 2**63}) for name in ("iat", "nbf", "exp")},
    **{f"{name} beyond the calendar": with_claims(**{name: 10**12}) for name in ("iat", "nbf", "exp")},
    "iat long ago": with_claims(iat=-(10**10)),
    "exp now": with_claims(exp=SECONDS),
    "exp before iat": with_claims(iat=SECONDS - 10, nbf=SECONDS - 10, exp=SECONDS - 20),
    "exp before iat, both within the clocks' difference": with_claims(iat=SECONDS + 2, exp=SECONDS + 1),
    "nbf to come": with_claims(nbf=SECONDS + 60),
    "iat to come": with_claims(iat=SECONDS + 60),
    "a life of more than a year and a day": with_claims(exp=SECONDS + YEAR + 1),
    "another issuer": with_claims(iss="https://evil.example.org"),
    "another audience": with_claims(aud="https://evil.example.org"),
    "several audiences": with_claims(aud=["https://gate.example.org", "https://evil.example.org"]),
    "sub no id": with_claims(sub="ada"),
    "sub in another form": with_claims(sub=str(USER).upper()),
    "sub in braces": with_claims(sub=f"{{{USER}}}"),
    "jti no id": with_claims(jti=""),
    "jti in another form": with_claims(jti=TOKEN.id.hex),
    "scope unknown": with_claims(scope="ADMIN"),
    "scope in another order": with_claims(scope="READ INFER"),
    "scope twice": with_claims(scope="READ READ"),
    "scope empty": with_claims(scope=""),
    "one claim more": with_claims(role="ADMIN"),
    "first null": with_claims(first=None),
    "first no id": with_claims(first="ci"),
    "first in another form": with_claims(first=USER.hex),
    "first the token itself": with_claims(first=str(TOKEN.id)),
    "first and one claim more": with_claims(first=str(USER), role="ADMIN"),
    "a list": [CLAIMS],
    "a string": "claims",
    "not JSON": b"{",
    "not UTF-8": b"\xff",
    "empty": b"",
    "NaN": b'{"exp":NaN}',
    "nested deeply": b"[" * 1000,
}


@pytest.mark.parametrize("claims", CHANGED_CLAIMS.values(), ids=CHANGED_CLAIMS)
def test_claims_that_are_never_made_are_refused_though_our_key_signed_them(signer, claims):
    assert refuses(signer, forged(HEADER, claims))


def test_the_longest_life_is_a_year_and_a_day(signer):
    assert signer.verify(forged(HEADER, with_claims(exp=SECONDS + YEAR))).expires_at == NOW + timedelta(days=366)


def test_an_altered_character_anywhere_is_refused(signer):
    text = signer.sign(TOKEN, NOW)

    for place, character in enumerate(text):
        other = "B" if character == "A" else "A"
        assert refuses(signer, text[:place] + other + text[place + 1 :])
        assert refuses(signer, text[:place] + text[place + 1 :])


@pytest.mark.parametrize("change", ["=", "==", "A", ".", "\n", " ", "\t", "\0", "é", "\udcff", ".A", "%3D"])
def test_anything_before_or_behind_is_refused(signer, change):
    text = signer.sign(TOKEN, NOW)

    assert refuses(signer, text + change)
    assert refuses(signer, change + text)


def test_the_kinds_are_not_taken_for_each_other(signer):
    session, token = signer.sign(SESSION, NOW), signer.sign(TOKEN, NOW)

    assert refuses(signer, f"gth_{session}")
    assert refuses(signer, token.removeprefix("gth_"))
    assert refuses(signer, f"gth_{token}")
    assert refuses(signer, token.replace("gth_", "GTH_"))
    assert refuses(signer, forged(with_header(typ="gatehouse-session+jwt"), with_claims(scope="")))


@pytest.mark.parametrize("text", ["", "gth_", ".", "..", "a.b.c", "gth_..", "null", "Bearer", "A" * 2049, "é" * 10_000])
def test_what_is_no_token_is_refused(signer, text):
    assert refuses(signer, text)


def test_a_token_of_any_length_is_refused_without_work(signer, monkeypatch):
    text = signer.sign(TOKEN, NOW)
    monkeypatch.setattr(credentials, "sha256", None)

    assert refuses(signer, forged(HEADER, with_claims(iss="A" * 3000)))
    assert refuses(signer, text + "A" * 10_000_000)


def test_the_parts_of_two_tokens_do_not_fit_each_other(signer):
    one, two = signer.sign(SESSION, NOW).split("."), forged(HEADER, CLAIMS).removeprefix("gth_").split(".")

    assert refuses(signer, ".".join([one[0], two[1], one[2]]))
    assert refuses(signer, "gth_" + ".".join([two[0], one[1], two[2]]))
    assert refuses(signer, ".".join([one[0], one[1], two[2]]))
    assert refuses(signer, ".".join(one[:2]))
    assert refuses(signer, ".".join([*one[:2], ""]))
