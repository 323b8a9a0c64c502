"""The clock of a worker's machine is set while jobs run and wait: forward and back."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from tests import clocks
from tests.clocks import ClockedWorker
from tests.jobs.documents import look, made, reach, wanted
from tests.mails import until

pytestmark = clocks.needed

TEXT = {"model": "text", "inputs": [{"name": "IN", "shape": [1], "data": {"values": ["a"]}}]}
HOURS = "SELECT DISTINCT hour FROM usage WHERE user_id = $1"


@pytest.mark.parametrize("days", [2, -2])
async def test_jobs_that_run_and_wait_go_on_when_the_clock_of_their_worker_is_set(
    installation, client_of, held, tmp_path, days
):
    ada, bob = await installation.person(at_once=1), await installation.person()
    of_ada, of_bob = client_of(ada), client_of(bob)
    held.hold()
    settings = installation.environ | {"GATEHOUSE_JOBS_RUNNING": "4"}
    before = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with ClockedWorker(settings, tmp_path) as worker:
        running = await made(of_ada, wanted(1))
        await until(lambda: held.notes("begun") == [1])
        # It waits for the only slot of its user.
        waiting = await made(of_ada, wanted(2))

        await worker.is_set(timedelta(days=days))
        # Credentials live for an hour. Two jobs of another user go through all steps meanwhile.
        for _ in range(2):
            other = await reach(of_bob, await made(of_bob, TEXT), "SUCCEEDED", "FAILED", "CANCELLED")
            assert (other["state"], other["units"]) == ("SUCCEEDED", 1)
        states = [(await look(of_ada, job))["state"] for job in (running, waiting)]
        held.release()
        jobs = [await reach(of_ada, job, "SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED") for job in (running, waiting)]

    assert states == ["RUNNING", "QUEUED"]
    assert [(job["state"], job["units"], job["error"]) for job in jobs] == [("SUCCEEDED", 5, None)] * 2
    # Each ran once.
    assert held.notes("begun") == [1, 2]
    for person, expected in ((ada, {"held": (2, 0, 10)}), (bob, {"text": (2, 0, 2)})):
        await until(partial(is_counted, installation, person, expected))
        async with installation.database() as database:
            hours = [row["hour"] for row in await database.fetch(HOURS, person.id)]
        assert all(before <= hour <= datetime.now(UTC) for hour in hours)


async def is_counted(installation, person, expected):
    return await installation.is_rolled_up(person) and await installation.counted(person) == expected
