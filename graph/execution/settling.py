"""Settlement of operations whose request is over, perhaps because it was cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import errors
from resolvers import limits

if TYPE_CHECKING:
    from graph.context import Context
    from limits.entries import Outcome


class Settling:
    """Runs each settlement in a separate task, so that cancelling the request does not cancel it."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, context: Context, ended: Sequence[Outcome]) -> None:
        """Frees the operation's slot and records how its calls ended."""
        task = asyncio.create_task(limits.settle(context.tools.gate, context.admission, ended))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        # Too late is no problem here: no client waits for the answer, and the reaper has freed the slot.
        if not task.cancelled() and not isinstance(task.exception(), errors.DeadlineExceeded | None):
            asyncio.get_running_loop().call_exception_handler({"message": "settling", "exception": task.exception()})
