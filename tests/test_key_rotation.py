"""What a running service makes of keys that an operator adds and retires."""

from uuid import uuid4

import asyncpg
import orjson
import pytest

from tests.hashing import digest_of
from tests.keys import file as file
from tests.keys import keys, kids
from tests.mails import until
from tests.service import Client

PASSWORD = "correct horse battery staple"  # noqa: S105 - nobody's
LOGIN = """mutation ($email: String!, $password: String!) {
  login(input: {email: $email, password: $password}) { ... on LoggedIn { token } ... on UserError { code } } }"""
ME = "{ me { email } }"
USER = """
INSERT INTO users (id, email, password_digest, email_verified_at, locale, role, plan_id, created_at)
SELECT gen_random_uuid(), $1, $2, now(), 'en', 'USER', id, now() FROM plans WHERE name = 'free'
"""


@pytest.fixture
def service(new_service, file):
    with new_service(SIGNING_KEYS_FILE=str(file)) as started:
        yield started


@pytest.fixture
async def ada(service):
    """The address of a user who can log in."""
    email = f"{uuid4()}@example.org"
    database = await asyncpg.connect(service.settings["GATEHOUSE_DATABASE_URL"])
    await database.execute(USER, email, await digest_of(PASSWORD))
    await database.close()
    return email


async def test_keys_are_rotated_without_a_logout_and_a_retired_one_is_worth_nothing(service, ada, file):
    client = Client(service.url)
    old = await login(client, ada)
    ((leaked,), _) = kids(file)
    assert await asker(client, old) == (200, ada)

    only = keys("retire", leaked, settings=service.settings)
    added = keys("new", file, "--signs-after", "0")

    new = await login(client, ada)
    ((_, kid), _) = kids(file)
    assert [await asker(client, token) for token in (old, new)] == [(200, ada), (200, ada)]
    assert (await shown(client), added.returncode) == ([leaked, kid], 0)

    retired = keys("retire", leaked, settings=service.settings)

    assert (retired.returncode, retired.stderr) == (0, "")
    assert [await asker(client, token) for token in (old, new)] == [(401, "UNAUTHENTICATED"), (200, ada)]
    assert retired.stdout == (
        f"{leaked} is retired: no process accepts what it has signed, or uses it.\n{kid} signs now.\n"
    )
    assert (await shown(client), kids(file)[0]) == ([kid], [kid])
    assert (only.returncode, only.stderr) == (
        1,
        f"gatehouse: {leaked} is the only key that signs credentials. "
        "Add another first with `gatehouse keys new FILE`.\n",
    )
    await client.aclose()


async def login(client, email):
    _, body = await asked(client, LOGIN, email=email, password=PASSWORD)
    return body["data"]["login"]["token"]


async def asker(client, token):
    """The status, and who is told to have asked or the code of the refusal."""
    status, body = await asked(client, ME, token=token)
    return status, body["errors"][0]["extensions"]["code"] if "errors" in body else body["data"]["me"]["email"]


async def asked(client, query, /, token=None, **variables):
    """Again where the service was too busy: its deadlines are for a machine that does not run tests."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answers = []

    async def is_answered():
        answers.append(
            await client.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        )
        return "SERVICE_UNAVAILABLE" not in answers[-1].text

    await until(is_answered, every=0.3)
    return answers[-1].status_code, orjson.loads(answers[-1].content)


async def shown(client):
    return [key["kid"] for key in (await client.http.get("/.well-known/jwks.json")).json()["keys"]]
