"""Execution in slices, so that no operation keeps the event loop from all others for long.

graphql-core runs all that does not wait in one go: every field of thirty, every item of every list. Here a field that
finds the slice used up waits for its turn, and so do resolvers that are about to begin.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import get_ident
from time import perf_counter
from typing import Any

from graphql import GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

_SLICE_SECONDS = 0.01
_INTROSPECTION = frozenset({"__schema", "__type"})
_introspection = ThreadPoolExecutor(1, "introspection")


class SlicedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's own executor, for what its resolvers find in `info`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._begun = perf_counter()
        self._thread = get_ident()
        self._turns = asyncio.Lock()  # first come, first served, and each in an iteration of the loop of its own

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: FieldDetailsList, path: Path, *rest: Any
    ) -> Any:
        if path.prev is None and field_details_list[0].node.name.value in _INTROSPECTION:
            # Up to half a second without a resolver that waits: in a thread it is interrupted.
            field = partial(super().execute_field, parent_type, source, field_details_list, path, *rest)
            return asyncio.get_running_loop().run_in_executor(_introspection, field)
        if self._is_used_up():
            return self._later(partial(super().execute_field, parent_type, source, field_details_list, path, *rest))
        return super().execute_field(parent_type, source, field_details_list, path, *rest)

    async def complete_awaitable_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, *rest: Any
    ) -> Any:
        resolved = self._in_turn(result)
        return await super().complete_awaitable_value(return_type, field_details_list, info, path, resolved, *rest)

    def _is_used_up(self) -> bool:
        return perf_counter() - self._begun > _SLICE_SECONDS and get_ident() == self._thread

    async def _turn(self) -> None:
        async with self._turns:
            await asyncio.sleep(0)
        self._begun = perf_counter()

    async def _later(self, field: partial[Any]) -> Any:
        await self._turn()
        result = field()
        return await result if self.is_awaitable(result) else result

    async def _in_turn(self, resolver: Awaitable[Any]) -> Any:
        if self._is_used_up():
            try:
                await self._turn()
            except asyncio.CancelledError:
                if asyncio.iscoroutine(resolver):
                    resolver.close()
                raise
        value = await resolver
        self._begun = perf_counter()  # whatever it waited for, the loop was free meanwhile
        return value
