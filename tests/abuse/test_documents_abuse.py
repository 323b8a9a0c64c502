"""New documents cost processor time before anybody is admitted: each network and user has a budget of it."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.abuse import wire
from tests.journey.client import AccountClient, create_token, revoke_token
from tests.journey.installation import Installation
from tests.mails import until
from tests.service import Service

_numbers = count()


@pytest.fixture(scope="module")
def sparing(attacked: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A process of the installation with a fifth of the usual budget, of which 40 ms come back each second: less than
    a process gets on the busiest machine."""
    log = tmp_path_factory.mktemp("sparing") / "service.log"
    with Service(attacked.environ | {"GATEHOUSE_PREPARATION_MILLISECONDS": "400"}, log) as started:
        yield started


def hostile():
    """900 wrong fields below 26,000 line ends, and different each time."""
    fields = " ".join(f"nam{number}" for number in range(900))
    return wire.query("\n" * 26_000 + f"{{ models {{ nodes {{ {fields} }} }} }} # {next(_numbers)}")


async def attack(port, address, ended, answers, credential=None):
    """Adds the answers on one connection, until the event is set."""
    async with wire.Line(port, address) as line:
        while not ended.is_set():
            await line.post(hostile(), credential)
            answers.append(await line.answer(60))
            await asyncio.sleep(0.1)


async def are_limited(answers, *, more_than):
    """How soon depends on how much processor time the machine has for them."""
    await until(lambda: Counter(map(wire.code, answers))[429, "RATE_LIMITED"] > more_than, within=90)


async def test_sixty_hostile_connections_of_one_network_are_limited_and_a_bystander_is_answered(sparing):
    port, address, ended = sparing.port, wire.network(), asyncio.Event()
    answers: list[Any] = []
    attacks = [asyncio.create_task(attack(port, address, ended, answers)) for _ in range(60)]
    await are_limited(answers, more_than=60)

    bystander = await wire.turns(port)

    ended.set()
    await asyncio.gather(*attacks)
    assert bystander == [(200, "OK")] * 10
    kinds = Counter(map(wire.code, answers))
    assert set(kinds) == {(200, "BAD_REQUEST"), (429, "RATE_LIMITED")}
    assert kinds[429, "RATE_LIMITED"] > 60
    refused = [answer for answer in answers if answer[0] == 429]
    waits = {int(fields["retry-after"]) for _, fields, _ in refused}
    assert waits <= set(range(1, 11))
    facts = refused[0][2]["errors"][0]["extensions"]
    assert (facts["window"], facts["retryAfterSeconds"]) == ("processor-time", int(refused[0][1]["retry-after"]))
    # The network comes back, and what is known already is answered all the time.
    async with wire.Line(port, address) as line:
        await line.post(wire.query("{ __typename }"))
        first = await line.answer()
        await asyncio.sleep(int(first[1].get("retry-after", "0")))
        await line.post(wire.query("{ __typename }"))
        assert wire.code(await line.answer()) == (200, "OK")


async def test_a_users_tokens_have_one_budget_together_and_leave_the_sessions_theirs(attacked, sparing):
    person, port, ended = await attacked.person(), sparing.port, asyncio.Event()
    answers: list[Any] = []
    session = AccountClient(sparing.url, person.session)
    tokens = [(await create_token(session, name=f"t{number}", scopes=["READ"]))["token"] for number in range(3)]

    # Each from a network of its own.
    attacks = [
        asyncio.create_task(attack(port, wire.network(), ended, answers, token)) for token in tokens for _ in range(10)
    ]
    await are_limited(answers, more_than=30)
    async with session:
        own = await session.post("{ me { id } } # not seen before")
    ended.set()
    await asyncio.gather(*attacks)

    assert (own.status_code, own.json()["data"]["me"]["id"] is not None) == (200, True)
    assert Counter(map(wire.code, answers))[429, "RATE_LIMITED"] > 30
    # Three tokens have not bought three budgets: what was worked on fits one and what came back to it.
    assert Counter(map(wire.code, answers))[200, "BAD_REQUEST"] < 400


async def test_a_revoked_token_gets_no_document_read(attacked, client_at):
    person, port = await attacked.person(), attacked.services[1].port
    session = client_at(1, person.session)
    created = await create_token(session, scopes=["READ"])
    assert (await revoke_token(session, created)).status_code == 200

    async with wire.Line(port, wire.network()) as line:
        for _ in range(3):
            await line.post(hostile(), created["token"])
            assert wire.code(await line.answer()) == (401, "UNAUTHENTICATED")
