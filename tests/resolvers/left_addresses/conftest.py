"""Users who spend units, leave their address, and register again."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from limits import partitions
from limits.charges import Charge, ModelCall
from limits.entries import Outcome
from resolvers import deletion, logins, registration
from tests.limits.people import store_of
from tests.resolvers.accounts import ADDRESS
from tests.resolvers.conftest import NOW, PASSWORD, caller, mails

OTHER = "lovelace@example.org"


def inference(units):
    return Charge("plan", (ModelCall("text", units),), timedelta(seconds=30))


@pytest.fixture
def spend(gate):
    """Units in one call; how many of the minute and of the day are used then."""

    async def run(who, units=1, *, ends=True):
        admission = await gate.admit(who.caller.credential, inference(units))
        if ends:
            await gate.settle(admission, [Outcome("text", 1, 0, units)])
        used = {window.name: window.used for window in admission.windows}
        return used["minute"], used["day"]

    return run


@pytest.fixture
def register(tools):
    async def run(address=ADDRESS, *, using=tools):
        """Signs up and logs in, as a person does it."""
        account_input = registration.Registration(email=address, password=PASSWORD)
        await registration.register(using, caller(), account_input, arrived_at=datetime.now(UTC), at=NOW)
        code = [mail["context"]["code"] for mail in await mails() if mail["template"] == "verify_email"][-1]
        await registration.verify(using, caller(), code, at=NOW)
        return await log_in(using, address)

    return run


async def log_in(tools, address, password=PASSWORD):
    started = await logins.login(tools, caller(), email=address, password=password, at=NOW)
    assert isinstance(started, logins.LoggedIn)
    return SimpleNamespace(id=started.user.id, caller=started.caller)


@pytest.fixture
def leave(tools):
    async def run(who, *, using=tools):
        await deletion.delete(using, who.caller, PASSWORD, at=NOW)

    return run


@pytest.fixture
def anew(leave, register):
    """The same address again, as another user."""

    async def run(who):
        await leave(who)
        return await register()

    return run


async def lose(gate, *people):
    """All that Redis holds of these people's limits, as after a flush."""
    for person in people:
        at = partitions.of_user(person.id)
        keys = [at.subject_entry, at.day, *at.minute, at.slots, partitions.running(at.partition)]
        await store_of(gate).batch([("DEL", *keys)])
