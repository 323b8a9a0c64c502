"""What attackers try on accounts, over the wire and over two processes: each attempt must fail."""

import asyncio
import re
from collections import Counter
from typing import Any
from uuid import uuid4

import graphql
import orjson
import pytest

from tests.journey.accounts import (
    FRONT,
    LOGIN,
    NEXT,
    PASSWORD,
    REGISTER,
    REQUEST_RESET,
    RESET,
    VERIFY,
    Browser,
    act,
    code_in_mail,
    codes_in_mails,
    logged_in,
    logs,
    mails_to,
    subjects_to,
)
from tests.journey.client import codes, create_token
from tests.mails import until

WRONG = "a wrong horse battery"
RESEND = act("resendVerification(email: $email)", "$email: String!", "... on MailAccepted { email }")
ENTRIES = {
    "register": (REGISTER, {"password": PASSWORD}),
    "resendVerification": (RESEND, {}),
    "requestPasswordReset": (REQUEST_RESET, {}),
    "login": (LOGIN, {"password": WRONG}),
}
_OF_USER = "FROM {0} JOIN users ON users.id = {0}.user_id WHERE users.email = $1"
_REFUSALS = f"SELECT count(*) {_OF_USER.format('audit_events')} AND action = 'LOGIN_REFUSED'"


def seen(response, address):
    """All that an attacker sees but the time, the request's id, and how long the network's own limits have to run."""
    fields = {name: re.sub(r"t=\d+", "t=", value) for name, value in response.headers.items() if name != "date"}
    request_id = fields.pop("x-request-id")
    assert address not in str(fields)
    return response.status_code, fields, response.text.replace(address, "ADDRESS").replace(request_id, "ID")


def kinds(answers):
    """How many there are of each answer to a `login`."""
    return dict(Counter(answer.get("code", answer["__typename"]) for answer in answers))


async def attempt(client, address, password=WRONG):
    return (await client.run(LOGIN, email=address, password=password))["login"]


@pytest.mark.parametrize("entry", ENTRIES)
async def test_the_whole_answer_is_the_same_whatever_an_address_is(new_client, person, entry):
    document, variables = ENTRIES[entry]
    addresses = [await person(), await person(verified=False), await person(suspended=True), f"{uuid4()}@example.org"]

    answers = [seen(await new_client(0).post(document, email=one, **variables), one) for one in addresses]

    assert answers == [answers[0]] * 4
    kind = "LoginRefused" if entry == "login" else "MailAccepted"
    assert (answers[0][0], f'{{"data":{{"{entry}":{{"__typename":"{kind}",' in answers[0][2]) == (200, True)


async def test_a_right_password_reveals_nothing_of_an_account_that_may_not_log_in(new_client, person):
    addresses = [await person(verified=False), await person(suspended=True), f"{uuid4()}@example.org"]

    answers = [seen(await new_client(1).post(LOGIN, email=one, password=PASSWORD), one) for one in addresses]

    assert answers == [seen(await new_client(1).post(LOGIN, email=addresses[0], password=WRONG), addresses[0])] * 3


async def test_of_200_attempts_at_one_address_ten_are_checked_and_the_owner_can_log_in(
    installation, new_client, person
):
    address = await person()
    browser = Browser(new_client(1))
    await browser.run(LOGIN, email=address, password=PASSWORD)
    crowd = [new_client(number % 2) for number in range(20)]
    # Connected beforehand, so that all come at once.
    await asyncio.gather(*(client.run("{ service { version } }") for client in crowd))

    answers = await asyncio.gather(*(attempt(crowd[number % 20], address) for number in range(200)))

    assert kinds(answers) == {"LOGIN_REFUSED": 10, "TOO_MANY_ATTEMPTS": 190}
    assert (await attempt(new_client(0), address, PASSWORD))["code"] == "TOO_MANY_ATTEMPTS"
    async with installation.database() as database:
        assert await database.fetchval(_REFUSALS, address) == 10
    # The browser that has logged in before has a separate allowance of attempts, and so has one that recovers.
    assert (await browser.run(LOGIN, email=address, password=PASSWORD))["__typename"] == "LoggedIn"
    recovering = Browser(new_client(0))
    await recovering.run(REQUEST_RESET, email=address)
    code = await code_in_mail(installation, address, "reset-password")
    assert (await recovering.run(RESET, code=code, password=NEXT))["__typename"] == "PasswordChanged"
    assert (await recovering.run(LOGIN, email=address, password=NEXT))["__typename"] == "LoggedIn"
    assert (await attempt(new_client(0), address, NEXT))["code"] == "TOO_MANY_ATTEMPTS"


