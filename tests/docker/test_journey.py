"""An account, a token and calls over HTTPS, through nginx, as a client on the internet sends them."""

import re
from uuid import uuid4

import pytest

from tests.mails import caught, until

PASSWORD = "correct horse battery staple"  # noqa: S105 - nobody's
PREFLIGHT = {"GraphQL-Require-Preflight": "1"}
REGISTER = """mutation ($email: String!, $password: String!) {
  register(input: {email: $email, password: $password}) { __typename } }"""
VERIFY = "mutation ($code: String!) { verifyEmail(code: $code) { __typename } }"
LOGIN = """mutation ($email: String!, $password: String!, $cookie: Boolean!) {
  login(input: {email: $email, password: $password, cookie: $cookie}) { ... on LoggedIn { token } } }"""
CREATE = """mutation { createApiToken(input: {name: "a", expiresIn: "P1D"}) { ... on ApiTokenCreated { token } } }"""
INFER = """{ infer(model: "identity", inputs: [{name: "IN_INT8", shape: [2], data: {values: [1, 2]}}]) {
  outputs { values } } }"""
SESSIONS = "{ me { email sessions { current ipAddress } } }"


async def data_of(http, query, /, *, headers=None, **variables):
    answer = await http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    body = answer.json()
    assert "errors" not in body, body["errors"]
    return body["data"]


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
async def email(client, mailbox):
    """The address of a user who has registered and verified it."""
    http, email = client(), f"{uuid4()}@example.org"
    assert await data_of(http, REGISTER, email=email, password=PASSWORD) == {"register": {"__typename": "MailAccepted"}}
    await until(lambda: [mail for mail in caught(mailbox) if mail["to"] == email])
    (mail,) = (mail for mail in caught(mailbox) if mail["to"] == email)
    (code,) = set(re.findall(r"#code=([A-Z2-7-]+)", str(mail)))
    assert await data_of(http, VERIFY, code=code) == {"verifyEmail": {"__typename": "EmailVerified"}}
    return email


async def test_from_an_address_to_an_inference(client, email):
    http, program = client(), client()

    session = (await data_of(http, LOGIN, email=email, password=PASSWORD, cookie=False))["login"]["token"]
    token = (await data_of(http, CREATE, headers=bearer(session)))["createApiToken"]["token"]

    assert await data_of(program, INFER, headers=bearer(token)) == {"infer": {"outputs": [{"values": [1, 2]}]}}
    # The browser keeps both cookies and sends them back.
    assert await data_of(http, LOGIN, email=email, password=PASSWORD, cookie=True) == {"login": {"token": None}}
    assert set(http.cookies.keys()) == {"__Host-gatehouse-session", "__Host-gatehouse-device"}
    assert (await data_of(http, SESSIONS, headers=PREFLIGHT))["me"]["email"] == email


async def test_a_client_cannot_choose_its_address_by_a_header(client, email):
    http = client()
    forged = {"X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.8", "Forwarded": "for=203.0.113.9"}

    answer = await data_of(http, LOGIN, headers=forged, email=email, password=PASSWORD, cookie=False)

    me = (await data_of(http, SESSIONS, headers=bearer(answer["login"]["token"])))["me"]
    (address,) = [session["ipAddress"] for session in me["sessions"] if session["current"]]
    assert address == http.address
