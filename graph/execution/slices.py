"""How the fields of an operation run: in slices, so that no operation blocks the event loop for long.

graphql-core runs everything that does not wait without a pause: all of thirty fields, every item of every list. Here,
when the time of a slice is used up, the next field or resolver waits for its turn.

A slice is what one operation takes of one iteration of the event loop. What other requests take does not count: under
load, nearly every field would wait.
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

from graph.execution.cost_directive import runs_dry
from graph.execution.plans import INTROSPECTION

_SLICE_SECONDS = 0.01
_HALF_SECONDS = _SLICE_SECONDS / 2
_introspection = ThreadPoolExecutor(1, "introspection")


class Slices:
    """The slices of one operation, on one event loop.

    To know that an iteration has ended takes a callback in the next one. Most operations end or wait before half of a
    slice is over, so only the second half is measured so.
    """

    # By `perf_counter`. Before it, nobody needs to ask whether the slice is used up. 0 if none has begun.
    until = 0.0
    _is_second_half = False
    # First come, first served; each turn is an iteration of the event loop.
    _turns: asyncio.Lock | None = None

    def are_used_up(self) -> bool:
        """Whether the operation has used its time of this iteration. The first call starts a slice."""
        now = perf_counter()
        if now <= self.until:
            return False
        if not self.until:
            self.until = now + _HALF_SECONDS
            return False
        if not self._is_second_half:
            # The first half may have passed in earlier iterations.
            self._is_second_half = True
            self.until = now + _HALF_SECONDS
            asyncio.get_running_loop().call_soon(self._end)  # in the next iteration
            return False
        return True

    async def turn(self) -> None:
        """Waits for a later iteration, and starts a slice there."""
        self._turns = self._turns or asyncio.Lock()
        async with self._turns:
            await asyncio.sleep(0)
        self.until = perf_counter() + _HALF_SECONDS

    async def turn_before(self, resolver: Awaitable[Any]) -> None:
        """The same, before a resolver is awaited. If the operation is cancelled meanwhile, it is closed."""
        try:
            await self.turn()
        except asyncio.CancelledError:
            if asyncio.iscoroutine(resolver):
                resolver.close()
            raise

    def _end(self) -> None:
        self.until = 0.0
        self._is_second_half = False


class SlicedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Extends Strawberry's executor, because Strawberry's resolvers need its `info`.

    In a dry run each field that would be charged is null, and its resolver does not run.
    """

    is_dry_run = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.slices = Slices()
        self._thread = get_ident()

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: FieldDetailsList, path: Path, *rest: Any
    ) -> Any:
        if self.is_dry_run and runs_dry(parent_type.fields.get(field_details_list[0].node.name.value)):
            return None
        if path.prev is None and field_details_list[0].node.name.value in INTROSPECTION:
            # It takes up to half a second in which no resolver waits. In a thread, other work gets its turns.
            field = partial(super().execute_field, parent_type, source, field_details_list, path, *rest)
            return asyncio.get_running_loop().run_in_executor(_introspection, field)
        if get_ident() == self._thread and self.slices.are_used_up():
            return self._later(partial(super().execute_field, parent_type, source, field_details_list, path, *rest))
        return super().execute_field(parent_type, source, field_details_list, path, *rest)

    async def complete_awaitable_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, *rest: Any
    ) -> Any:
        resolved = self._in_turn(result)
        return await super().complete_awaitable_value(return_type, field_details_list, info, path, resolved, *rest)

    async def _later(self, field: partial[Any]) -> Any:
        await self.slices.turn()
        result = field()
        return await result if self.is_awaitable(result) else result

    async def _in_turn(self, resolver: Awaitable[Any]) -> Any:
        if self.slices.are_used_up():
            await self.slices.turn_before(resolver)
        return await resolver
