"""What means that Postgres is away, and what is a fault of ours: the one place that decides it.

Away is whatever keeps Postgres from doing what it did before and passes without a change of our code: it is not there,
does not answer in time, starts or stops, refuses this user, has no room or no connection to give, does not write, or
breaks off one of two transactions that waited for each other. Anything else, a column that does not exist or a value
that does not fit, is a fault of ours, which nobody should be asked to wait out.
"""

import asyncpg
from tortoise.exceptions import BaseORMException, DBConnectionError

# SQLSTATE: classes, then single codes of classes that otherwise tell of our faults.
_CLASSES = (
    "08",  # the connection
    "28",  # user or password refused, also by pg_hba.conf
    "3D",  # the database is not there, as between dropping and restoring it
    "40",  # serialization, deadlock
    "53",  # connections, memory, disk
    "55",  # locked, in use, or a database that takes no connections
    "57",  # stopping, starting, cancelled, terminated
    "58",  # its disk, its files
)
_CODES = (
    "25006",  # read-only, as a standby is or a server that was set so
    "25P03",  # terminated: idle in a transaction for too long
    "25P04",  # terminated: a transaction for too long
    "26000",  # a statement prepared before a restart of what pools connections in between
    "42501",  # a right was taken away
)
# asyncpg's own, by their text: the class alone says nothing. These tell that we use a connection wrongly.
_MISUSE = ("another operation is in progress", "released back to the pool", "is not initialized")


def is_outage(error: BaseException) -> bool:
    """Whether `error`, of Tortoise, asyncpg or a socket, means that Postgres is away."""
    if isinstance(error, BaseExceptionGroup):
        return all(map(is_outage, error.exceptions))
    if isinstance(error, asyncpg.PostgresError):
        return _is_outage_by_state(error)
    if isinstance(error, asyncpg.InterfaceError):
        # A ValueError is asyncpg's word for an argument or an address that does not fit.
        return not isinstance(error, ValueError) and not any(words in str(error) for words in _MISUSE)
    if isinstance(error, BaseORMException):
        # Tortoise wraps SQLSTATE classes 22, 23, 25 and 42 and keeps what it wraps as its argument or cause.
        inner = error.args[0] if error.args and isinstance(error.args[0], BaseException) else error.__cause__
        return isinstance(error, DBConnectionError) or (inner is not None and is_outage(inner))
    # TimeoutError and what TLS raises are OSErrors; EOFError is a stream that ends too soon.
    return isinstance(error, OSError | EOFError | asyncpg.InternalClientError)


def _is_outage_by_state(error: asyncpg.PostgresError) -> bool:
    # A plan that a migration has made void is made again by the next try.
    if isinstance(error, asyncpg.InvalidCachedStatementError):
        return True
    state = str(error.sqlstate or "")
    return state.startswith(_CLASSES) or state in _CODES