async def test_of_200_attempts_from_one_network_30_are_checked(installation, new_client, person):
    known = [await person() for _ in range(3)]
    addresses = [known[n] if n < 3 else f"{uuid4()}@example.org" for n in range(200)]
    clients = [new_client(0), new_client(1)]
    clients[1] = new_client(1, network=clients[0].network)

    answers = []
    for start in range(0, 200, 10):
        some = enumerate(addresses[start : start + 10])
        answers += await asyncio.gather(*(attempt(clients[n % 2], address) for n, address in some))

    assert kinds(answers) == {"LOGIN_REFUSED": 30, "TOO_MANY_ATTEMPTS": 170}
    async with installation.database() as database:
        sent = "SELECT count(*) FROM audit_events WHERE action = 'LOGIN_REFUSED' AND ip_address = $1"
        assert await database.fetchval(sent, clients[0].network) == 30
    # Other networks are not concerned, and that one not with a right password either.
    assert (await attempt(new_client(0), known[0], PASSWORD))["__typename"] == "LoggedIn"
    assert (await attempt(clients[0], known[1], PASSWORD))["code"] == "TOO_MANY_ATTEMPTS"


async def test_attempts_in_one_document_count_one_by_one(installation, new_client, person):
    address = await person()
    one = f'login(input: {{email: "{address}", password: "{WRONG}"}}) {{ __typename ... on UserError {{ code }} }}'

    too_many = await new_client(0).post("mutation {" + " ".join(f"a{n}: {one}" for n in range(31)) + "}")
    answers = await new_client(0).run("mutation {" + " ".join(f"a{n}: {one}" for n in range(30)) + "}")

    assert codes([too_many]) == {(400, "QUERY_TOO_COMPLEX"): 1}
    assert kinds(answers.values()) == {"LOGIN_REFUSED": 10, "TOO_MANY_ATTEMPTS": 20}
    async with installation.database() as database:
        assert await database.fetchval(_REFUSALS, address) == 10


async def test_mutations_in_one_document_spend_one_by_one(new_client):
    one = 'verifyEmail(code: "x") { __typename }'

    answer = await new_client(0).post("mutation {" + " ".join(f"a{n}: {one}" for n in range(30)) + "}")

    assert ";r=270;" in answer.headers["ratelimit"]


async def test_a_code_works_once_for_what_it_was_made_for_and_not_after_a_newer_one(installation, new_client, person):
    address, visitor = f"{uuid4()}@example.org", new_client(0)
    await visitor.run(REGISTER, email=address, password=PASSWORD)
    code = await code_in_mail(installation, address, "verify-email")
    others = f"""mutation {{ resetPassword(code: "{code}", newPassword: "{NEXT}") {{ ... on UserError {{ code }} }}
      confirmEmailChange(code: "{code}") {{ ... on UserError {{ code }} }}
      completeLogin(challenge: "{code}", code: "000000") {{ ... on UserError {{ code }} }} }}"""
    assert [one["code"] for one in (await new_client(1).run(others)).values()] == ["CODE_REFUSED"] * 3

    clients = [new_client(0), new_client(1)]
    used = await asyncio.gather(*(clients[n % 2].run(VERIFY, code=code) for n in range(50)))

    assert kinds(one["verifyEmail"] for one in used) == {"EmailVerified": 1, "CODE_REFUSED": 49}
    await visitor.run(REQUEST_RESET, email=address)
    await codes_in_mails(installation, address, "reset-password")
    await visitor.run(REQUEST_RESET, email=address)
    first, second = await codes_in_mails(installation, address, "reset-password", number=2)
    assert (await visitor.run(VERIFY, code=second))["verifyEmail"]["code"] == "CODE_REFUSED"
    assert (await visitor.run(RESET, code=first, password=NEXT))["resetPassword"]["code"] == "CODE_REFUSED"
    assert await logged_in(visitor, address)
    used = await asyncio.gather(*(clients[n % 2].run(RESET, code=second, password=NEXT) for n in range(10)))
    assert kinds(one["resetPassword"] for one in used) == {"PasswordChanged": 1, "CODE_REFUSED": 9}


