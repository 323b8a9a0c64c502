"""The export of a person's data, as an answer and as a file."""

import pytest

from db.models.mail_codes import Purpose
from db.models.second_factors import RecoveryCode, SecondFactor
from db.models.usage import Usage
from db.models.webhooks import WebhookSecret
from resolvers import export
from resolvers.downloads import Downloads
from tests.resolvers.accounts import issue, token_of
from tests.resolvers.conftest import NOW, PASSWORD

HOUR = NOW.replace(minute=0, second=0)
SECRET = "sealed-and-nobodys"  # noqa: S105 - a test's own


@pytest.fixture
def take(tools, ada):
    async def run(*, password=PASSWORD, by=ada.caller, using=tools):
        return (await export.export(using, by, password, at=NOW)).json

    return run


@pytest.fixture
def download(tools, ada):
    """The whole file, as it is sent."""

    async def run():
        exported = await export.export(tools, ada.caller, PASSWORD, at=NOW)
        found = await Downloads().use(tools, exported.code)
        assert found is not None
        return "".join([piece async for piece in export.pieces(tools, found)])

    return run


@pytest.fixture
async def token(ada, eve):
    """Ada has something of everything, Eve has as much."""
    for person in (eve, ada):
        await SecondFactor.create(user=person.user, sealed_secret=SECRET, created_at=NOW, confirmed_at=NOW)
        for number in range(3):
            await RecoveryCode.create(user=person.user, digest=f"{SECRET}{number}", used_at=NOW if number else None)
        await WebhookSecret.create(user=person.user, sealed_secret=SECRET, sealed_previous=SECRET, created_at=NOW)
        await issue(person.id, Purpose.CHANGE_EMAIL, email=f"new-{person.user.email}")
        made = await token_of(person)
        await Usage.create(
            user_id=person.id, token_id=made.id, model="", hour=HOUR, calls=2, failed=1, units=3, inference_ms=4.5
        )
    return made
