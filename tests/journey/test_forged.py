"""Credentials that we did not give, over HTTP: one and the same answer for all of them, whatever is wrong."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import orjson
import pytest
from joserfc.jwk import OKPKey

import errors
from access import signing_keys
from tests.journey.client import codes, create_token, revoke_token

ME = "{ me { id } }"
MODELS = "{ models { totalCount } }"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Forger:
    """Has our key, to show that not even it makes everything believed, and one of its own."""

    def __init__(self, installation, person):
        self.key: Any
        (self.key,) = signing_keys.read(Path(installation.environ["GATEHOUSE_SIGNING_KEYS_FILE"])).signing
        self.own: Any = OKPKey.generate_key("Ed25519", auto_kid=True)
        self.genuine = person.session
        header, claims, self.signature = person.session.split(".")
        self.header, self.claims = decoded(header), decoded(claims)

    def text(self, *, key=None, header=None, claims=None, **changes):
        """Signed, as our own but for what is given; `...` leaves a member out."""
        headers = self.header if header is None else header
        parts = [encoded(headers), encoded(changed(self.claims, changes) if claims is None else claims)]
        signed = ".".join(parts)
        return f"{signed}.{encoded((key or self.key).private_key.sign(signed.encode()))}"

    def with_header(self, *, key=None, **changes):
        return self.text(key=key, header=changed(self.header, changes))

    def mac(self, secret):
        signed = f"{encoded(changed(self.header, {'alg': 'HS256'}))}.{encoded(self.claims)}"
        return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def changed(members, changes):
    return {name: value for name, value in {**members, **changes}.items() if value is not ...}


def encoded(part):
    content = part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decoded(part):
    return orjson.loads(base64.urlsafe_b64decode(part + "=="))


def headers(forger) -> Iterator[tuple[str, str]]:
    """Signed by our key, with a header that is not as we write it."""
    public = forger.own.as_dict(private=False)
    wrong: tuple[dict[str, Any], ...] = (
        {"alg": "none"}, {"alg": "None"}, {"alg": "HS256"}, {"alg": "EdDSA"}, {"alg": "ES256"}, {"alg": ...},
        {"alg": None},
        {"kid": "unknown"}, {"kid": ...}, {"kid": ""}, {"kid": None}, {"kid": 1}, {"kid": "../../dev/null"},
        {"kid": "' OR 1=1 --"}, {"kid": "\0"}, {"kid": "k" * 500}, {"kid": forger.own.kid},
        {"jwk": public}, {"jku": "http://127.0.0.1:1/jwks.json"}, {"x5u": "http://127.0.0.1:1/"}, {"x5c": ["MIIB"]},
        {"crit": ["exp"]}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"cty": "JWT"},
        {"typ": "JWT"}, {"typ": ...}, {"typ": "gatehouse-api-token+jwt"}, {"typ": "GATEHOUSE-SESSION+JWT"},
    )  # fmt: skip
    for changes in wrong:
        yield f"header {changes}", forger.with_header(**changes)


def claims(forger) -> Iterator[tuple[str, str]]:
    """Signed by our key, with claims that we never make."""
    now = int(time.time())
    wrong: tuple[dict[str, Any], ...] = (
        {"exp": ...}, {"iat": ...}, {"nbf": ...}, {"exp": None}, {"exp": now - 1}, {"exp": 0}, {"exp": -1},
        {"exp": 10**30}, {"exp": 10**18},
        {"exp": 253402300800}, {"exp": str(now + 60)}, {"exp": now + 60.5}, {"exp": True}, {"exp": now + 400 * 86400},
        {"iat": now + 3600}, {"nbf": now + 3600}, {"iat": -(10**18)}, {"iat": []}, {"nbf": {}},
        {"iss": "https://evil.example.org"}, {"iss": ...}, {"iss": None}, {"aud": "https://evil.example.org"},
        {"aud": ...},
        {"aud": [forger.claims["aud"]]}, {"sub": ...}, {"sub": "me"}, {"sub": str(uuid4())}, {"sub": "\0"},
        {"jti": ...}, {"jti": str(uuid4())}, {"jti": forger.claims["jti"].upper() + "A"}, {"jti": 1},
        {"scope": "INFER READ"}, {"scope": ...}, {"scope": None}, {"admin": True}, {"role": "ADMIN"},
    )  # fmt: skip
    for changes in wrong:
        yield f"claims {changes}", forger.text(**changes)


def keys(forger):
    """Signed by another signer, or with a public value."""
    public = base64.urlsafe_b64decode(forger.key.as_dict(private=False)["x"] + "=")
    header, body, signature = forger.genuine.split(".")
    yield "another key", forger.text(key=forger.own)
    yield "another key, named", forger.with_header(key=forger.own, kid=forger.own.kid)
    yield "another key, brought", forger.with_header(key=forger.own, jwk=forger.own.as_dict(private=False))
    for secret in (public, orjson.dumps(forger.key.as_dict(private=False)), b"", b"secret"):
        yield f"a mac by {secret!r}", forger.mac(secret)
    yield "no signature", f"{header}.{body}."
    yield "none, no signature", f"{encoded({'alg': 'none'})}.{body}."
    yield "two parts", f"{header}.{body}"
    yield "four parts", f"{forger.genuine}.{signature}"
    yield "five parts", f"{header}....{body}"
    yield "the signature of another", f"{header}.{encoded(changed(forger.claims, {'sub': str(uuid4())}))}.{signature}"
    yield "zeros", f"{header}.{body}.{'A' * 86}"


def texts(forger):
    """No credentials at all, or with something around them."""
    for text in ("x", ".", "..", "gth_", "null", "a.b.c", "=" * 20, "%00", '{"alg":"none"}', "é", "\xff"):
        yield f"text {text!r}", text
    for length in (2049, 5000, 30_000):
        yield f"{length} letters", "A" * length
    yield "too long", f"{forger.genuine.rpartition('.')[0]}{'A' * 2000}.{forger.signature}"
    yield "a session as a token", f"gth_{forger.genuine}"
    yield "padded", f"{forger.genuine}="
    yield "quoted", f'"{forger.genuine}"'
    yield "deeply nested", forger.text(claims=b"[" * 900)
    yield "no JSON", forger.text(claims=b"{")
    yield "no UTF-8", forger.text(claims=b"\xff")
    yield "a list", forger.text(claims=[])
    yield "twice a claim", forger.text(claims=orjson.dumps(forger.claims)[:-1] + b',"exp":9999999999}')


def altered(text):
    """With one character another one, each in turn; those of the last one hold bits that are no part of any byte."""
    for place, letter in enumerate(text):
        if letter in LETTERS:
            number = LETTERS.index(letter)
            yield f"altered at {place}", f"{text[:place]}{LETTERS[number ^ 1]}{text[place + 1 :]}"
    yield "without its last character", text[:-1]
    yield "with one more", f"{text}A"


async def ended(installation, client_at, session):
    """What was good once, or is somebody else's."""
    token = await create_token(session)
    await revoke_token(session, token)
    yield "revoked", token["token"]
    other = await installation.person()
    await client_at(0, other.session).run("mutation { logout { at } }")
    yield "logged out", other.session


