import warnings
from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from joserfc import jws

from access import credentials
from access.credentials import Credential, Kind, Signer
from access.signing_keys import Keys
from tests.access.signed import (
    CLAIMS,
    HEADER,
    KEY,
    NOW,
    OTHER_KEY,
    SECONDS,
    SESSION,
    TOKEN,
    USER,
    forged,
    new_signer,
    refuses,
    with_claims,
)

ROTATED = replace(TOKEN, first_id=USER)


@pytest.mark.parametrize("credential", [SESSION, TOKEN, ROTATED], ids=["session", "api token", "rotated"])
def test_what_is_signed_is_verified(signer, credential):
    text = signer.sign(credential, NOW)

    assert signer.verify(text) == credential
    assert text.startswith("gth_") == (credential is not SESSION)


def test_a_session_was_not_rotated_from_anything(signer):
    assert refuses(signer, signer.sign(replace(SESSION, first_id=TOKEN.id), NOW))


def test_credentials_that_were_issued_once_stay_good(signer):
    """An API token lives for a year: no release may write headers or claims in another way and refuse the old ones."""
    text = signer.sign(TOKEN, NOW)

    header, claims, _ = (urlsafe_b64decode(part + "==") for part in text.removeprefix("gth_").split("."))
    assert header == b'{"alg":"Ed25519","kid":"one","typ":"gatehouse-api-token+jwt"}'
    assert orjson.loads(claims) == CLAIMS
    assert text == forged(HEADER, CLAIMS)
    assert signer.verify(forged(HEADER, CLAIMS)) == TOKEN
    assert signer.sign(ROTATED, NOW) == forged(HEADER, CLAIMS | {"first": str(USER)})


def test_no_library_warns(signer):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert signer.verify(signer.sign(SESSION, NOW)) == SESSION


def test_it_is_in_force_until_its_end_and_not_before_its_beginning(signer, clock):
    text = signer.sign(SESSION, NOW)
    clock.now = SESSION.expires_at - timedelta(microseconds=1)
    assert signer.verify(text) == SESSION

    clock.now = SESSION.expires_at
    assert refuses(signer, text)

    clock.now = NOW - timedelta(seconds=2)
    assert signer.verify(text) == SESSION
    clock.now -= timedelta(microseconds=1)
    assert refuses(signer, text)


def test_what_was_verified_once_is_valid_at_the_same_times(signer, clock):
    found = signer.verify(signer.sign(SESSION, NOW))
    first, last = NOW - timedelta(seconds=2), SESSION.expires_at - timedelta(microseconds=1)

    for clock.now, is_valid in [
        (first, True),
        (first - timedelta(microseconds=1), False),
        (last, True),
        (SESSION.expires_at, False),
        (NOW, True),
    ]:
        assert signer.verifies_again(found, signer.keys) is is_valid


def test_what_was_verified_once_is_not_valid_under_other_keys(clock):
    keys = Keys((KEY, OTHER_KEY), ())
    held = [keys]
    signer = Signer(lambda: held[0], issuer="i", audience="a", clock=clock)
    found = signer.verify(signer.sign(SESSION, NOW))
    assert signer.verifies_again(found, keys)

    for held[0] in (replace(keys, signing=(OTHER_KEY,)), replace(keys, retired=frozenset({"one"})), replace(keys)):
        assert not signer.verifies_again(found, keys)
    # The signer has looked at the new keys meanwhile.
    signer.verify(signer.sign(SESSION, NOW))
    assert not signer.verifies_again(found, keys)
    held[0] = keys
    assert signer.verifies_again(found, keys)


def test_every_key_verifies_and_the_first_signs(clock):
    old, both, new = (new_signer(clock, *keys) for keys in ([KEY], [OTHER_KEY, KEY], [OTHER_KEY]))

    assert both.verify(old.sign(TOKEN, NOW)) == TOKEN
    assert new.verify(both.sign(TOKEN, NOW)) == TOKEN
    assert refuses(old, both.sign(TOKEN, NOW))
    assert refuses(new, old.sign(TOKEN, NOW))


def test_the_key_set_shows_public_keys_only(clock):
    shown = new_signer(clock, OTHER_KEY, KEY).jwks()

    assert [key.pop("x") for key in shown["keys"]] == [OTHER_KEY["x"], KEY["x"]]
    same = {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "Ed25519"}
    assert shown == {"keys": [{**same, "kid": "two"}, {**same, "kid": "one"}]}


@pytest.fixture
def calls(monkeypatch):
    """Of the library that verifies signatures."""
    made: list[tuple[Any, ...]] = []
    verify = jws.deserialize_compact

    def counted(*given):
        made.append(given)
        return verify(*given)

    monkeypatch.setattr(jws, "deserialize_compact", counted)
    return made


def test_signatures_are_verified_once_and_only_so_many_are_kept(signer, calls, monkeypatch):
    monkeypatch.setattr(credentials, "KEPT", 2)
    texts = [
        signer.sign(Credential(Kind.SESSION, UUID(int=n), USER, frozenset(), SESSION.expires_at), NOW)
        for n in (1, 2, 3)
    ]

    for text in (texts[0], texts[0], texts[1], texts[0], texts[2], texts[0]):
        signer.verify(text)
    assert len(calls) == 3
    signer.verify(texts[1])

    assert len(calls) == 4


def test_what_was_refused_is_not_kept(signer, calls):
    for _ in range(2):
        assert refuses(signer, forged(HEADER, CLAIMS, OTHER_KEY))
        assert refuses(signer, forged(HEADER, with_claims(exp=SECONDS)))

    assert len(calls) == 4


def test_a_shown_credential_shows_no_secret(signer):
    assert "signature" not in repr(signer)
    assert str(KEY["d"]) not in repr(vars(signer))


@pytest.mark.parametrize("microseconds", [0, 1, 999_999])
def test_the_longest_lifetime_is_still_taken_when_its_end_is_a_whole_second(signer, microseconds):
    started = NOW + timedelta(microseconds=microseconds)
    end = credentials.end(started, credentials.LONGEST_LIFETIME)

    text = signer.sign(Credential(Kind.SESSION, UUID(int=1), USER, frozenset(), end), started)

    assert signer.verify(text).expires_at == end == NOW + credentials.LONGEST_LIFETIME
