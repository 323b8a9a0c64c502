"""What is taken for an address of Postgres."""

import pytest

from db import connection
from settings import Settings, SettingsError
from tests.environ import environ


def address(url):
    return connection.address(Settings.from_environ(environ(DATABASE_URL=url)))


@pytest.mark.parametrize(
    "url",
    [
        "postgres://gatehouse@127.0.0.1/gatehouse",
        "postgresql://ada:p%2F%40%23%3F@db.internal:5432/gatehouse?sslmode=verify-full&sslrootcert=/etc/ssl/ca.pem",
        "postgres://ada:a:b,c;d%5B@[::1]:5432/gatehouse",
        "postgres://ada:secret@one:5432,two:5433/gatehouse?target_session_attrs=primary",
        "postgres:///gatehouse?host=/run/postgresql&user=ada@server",
        "postgres://ada:secret@%2Frun%2Fpostgresql/gatehouse",
        "postgres://ada:secret@db",
    ],
)
def test_an_address_is_taken_as_it_is(url):
    assert address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "postgres://ada:se/cret@db/gatehouse",
        "postgres://ada:12/cret@db/gatehouse",
        "postgres://ada:12#cret@db/gatehouse",
        "postgres://ada:12?cret@db/gatehouse",
        "postgres://ada:se@cret@db/gatehouse",
        "postgres://ada:se[cret@db/gatehouse",
        "postgres://ada:se]cret@db/gatehouse",
        "postgres://ada:cret@db:port/gatehouse",
        "postgres://ada:cret@db,/gatehouse",
    ],
)
def test_what_is_none_is_refused_without_a_piece_of_it(url):
    with pytest.raises(SettingsError) as refused:
        address(url)

    assert str(refused.value) == (
        "GATEHOUSE_DATABASE_URL must be an address like postgres://user:password@host:5432/name, with special "
        "characters of user and password percent-encoded."
    )
    assert refused.value.__context__ is None