async def answers(client, credentials):
    """Of each, by what was wrong; forty at once."""
    credentials = list(credentials)
    found: dict[Any, httpx2.Response] = {}
    for start in range(0, len(credentials), 40):
        some = credentials[start : start + 40]
        responses = await asyncio.gather(*(client.post(ME, headers=given) for _, given in some))
        found |= dict(zip((name for name, _ in some), responses, strict=True))
    return found


def bearer(credential):
    return {"Authorization": f"Bearer {credential}".encode("latin-1", "replace")}


def seen(response):
    """All that a caller sees but the time, and the request's id, which stands in two places."""
    fields = {name: value for name, value in response.headers.items() if name != "date"}
    request_id = fields.pop("x-request-id")
    body = response.content
    assert body.count(request_id.encode()) == 1
    return response.status_code, fields, body.replace(request_id.encode(), b"ID")


@pytest.fixture
async def ada(installation):
    return await installation.person()


@pytest.fixture
def forger(installation, ada):
    return Forger(installation, ada)


async def test_every_forged_credential_gets_the_same_answer(installation, client_at, ada, forger):
    session = client_at(0, ada.session)
    assert codes([await session.post(ME)]) == {(200, "OK"): 1}
    forged = [*headers(forger), *claims(forger), *keys(forger), *texts(forger), *altered(ada.session)]
    forged += [one async for one in ended(installation, client_at, session)]
    assert len(dict(forged)) == len(forged) > 500
    # What is made here is believed where nothing is wrong with it.
    assert forger.text() == ada.session

    for process in (0, 1):
        found = await answers(client_at(process), ((name, bearer(text)) for name, text in forged))

        kinds = {name: seen(response) for name, response in found.items()}
        expected = kinds["header {'alg': 'none'}"]
        assert {name: kind for name, kind in kinds.items() if kind != expected} == {}
        status, fields, body = expected
        assert status == 401
        assert fields["www-authenticate"] == 'Bearer realm="Gatehouse"'
        assert orjson.loads(body) == {
            "errors": [
                {
                    "message": str(errors.Unauthenticated()),
                    "extensions": {"code": "UNAUTHENTICATED", "requestId": "ID"},
                }
            ]
        }
    assert codes([await session.post(ME)]) == {(200, "OK"): 1}


