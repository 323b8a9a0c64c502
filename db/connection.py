"""The process's connections to Postgres.

`TORTOISE_ORM` is for aerich's command line, which imports it from here. It is made from the environment at that moment.
"""

import logging
import pkgutil
import re
from datetime import timedelta
from typing import Any

from starlette.datastructures import Secret
from tortoise import Tortoise

from db import models, postgres
from db.postgres import PostgresDown
from settings import Settings, SettingsError

APP = "models"

_LARGEST_POOL = 10
_PING_WITHIN = timedelta(seconds=1)

_FORM = "must be an address like postgres://user:password@host:5432/name"
_SCHEMES = ("postgres://", "postgresql://")
# asyncpg reads a password with / or # in it as a host and its port, and its error message quotes a part of it.
_HOST = r"(?:\[[^\[\]@/?#]+\]|[^\[\]@/?#:,]+)(?::[0-9]{1,5})?"
_PARAMETER = r"[^=&#]+=[^&#]*"
_ADDRESS = re.compile(
    rf"\w+://(?:[^@/?#\[\]]*@)?(?:{_HOST}(?:,{_HOST})*)?(?:/[^@?#]*)?(?:\?{_PARAMETER}(?:&{_PARAMETER})*)?"
)

_log = logging.getLogger(__name__)
_logged: str | None = None


async def connect(settings: Settings) -> None:
    """Connects the whole process. The first query opens the first connection, so Postgres may be down at the start.

    Raises SettingsError for a malformed address.
    """
    direct_address(settings)
    await Tortoise.init(config=config(settings), _enable_global_fallback=True)


async def close() -> None:
    await Tortoise.close_connections()


def address(settings: Settings) -> str:
    """The address of the pool's connections. It may lead to a pooler that gives each transaction another session.

    Raises SettingsError for a malformed one. The message holds no part of it, because it holds a password.
    """
    return _checked("GATEHOUSE_DATABASE_URL", settings.database_url)


def direct_address(settings: Settings) -> str:
    """The address for what needs a session of its own: LISTEN, and locks that outlast a transaction.

    Raises SettingsError where one of the two addresses is malformed.
    """
    address(settings)
    return _checked(direct_variable(settings), settings.database_direct_url)


def is_pooled(settings: Settings) -> bool:
    """Whether the pool's connections have another address than those that need a session of their own."""
    return str(settings.database_direct_url) != str(settings.database_url)


def direct_variable(settings: Settings) -> str:
    """The variable that holds `direct_address`."""
    return "GATEHOUSE_DATABASE_DIRECT_URL" if is_pooled(settings) else "GATEHOUSE_DATABASE_URL"


def _checked(variable: str, secret: Secret) -> str:
    url = str(secret)
    if not url.startswith(_SCHEMES):
        raise SettingsError(f"{variable} {_FORM}.")
    if not _ADDRESS.fullmatch(url):
        raise SettingsError(f"{variable} {_FORM}, with special characters of user and password percent-encoded.")
    return url


async def ping() -> bool:
    """Whether Postgres answers this process within one second."""
    try:
        await postgres.rows("SELECT 1", within=_PING_WITHIN)
    except PostgresDown as error:
        _log_once(str(error))
        return False
    _log_once(None)
    return True


def config(
    settings: Settings, *, answer_within: timedelta = postgres.STATEMENT_WITHIN, migrating: bool = False
) -> dict[str, Any]:
    """Tortoise's configuration. `answer_within` is the deadline of each statement.

    `migrating` adds aerich's own table and goes past a pooler. Only migrations use it, and aerich takes as long to
    import as Tortoise.
    """
    credentials: dict[str, Any] = {
        "dsn": settings.database_direct_url if migrating else settings.database_url,
        # None is kept open: the pool would wait for it when it is made, and every query would wait for the pool.
        "minsize": 0,
        "maxsize": _LARGEST_POOL,
        "timeout": postgres.CONNECT_WITHIN.total_seconds(),
        "command_timeout": answer_within.total_seconds(),
    }
    if is_pooled(settings) and not migrating:
        # A statement that was prepared in one session of Postgres is unknown in the next one, or is another client's.
        credentials["statement_cache_size"] = 0
    return {
        "connections": {"default": {"engine": "db.engine", "credentials": credentials}},
        "apps": {
            APP: {
                "models": [*_model_modules(), *(["aerich.models"] if migrating else [])],
                "default_connection": "default",
            }
        },
    }


def __getattr__(name: str) -> Any:
    if name == "TORTOISE_ORM":
        return config(Settings.from_environ(), migrating=True)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _model_modules() -> list[str]:
    return [module.name for module in pkgutil.iter_modules(models.__path__, f"{models.__name__}.")]


def _log_once(problem: str | None) -> None:
    """Logs each reason once, not every second. None: Postgres answers."""
    global _logged
    if problem is not None and problem != _logged:
        _log.warning("Postgres does not answer: %s", problem)
    _logged = problem