LINES = ("\r\nBcc: eve@example.org", "\nBcc: eve@example.org", "\rBcc: eve@example.org", "\u2028eve@example.org")


@pytest.mark.parametrize("line", LINES)
async def test_no_text_adds_a_line_to_what_is_stored(installation, new_client, person, line):
    address = f"{uuid4()}@example.org"
    visitor, session = new_client(0), new_client(1, await logged_in(new_client(0), await person()))
    account = {"email": address + line, "displayName": f"Ada{line}", "locale": f"en{line}"}

    refused = (
        await visitor.run(
            REGISTER, password=PASSWORD, name=account["displayName"], email=account["email"], locale=account["locale"]
        )
    )["register"]
    token = await create_token(session, name=f"ci{line}")
    others = [await visitor.run(document, email=account["email"]) for document in (RESEND, REQUEST_RESET)]

    assert {one["path"][1]: one["code"] for one in refused["problems"]} == {
        "email": "INVALID_EMAIL",
        "displayName": "INVALID_CHARACTER",
        "locale": "INVALID_LOCALE",
    }
    assert token["problems"] == [{"path": ["input", "name"], "code": "INVALID_CHARACTER"}]
    assert [one["code"] for answer in others for one in answer.values()] == ["INVALID_INPUT"] * 2
    assert (await attempt(visitor, account["email"]))["code"] == "LOGIN_REFUSED"
    assert mails_to(installation, address) == mails_to(installation, "eve@example.org") == []


async def test_an_attackers_text_is_no_link_and_no_markup_in_a_mail(installation, new_client):
    address, visitor = f"{uuid4()}@example.org", new_client(0)
    await visitor.run(REGISTER, email=address, password=PASSWORD, name="<b>https://evil.example</b>")
    await visitor.run(VERIFY, code=await code_in_mail(installation, address, "verify-email"))
    await logged_in(visitor, address)

    hostile = {"User-Agent": '<a href="https://evil.example/x">Reset</a> www.evil.example'}
    await new_client(1).post(LOGIN, headers=hostile, email=address, password=PASSWORD)

    await until(lambda: len(mails_to(installation, address)) == 2)
    assert subjects_to(installation, address) == ["New login to your account", "Verify your email address"]
    bodies = [
        part.get_content()
        for mail in mails_to(installation, address)
        for part in mail.walk()
        if not part.is_multipart()
    ]
    assert not [found for body in bodies for found in re.findall(r"evil\.example|<b>", body)]
    links = {link for body in bodies for link in re.findall(r"https?://[^\s\"<#]+", body)}
    assert {link.rstrip("/") for link in links} == {FRONT, f"{FRONT}/verify-email", f"{FRONT}/forgot-password"}