async def test_a_good_credential_given_in_a_wrong_way_gets_the_same_answer(client_at, ada):
    good, client = ada.session, client_at(1)
    twice = [("Authorization", f"Bearer {good}"), ("Authorization", f"Bearer {good}")]
    wrong = [
        [*twice],
        [twice[0], ("authorization", "Bearer x")],
        [("Authorization", "Bearer x"), twice[0]],
        *(
            {"Authorization": text}
            for text in (
                f"Bearer {good}, Bearer {good}", f"Bearer {good},{good}", f"Bearer {good} {good}", f"Bearer {good};a=b",
                f"Bearer{good}", f"Bearer\t{good}", f"Basic {good}", f"Token {good}", f"JWT {good}", good, "Bearer", "",
                f"Bearer token={good}", f"Bearer: {good}", f"Bearer Bearer {good}",
            )
        ),
    ]  # fmt: skip
    found = await answers(client, enumerate([bearer("x"), *wrong]))

    kinds = {name: seen(response) for name, response in found.items()}
    assert {number: kind for number, kind in kinds.items() if kind != kinds[0]} == {}
    assert kinds[0][0] == 401


async def test_the_scheme_is_read_in_any_case(client_at, ada):
    found = await answers(
        client_at(0),
        ((scheme, {"Authorization": f"{scheme} {ada.session}"}) for scheme in ("bearer", "BEARER", "Bearer  ")),
    )

    assert codes(found.values()) == {(200, "OK"): 3}
    assert all(response.json()["data"]["me"]["id"] for response in found.values())


async def test_a_credential_in_the_query_string_gets_the_same_answer(client_at, ada):
    visitor = client_at(0)
    refused = seen(await visitor.post(ME, headers=bearer("x")))
    assert refused[0] == 401
    for name in ("access_token", "token", "authorization", "Authorization", "bearer", "api_key"):
        for credential in (ada.session, "x", ""):
            for query in (MODELS, ME):
                answer = await visitor.get(f"/graphql?query={query}&{name}={credential}")
                assert seen(answer) == refused


async def test_a_credential_anywhere_else_is_not_looked_at(client_at, ada):
    visitor = client_at(0)
    plain = await visitor.get(f"/graphql?query={MODELS}")
    assert (plain.status_code, plain.json()["errors"][0]["extensions"]["code"]) == (200, "UNAUTHENTICATED")
    for given in ({"Cookie": f"session={ada.session}"}, {"X-Authorization": f"Bearer {ada.session}"}):
        assert (await visitor.post(ME, headers=given)).json() == {"data": {"me": None}}
