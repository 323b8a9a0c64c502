"""The connection to Redis. A command has a deadline and is never tried twice: it might count twice."""

import logging
from datetime import timedelta

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from settings import Settings, SettingsError

logger = logging.getLogger(__name__)

_DEADLINE = timedelta(milliseconds=100)


class Store:
    """One per process. Raises SettingsError for a URL that is none."""

    def __init__(self, settings: Settings) -> None:
        try:
            pool = BlockingConnectionPool.from_url(
                str(settings.redis_url),
                max_connections=16,
                timeout=_DEADLINE.total_seconds(),
                socket_timeout=_DEADLINE.total_seconds(),
                socket_connect_timeout=_DEADLINE.total_seconds(),
                retry=Retry(NoBackoff(), 0),
            )
        except ValueError as error:
            # Not in its own words: they may repeat the password.
            raise SettingsError(
                "GATEHOUSE_REDIS_URL must be redis://[USER:PASSWORD@]HOST:PORT/NUMBER, or rediss:// with TLS."
            ) from error
        # From its pool, so that closing it closes the connections too.
        self._redis: Redis = Redis.from_pool(pool)

    async def answers(self) -> bool:
        """Whether Redis answers a PING within its deadline."""
        try:
            await self._redis.ping()
        except RedisError as error:
            logger.info("Redis does not answer: %s", error)
            return False
        return True

    async def aclose(self) -> None:
        await self._redis.aclose()
