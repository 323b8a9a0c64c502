"""From an address to an answer: signing up, logging in, a token, what it spends, and its end."""

from datetime import datetime
from uuid import uuid4

import pytest

from tests.journey.client import TEXT, code, codes, create_token, revoke_token
from tests.journey.documents import CODE, LOGIN, PASSWORD, REGISTER, VERIFY
from tests.mails import caught_by, until

RESEND = """mutation ($email: String!) { resendVerification(email: $email) {
  __typename ... on MailAccepted { email } ... on UserError { code } } }"""
ME = "{ me { email displayName plan { name unitsPerMinute } sessions { current } } }"


@pytest.fixture
def address():
    return f"ada.{uuid4()}@example.org"


def mails_to(installation, address):
    return caught_by(installation.mail.mails, address)


async def code_in_mail(installation, address, *, number=1):
    await until(lambda: len(mails_to(installation, address)) == number)
    mail = mails_to(installation, address)[-1]
    lines = [line.strip() for line in mail.get_body(("plain",)).get_content().splitlines()]
    (found,) = (line for line in lines if CODE.fullmatch(line))
    # The same code behind the link's #, where no server and no scanner sees it.
    assert f"https://front.example.org/verify-email#code={found}" in lines
    assert mail["from"] == "Gatehouse <noreply@example.org>"
    return found


async def signed_up(installation, visitor, address):
    assert await visitor.run(REGISTER, email=address.upper(), password=PASSWORD) == {
        "register": {"__typename": "MailAccepted", "email": address}
    }
    return await code_in_mail(installation, address)


async def logged_in(visitor, address):
    # In any case, as people write it.
    answer = (await visitor.run(LOGIN, email=address.upper(), password=PASSWORD))["login"]
    assert answer["user"] == {"email": address}
    return answer["token"]


async def test_from_an_address_to_a_session_and_out_again(installation, client_at, address):
    visitor = client_at(0)
    refused = {"login": {"__typename": "LoginRefused", "code": "LOGIN_REFUSED"}}
    assert await visitor.run(LOGIN, email=address, password=PASSWORD) == refused
    given = await signed_up(installation, visitor, address)
    assert await visitor.run(LOGIN, email=address, password=PASSWORD) == refused

    # The link alone changes nothing; each code works once, in either process.
    verified = {"verifyEmail": {"__typename": "EmailVerified", "email": address}}
    assert await client_at(1).run(VERIFY, code=given) == verified
    used = {"verifyEmail": {"__typename": "CodeRefused", "code": "CODE_REFUSED"}}
    assert await visitor.run(VERIFY, code=given) == used
    assert await visitor.run(VERIFY, code="x" * 43) == used

    session = await logged_in(visitor, address)
    clients = [client_at(0, session), client_at(1, session)]
    for client in clients:
        assert (await client.run(ME))["me"] == {
            "email": address,
            "displayName": "Ada",
            "plan": {"name": "free", "unitsPerMinute": 20},
            "sessions": [{"current": True}],
        }
    other = client_at(0, await logged_in(visitor, address))
    assert (await clients[0].run("mutation { logout { at } }"))["logout"]["at"]

    answers = [await client.post(ME) for client in clients]
    assert codes(answers) == {(401, "UNAUTHENTICATED"): 2}
    assert len((await other.run(ME))["me"]["sessions"]) == 1
    assert await visitor.run(ME) == {"me": None}


async def test_a_mail_that_is_sent_again_brings_a_new_code_and_ends_the_old_one(installation, client_at, address):
    visitor = client_at(0)
    first = await signed_up(installation, visitor, address)
    accepted = {"resendVerification": {"__typename": "MailAccepted", "email": address}}
    assert await visitor.run(RESEND, email=address) == accepted
    second = await code_in_mail(installation, address, number=2)

    assert first != second
    assert (await visitor.run(VERIFY, code=first))["verifyEmail"]["code"] == "CODE_REFUSED"
    assert (await visitor.run(VERIFY, code=second))["verifyEmail"] == {"__typename": "EmailVerified", "email": address}
    # The same answer for another user's, an unknown and a verified address; none gets an email.
    unknown = f"nobody.{address}"
    for asked in (address, unknown):
        assert (await visitor.run(RESEND, email=asked))["resendVerification"]["email"] == asked
    assert (len(mails_to(installation, address)), mails_to(installation, unknown)) == (2, [])


async def test_who_has_signed_up_makes_a_token_spends_it_and_ends_it(installation, client_at, address):
    visitor = client_at(0)
    await visitor.run(VERIFY, code=await signed_up(installation, visitor, address))
    session = client_at(0, await logged_in(visitor, address))

    refused = await create_token(session, name="a year", expires_in="P1Y")
    assert refused["problems"] == [{"path": ["input", "expiresIn"], "code": "TOO_LONG"}]
    made = {lifetime: await create_token(session, name=lifetime, expires_in=lifetime) for lifetime in LIFETIMES}
    assert {lifetime: seconds(one["apiToken"]) for lifetime, one in made.items()} == LIFETIMES
    asked = "{ currentApiToken { name hint status } me { plan { name } } models(first: 2) { totalCount } }"
    for process in (0, 1):
        answer = await client_at(process, made["PT1H"]["token"]).run(asked)
        assert answer["currentApiToken"] == {"name": "PT1H", "hint": made["PT1H"]["token"][-6:], "status": "ACTIVE"}
        assert answer["me"] == {"plan": {"name": "free"}}
        assert answer["models"]["totalCount"] > 5
    listed = (await session.run("{ me { apiTokens { nodes { name } totalCount } } }"))["me"]["apiTokens"]
    assert listed == {"nodes": [{"name": name} for name in reversed(LIFETIMES)], "totalCount": 3}

    assert (await revoke_token(session, made["PT1H"])).status_code == 200

    ended = [await client_at(process, made["PT1H"]["token"]).post(asked) for process in (0, 1)]
    assert codes(ended) == {(401, "UNAUTHENTICATED"): 2}
    assert codes([await client_at(1, made["P7D"]["token"]).post(asked)]) == {(200, "OK"): 1}


# By ISO 8601, in seconds; the free plan of these tests allows seven days.
LIFETIMES = {"PT1H": 3600, "P1D": 86_400, "P7D": 7 * 86_400}


def seconds(token):
    started, ends = (datetime.fromisoformat(token[name]) for name in ("createdAt", "expiresAt"))
    return int((ends - started).total_seconds())


async def test_an_anonymous_caller_may_do_nothing_that_is_counted(client_at):
    for asked in ("{ models { totalCount } }", '{ model(name: "text") { cost } }', TEXT):
        answer = await client_at(0).post(asked)
        assert code(answer) == "UNAUTHENTICATED"
        assert next(iter(answer.json()["data"].values())) is None
    assert (
        await client_at(0).run("{ service { health } rateLimit { cost windows { name } concurrency { used } } }")
    ) == {
        "service": {"health": "UP"},
        "rateLimit": {"cost": 0, "windows": [], "concurrency": None},
    }
