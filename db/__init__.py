"""Postgres: the tables, their migrations and the process's connections."""

from contextlib import ExitStack

import lazy_init

_OTHER_DATABASES = {
    "mssql": ("MSSQLQuery", "MSSQLQueryBuilder"),
    "mysql": ("MySQLLoadQueryBuilder", "MySQLQuery", "MySQLQueryBuilder", "MySQLValueWrapper"),
    "oracle": ("OracleQuery", "OracleQueryBuilder"),
    "sqlite": ("SQLLiteQuery", "SQLLiteQueryBuilder", "SQLLiteValueWrapper"),
}
# For files with addresses of servers, which libpq has, and for addresses without a user.
lazy_init.of("configparser", "getpass")
# Its patterns are compiled with the first connection, and not by whatever room imports it first.
with lazy_init.patterns():
    import asyncpg  # noqa: F401
# Tortoise imports pydantic where it is installed, for JSON fields that hold pydantic's models. The service has none.
# Nor does it use Tortoise's validators, whose patterns take longer to compile than most of its modules to import.
with ExitStack() as stack:
    stack.enter_context(lazy_init.absent("pydantic"))
    stack.enter_context(lazy_init.patterns())
    stack.enter_context(lazy_init.no_sources())
    for name, classes in _OTHER_DATABASES.items():
        stack.enter_context(lazy_init.deferred(f"pypika_tortoise.dialects.{name}", *classes))
    import tortoise
    import tortoise.models

# It looks for descriptions of fields in the source of each model. Ours are no comments, as migrations do not see these.
tortoise.models._get_comments = lambda cls: {}
