"""One fault of each kind that the other tests of outages do not make. `make faults` tries all of them."""

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

import pytest

from tests.faults import troubles
from tests.faults.observation import Observer
from tests.journey.client import TEXT, AccountClient, code
from tests.journey.installation import free_metrics
from tests.mails import until
from tests.service import Service

# The deadlines of an observer come first: they say what is missing.
pytestmark = pytest.mark.timeout(400)

# Seconds that a fault lasts here: no longer than every loop needs to meet it.
_TRIED = {
    "postgres: hangs for 8 s": 8,
    "postgres: out of connections": 2,
    "postgres: read-only": 2,
    "redis: password changed, connections cut": 1,
}


@pytest.mark.parametrize("id", _TRIED)
async def test_after_a_fault_every_loop_of_every_process_works_again(installation, id):
    fault = replace(troubles.named(id), seconds=_TRIED[id])

    seen = await Observer(installation, rare=False).watch(fault)

    assert seen.missing == []
    assert seen.healthz < 5


async def test_a_user_who_may_not_connect_ends_no_process_and_a_new_one_starts(installation, tmp_path):
    late = Service(installation.environ | free_metrics(), tmp_path / "late.log")
    person = await installation.person()
    with ExitStack() as closing:

        async def meanwhile():
            """A third process is started; the others refuse whom they do not know, and say why."""
            await asyncio.to_thread(late.start, until="/healthz")
            closing.callback(late.stop)
            for url in [*installation.urls, late.url]:
                async with AccountClient(url, person.session) as client:
                    await until(partial(_is_refused, client))
                    assert (await client.get("/readyz")).status_code == 503

        seen = await Observer(installation, rare=False).watch(
            troubles.named("postgres: CONNECT revoked, connections cut"), meanwhile
        )
        assert seen.missing == []
        async with AccountClient(late.url, person.session) as client:
            await until(partial(_is_served, client))
            assert (await client.get("/readyz")).status_code == 200
        assert late.stop() == 0
        closing.pop_all()


async def _is_refused(client):
    return code(await client.post(TEXT)) == "SERVICE_UNAVAILABLE"


async def _is_served(client):
    return code(await client.post(TEXT)) == "OK"