@pytest.mark.parametrize(
    "agent", [b"a\r\nX-Forwarded-For: 10.0.0.1", b"a\rb", b"a\nb", b"a\0b", b"\x01\x1b[31m", b"\xff\xfe"]
)
async def test_no_user_agent_is_the_services_fault_or_leaves_a_control_character(installation, person, agent):
    address = await person()
    body = orjson.dumps({"query": LOGIN, "variables": {"email": address, "password": PASSWORD}})
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
    head += b"User-Agent: " + agent + b"\r\nContent-Length: %d\r\n\r\n" % len(body)
    reader, writer = await asyncio.open_connection("127.0.0.1", installation.services[0].port)

    writer.write(head + body)
    answer = await reader.read()

    writer.close()
    assert int(answer.split(b" ")[1]) in (200, 400)
    async with installation.database() as database:
        kept = await database.fetch(f"SELECT sessions.* {_OF_USER.format('sessions')}", address)
    # One that is no HTTP is refused before anybody logs in.
    assert len(kept) == (1 if answer.startswith(b"HTTP/1.1 200 ") else 0)
    assert {row["ip_address"] for row in kept} <= {"127.0.0.1"}
    assert not [row for row in kept if re.search(r"[\x00-\x1f\x7f-\x9f]", row["user_agent"])]


# What is not a text of the caller's choice, or would be refused before it is looked at.
GIVEN = {"expiresIn": "P1D", "currentPassword": PASSWORD, "newPassword": NEXT, "password": PASSWORD}
STORED = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM mail_codes), (SELECT count(*) FROM api_tokens)"
INSIDE = re.compile(r"Traceback|\.py|asyncpg|tortoise|strawberry|redis|postgres|SELECT |INSERT |argon2|127\.0", re.I)


def texts_of(field):
    """The paths to the texts among the arguments of a mutation, and good values for all that is no list."""
    paths: list[tuple[str, ...]] = []
    values: dict[str, Any] = {}
    for name, argument in field.args.items():
        kind = graphql.get_nullable_type(argument.type)
        inner = kind.fields if graphql.is_input_object_type(kind) else None
        for key, member in (inner or {name: argument}).items():
            scalar = graphql.get_nullable_type(member.type)
            if graphql.is_scalar_type(scalar) and scalar.name != "Boolean":
                good = GIVEN.get(key, f"{uuid4()}@example.org" if "mail" in key.lower() else "Ada")
                (values.setdefault(name, {}) if inner else values)[key] = good
                paths += [(name, key) if inner else (name,)] if scalar.name in ("String", "ID") else []
    return paths, values


def hostile(values, path, text):
    return {**values, path[0]: text if len(path) == 1 else {**values[path[0]], path[1]: text}}


async def test_no_text_in_any_mutation_is_the_services_fault_or_is_stored(installation, new_client, person):
    mutations: Any = graphql.build_client_schema(
        await new_client(0).run(graphql.get_introspection_query())
    ).mutation_type
    address, answers = await person(), []
    async with installation.database() as database:
        owner = await database.fetchval("SELECT id FROM users WHERE email = $1", address)
        before = tuple(await database.fetchrow(STORED))
        for name, field in mutations.fields.items():
            paths, values = texts_of(field)
            signed_in, visitor = new_client(0, await installation.session_of(owner)), new_client(1)
            declared = ", ".join(f"${one}: {argument.type}" for one, argument in field.args.items())
            passed = ", ".join(f"{one}: ${one}" for one in field.args)
            document = f"mutation ({declared}) {{ {name}({passed}) {{ __typename }} }}"
            sent = [(visitor, paths[0], "x" * 10**7), (signed_in, paths[0], "\0")] if paths else []
            sent += [(signed_in, path, "x" * 200_000) for path in paths]
            # A password may hold whatever a person can type.
            shown = [path for path in paths if "assword" not in path[-1]]
            sent += [(signed_in, path, "Ada\x01\x1b[31m\u202e\x85.") for path in shown]
            for client, path, text in sent:
                answers.append((name, path, await client.post(document, **hostile(values, path, text))))
        assert tuple(await database.fetchrow(STORED)) == before

    tried = {path[-1] for _, path, _ in answers}
    assert tried >= set("email password code displayName locale name id challenge".split())
    assert {answer.status_code for *_, answer in answers} == {200, 400, 413}
    assert [(name, path, answer.text) for name, path, answer in answers if "INTERNAL" in answer.text] == []
    assert [(name, path, answer.text) for name, path, answer in answers if INSIDE.search(answer.text)] == []
    assert not [log for log in logs(installation) if "Traceback" in log]
