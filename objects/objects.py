"""Objects and their rows. The row is committed before the object is written, so that what a killed process leaves is
found and deleted.
"""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import errors
from db import postgres
from objects.object_store import Missing, ObjectStore, Unreachable
from settings import Settings

logger = logging.getLogger(__name__)

# How long an object may be without a row that names it, by Postgres' clock, from before it is written. No request and
# no job takes that long. When a job no longer names an object, a trigger on `jobs` makes it due at once.
_NAMED_WITHIN = timedelta(hours=1)
_AT_ONCE = 1000
# Tables and columns that name objects.
_NAMED_BY = (("jobs", "inputs_object"), ("jobs", "result_object"))

_ADD = "INSERT INTO objects (name, bytes, created_at, user_id) VALUES ($1, $2, clock_timestamp(), $3)"
_SIZE = "SELECT bytes FROM objects WHERE name = $1"
_FORGET = "DELETE FROM objects WHERE name = ANY($1::text[])"


class Objects:
    """One per process. `is_set`: whether an object store is configured. If not, only `is_set` may be used."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError."""
        self._store = ObjectStore(settings) if settings.objects else None

    @property
    def is_set(self) -> bool:
        return self._store is not None

    async def put(self, data: bytes | bytearray | memoryview, *, of: UUID) -> str:
        """Returns the name, which a row must hold within an hour. The bytes count for the user `of`.

        Raises ServiceUnavailable.
        """
        name = uuid4().hex
        async with postgres.transaction() as tx:
            await tx.execute_query(_ADD, [name, len(data), of])
        try:
            await self._needed.put(name, data)
        except (Unreachable, Missing) as error:
            raise _unavailable(error) from error
        return name

    async def read(self, name: str) -> bytes:
        """Raises DataMissing and ServiceUnavailable."""
        return b"".join([piece async for piece in self.pieces(name)])

    async def pieces(self, name: str) -> AsyncIterator[bytes]:
        """1 MiB or more each. Raises DataMissing, also after the last piece, and ServiceUnavailable."""
        async with postgres.transaction() as tx:
            rows = await tx.execute_query_dict(_SIZE, [name])
        left = rows[0]["bytes"] if rows else None
        try:
            async for piece in self._needed.pieces(name):
                left = None if left is None else left - len(piece)
                yield piece
        except Missing as error:
            logger.error("Object %s is missing in the object store", name)
            raise errors.DataMissing from error
        except Unreachable as error:
            raise _unavailable(error) from error
        if left != 0:
            logger.error("Object %s has another size than was written", name)
            raise errors.DataMissing

    async def clean(self) -> int:
        """Deletes the objects that no row names, and returns how many. Raises ServiceUnavailable.

        Any number of workers may do it at once.
        """
        deleted = 0
        while self.is_set and (found := await self._unnamed()):
            for name in found:
                try:
                    await self._needed.delete(name)
                except Unreachable as error:
                    raise _unavailable(error) from error
            async with postgres.transaction() as tx:
                await tx.execute_query(_FORGET, [found])
            deleted += len(found)
        return deleted

    async def _unnamed(self) -> list[str]:
        named = "".join(
            f' AND NOT EXISTS (SELECT FROM "{table}" WHERE "{column}" = o.name)' for table, column in _NAMED_BY
        )
        before = f"o.created_at < clock_timestamp() - interval '{_NAMED_WITHIN.total_seconds()} s'"
        statement = f"SELECT name FROM objects o WHERE {before}{named} LIMIT {_AT_ONCE}"  # noqa: S608 - all ours
        async with postgres.transaction() as tx:
            return [row["name"] for row in await tx.execute_query_dict(statement)]

    @property
    def _needed(self) -> ObjectStore:
        assert self._store is not None, "GATEHOUSE_OBJECTS is not set"  # noqa: S101 - a bug, and no refusal
        return self._store


def _unavailable(error: Exception) -> errors.ServiceUnavailable:
    logger.error("The object store %s", error or "has no such object")
    return errors.ServiceUnavailable()
