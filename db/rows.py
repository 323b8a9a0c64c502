"""Rows that requests read again and again. Tortoise writes their SQL once; to write it takes longer than to run it."""

from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from tortoise import Tortoise
from tortoise.models import Model

M = TypeVar("M", bound=Model)


class RowById(Generic[M]):
    """The row of a model by its id, with the rows that the foreign keys in `related` name."""

    def __init__(self, model: type[M], *related: str) -> None:
        self._model = model
        self._related = related
        self._written: tuple[str, list[Any]] | None = None

    async def find(self, id: UUID) -> M | None:
        """In the transaction that the caller has open, if any. Raises Tortoise's errors."""
        sql, related = self._written = self._written or self._write()
        connection = Tortoise.get_connection("default")
        executor = connection.executor_class(model=self._model, db=connection, select_related_idx=related)
        found: list[M] = await executor.execute_select(sql, [id])
        return found[0] if found else None

    def _write(self) -> tuple[str, list[Any]]:
        query = self._model.filter(id=uuid4()).select_related(*self._related)
        # With a parameter for the id. The list says which columns belong to which model.
        return query.sql(), query._select_related_idx
