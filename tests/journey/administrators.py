"""Administrators over the wire."""

import pytest

from graph import ids

_APPOINT = "UPDATE users SET role = 'ADMIN' WHERE id = $1"
_SECOND_FACTOR = """
INSERT INTO second_factors (user_id, sealed_secret, created_at, confirmed_at) VALUES ($1, '-', now(), now())
"""


@pytest.fixture
def new_administrator(installation):
    """With two-factor login, unless it is said otherwise."""

    async def make(*, second_factor=True):
        person = await installation.person()
        async with installation.database() as database:
            await database.execute(_APPOINT, person.id)
            if second_factor:
                await database.execute(_SECOND_FACTOR, person.id)
        return person

    return make


def user_id(person):
    return ids.write("User", person.id)
