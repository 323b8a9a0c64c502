"""The process's connections to Postgres.

`TORTOISE_ORM` is for aerich's command line, which reads it from here: it is made from the environment when asked for.
"""

import asyncio
import logging
import pkgutil
import re
from datetime import timedelta
from typing import Any

from tortoise import Tortoise

from db import models, outages
from settings import Settings, SettingsError

APP = "models"

_LARGEST_POOL = 10
_CONNECT_WITHIN = timedelta(seconds=2)
_ANSWER_WITHIN = timedelta(seconds=5)
_PING_WITHIN = timedelta(seconds=1)

_FORM = "GATEHOUSE_DATABASE_URL must be an address like postgres://user:password@host:5432/name"
_SCHEMES = ("postgres://", "postgresql://")
# asyncpg takes a password with / or # in it for a host and its port, and repeats a piece of it in what it raises.
_HOST = r"(?:\[[^\[\]@/?#]+\]|[^\[\]@/?#:,]+)(?::[0-9]{1,5})?"
_PARAMETER = r"[^=&#]+=[^&#]*"
_ADDRESS = re.compile(
    rf"\w+://(?:[^@/?#\[\]]*@)?(?:{_HOST}(?:,{_HOST})*)?(?:/[^@?#]*)?(?:\?{_PARAMETER}(?:&{_PARAMETER})*)?"
)

_log = logging.getLogger(__name__)
_pings: set[asyncio.Task[bool]] = set()
_told: str | None = None


async def connect(settings: Settings) -> None:
    """For the whole process. No connection is opened before the first query, so Postgres may be down at the start.

    Raises SettingsError for an address that is none.
    """
    address(settings)
    await Tortoise.init(config=config(settings), _enable_global_fallback=True)


async def close() -> None:
    await Tortoise.close_connections()


def address(settings: Settings) -> str:
    """For whoever connects without Tortoise. Raises SettingsError for one that is none; it repeats no piece of it."""
    url = str(settings.database_url)
    if not url.startswith(_SCHEMES):
        raise SettingsError(f"{_FORM}.")
    if not _ADDRESS.fullmatch(url):
        raise SettingsError(f"{_FORM}, with special characters of user and password percent-encoded.")
    return url


async def ping() -> bool:
    """Whether Postgres answers this process, found out within a second."""
    # Not simply a timeout around the query: a query that is cancelled waits for Postgres to hear of it.
    asking = asyncio.create_task(_answers())
    _pings.add(asking)
    asking.add_done_callback(_pings.discard)
    done, _ = await asyncio.wait({asking}, timeout=_PING_WITHIN.total_seconds())
    if not done:
        asking.cancel()
    return bool(done) and asking.result()


def config(settings: Settings, *, answer_within: timedelta = _ANSWER_WITHIN) -> dict[str, Any]:
    """Tortoise's configuration. `answer_within` is the deadline of each statement."""
    credentials = {
        "dsn": settings.database_url,
        # None is kept open: the pool would wait for it when it is made, and everybody else behind it.
        "minsize": 0,
        "maxsize": _LARGEST_POOL,
        "timeout": _CONNECT_WITHIN.total_seconds(),
        "command_timeout": answer_within.total_seconds(),
    }
    return {
        "connections": {"default": {"engine": "db.engine", "credentials": credentials}},
        "apps": {APP: {"models": [*_model_modules(), "aerich.models"], "default_connection": "default"}},
    }


def __getattr__(name: str) -> Any:
    if name == "TORTOISE_ORM":
        return config(Settings.from_environ())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _model_modules() -> list[str]:
    return [module.name for module in pkgutil.iter_modules(models.__path__, f"{models.__name__}.")]


async def _answers() -> bool:
    try:
        await Tortoise.get_connection("default").execute_query("SELECT 1")
    except Exception as error:
        if not outages.is_outage(error):
            raise
        _tell(f"{type(error).__name__}: {error}")
        return False
    _tell(None)
    return True


def _tell(problem: str | None) -> None:
    """Each reason once, not every second."""
    global _told
    if problem is not None and problem != _told:
        _log.warning("Postgres does not answer: %s", problem)
    _told = problem
