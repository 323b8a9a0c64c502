"""Many at once over both processes: one address has one user and one email, and ten places hold ten tokens."""

import asyncio
from functools import partial
from uuid import uuid4

from tests.journey.client import codes, create_token
from tests.mails import caught_by, until

REGISTER = """mutation ($email: String!, $password: String!) {
  register(input: {email: $email, password: $password}) {
    __typename ... on MailAccepted { email } ... on UserError { code } } }"""

REFUSED = "short"


async def test_a_hundred_registrations_of_one_address_make_one_user_and_one_mail(installation, client_at):
    address = f"{uuid4()}@example.org"
    clients = [client_at(number % 2) for number in range(100)]
    # Connected beforehand, by what is refused without any work, so that all come at once.
    refused = await asyncio.gather(*(client.run(REGISTER, email=address, password=REFUSED) for client in clients))
    assert [answer["register"]["code"] for answer in refused] == ["INVALID_INPUT"] * 100

    async with installation.database() as database:
        # The one that sends the email waits until all others are answered, so that they overlap on a busy machine, too.
        async with database.transaction():
            await database.execute("LOCK TABLE users IN SHARE MODE")
            posts = [
                asyncio.create_task(client.post(REGISTER, email=address, password=f"a password, number {n}"))
                for n, client in enumerate(clients)
            ]
            await until(lambda: sum(post.done() for post in posts) == len(posts) - 1)
            assert not mails_to(installation, address)
        answers = await asyncio.gather(*posts)

    assert codes(answers) == {(200, "OK"): 100}
    accepted = {"__typename": "MailAccepted", "email": address}
    assert [answer.json()["data"]["register"] for answer in answers] == [accepted] * 100
    async with installation.database() as database:
        assert await database.fetchval("SELECT count(*) FROM users WHERE email = $1", address) == 1
        # An email leaves the outbox once it is sent, and all of them were written before the answers.
        await until(partial(_is_empty, database))
    assert len(mails_to(installation, address)) == 1


async def _is_empty(database):
    return await database.fetchval("SELECT count(*) FROM pgqueuer") == 0


def mails_to(installation, address):
    return caught_by(installation.mail.mails, address)


async def test_of_forty_tokens_made_at_once_as_many_are_as_there_are_places(installation, client_at):
    ada = await installation.person()
    clients = [client_at(number, ada.session) for number in (0, 1)]

    made = await asyncio.gather(*(create_token(clients[n % 2], name=f"number {n}") for n in range(40)))

    kinds = [one["__typename"] for one in made]
    assert (kinds.count("ApiTokenCreated"), kinds.count("LimitReached")) == (10, 30)
    assert {one["limit"] for one in made if one["__typename"] == "LimitReached"} == {10}
    tokens = [one["token"] for one in made if one["__typename"] == "ApiTokenCreated"]
    assert len(set(tokens)) == 10
    answers = [await client_at(n % 2, token).post("{ currentApiToken { name } }") for n, token in enumerate(tokens)]
    assert codes(answers) == {(200, "OK"): 10}
    async with installation.database() as database:
        assert await database.fetchval("SELECT count(*) FROM api_tokens WHERE user_id = $1", ada.id) == 10


async def test_of_forty_tokens_of_one_name_made_at_once_there_is_one(installation, client_at):
    ada = await installation.person()
    clients = [client_at(number, ada.session) for number in (0, 1)]

    made = await asyncio.gather(*(create_token(clients[n % 2]) for n in range(40)))

    kinds = [one["__typename"] for one in made]
    assert (kinds.count("ApiTokenCreated"), kinds.count("NameTaken")) == (1, 39)
