"""Ada's authenticator app, and the two steps of a login with it."""

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyotp
import pytest

from db.models.mail_codes import MailCode
from db.models.second_factors import RecoveryCode, SecondFactor
from db.models.sessions import Session
from resolvers import logins, two_factor
from tests.resolvers.conftest import NOW, PASSWORD, Person, caller, mails

# Two-factor login is turned on at NOW. The code with which it was has had its time by then.
LATER = NOW + timedelta(minutes=2)
STEP = timedelta(seconds=30)
# It has the form of a recovery code; no digits could be sure to be wrong.
WRONG = "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA"


@dataclass(frozen=True)
class Program:
    """It has read the address; the recovery codes came with it."""

    totp: pyotp.TOTP
    recovery_codes: tuple[str, ...]

    def shows(self, at: datetime) -> str:
        return self.totp.at(at)


def reading(uri, recovery_codes):
    totp = pyotp.parse_uri(uri)
    assert isinstance(totp, pyotp.TOTP)
    return Program(totp, tuple(recovery_codes))


@pytest.fixture
def enrol(tools):
    async def run(who: Person):
        offer = await two_factor.enrol(tools, who.caller, PASSWORD, at=NOW)
        return reading(offer.uri, offer.recovery_codes)

    return run


@pytest.fixture
async def program(tools, ada, enrol):
    """Ada's: two-factor login is on since NOW."""
    made = await enrol(ada)
    await two_factor.confirm(tools, ada.caller, made.shows(NOW), at=NOW)
    return made


@pytest.fixture
def login(tools):
    """The first step, and at once what it answers."""

    async def run(*, at=LATER):
        return await logins.login(tools, caller(), email="ada@example.org", password=PASSWORD, at=at)

    return run


@pytest.fixture
def challenge(login):
    async def run(*, at=LATER):
        started = await login(at=at)
        assert isinstance(started, logins.SecondFactorNeeded)
        return started.challenge

    return run


@pytest.fixture
def complete(tools):
    async def run(challenge, code, *, by=None, at=LATER):
        return await two_factor.complete_login(tools, by or caller(), challenge=challenge, code=code, at=at)

    return run


@pytest.fixture
def known(tools):
    """A caller at a browser from which ada has logged in: browser and account have a separate allowance."""

    def make():
        return replace(caller(), device=tools.devices.issue("ada@example.org", at=NOW))

    return make


@pytest.fixture
def unseen(monkeypatch):
    """A context in which no code may be checked."""

    def fail(*_, **__):
        raise AssertionError("A code was looked at")

    @contextmanager
    def entered():
        with monkeypatch.context() as patch:
            patch.setattr("access.second_factor_codes.accepted_step", fail)
            patch.setattr("access.second_factor_codes.recovery_digest", fail)
            yield

    return entered


async def state():
    """What a refusal leaves as it was: all but the events."""
    tables = (SecondFactor, RecoveryCode, Session, MailCode)
    return [sorted(map(repr, await table.all().values())) for table in tables], await mails()
