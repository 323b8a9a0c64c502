"""The process's connections to Postgres.

`TORTOISE_ORM` is for aerich's command line, which imports it from here. It is made from the environment at that moment.
"""

import logging
import pkgutil
import re
from datetime import timedelta
from typing import Any

from tortoise import Tortoise

from db import models, postgres
from db.postgres import PostgresDown
from settings import Settings, SettingsError

APP = "models"

_LARGEST_POOL = 10
_PING_WITHIN = timedelta(seconds=1)

_FORM = "GATEHOUSE_DATABASE_URL must be an address like postgres://user:password@host:5432/name"
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
    address(settings)
    await Tortoise.init(config=config(settings), _enable_global_fallback=True)


async def close() -> None:
    await Tortoise.close_connections()


def address(settings: Settings) -> str:
    """The address, for code that connects without Tortoise.

    Raises SettingsError for a malformed one. The message holds no part of it, because it holds a password.
    """
    url = str(settings.database_url)
    if not url.startswith(_SCHEMES):
        raise SettingsError(f"{_FORM}.")
    if not _ADDRESS.fullmatch(url):
        raise SettingsError(f"{_FORM}, with special characters of user and password percent-encoded.")
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

    `migrating` adds aerich's own table. Only migrations use it, and aerich takes as long to import as Tortoise.
    """
    credentials = {
        "dsn": settings.database_url,
        # None is kept open: the pool would wait for it when it is made, and every query would wait for the pool.
        "minsize": 0,
        "maxsize": _LARGEST_POOL,
        "timeout": postgres.CONNECT_WITHIN.total_seconds(),
        "command_timeout": answer_within.total_seconds(),
    }
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
