"""Operations that run in this process, by credential: each ends when its credential ends.

Each reading of the epoch asks Postgres which of these credentials have ended (decision 50). It does not matter in which
way one ended, and Redis has no part in it.
"""

import asyncio
import time
from collections.abc import Collection, Sequence, Set
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import Self
from uuid import UUID

import errors
from access.credentials import Credential
from telemetry import metrics

_ENDED = "The credential ended while this operation was running. Its units stay spent."


class RunningCall:
    """`with` it, a task runs an operation of the credential. Raises Unauthenticated if the credential has ended."""

    _cancelled_before = 0
    _has_ended = False
    _task: asyncio.Task[object] | None = None

    def __init__(self, calls: "RunningCalls", credential: Credential, admitted_at: datetime) -> None:
        self.credential = credential
        self._admitted_at, self._began_at = admitted_at, time.monotonic()
        self._calls = calls

    def __enter__(self) -> Self:
        self._task = task = asyncio.current_task(self._calls.loop)
        if task is not None:
            self._cancelled_before = task.cancelling()
        self._calls.running.add(self)
        return self

    @property
    def is_past_its_time(self) -> bool:
        had = self.credential.expires_at - self._admitted_at
        return time.monotonic() - self._began_at >= had.total_seconds()

    def end(self) -> None:
        """The credential has ended: the task is cancelled, once."""
        if not self._has_ended and self._task is not None:
            self._has_ended = True
            self._task.cancel()
            metrics.RUNNING_ENDED.inc()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._calls.running.discard(self)
        if not self._has_ended or self._task is None:
            return
        # The client may have left at the same time. Then the task is still cancelled.
        if self._task.uncancel() > self._cancelled_before:
            return
        # Also if it has a result, or failed in another way: nobody may get anything with this credential any more.
        raise errors.Unauthenticated(_ENDED) from error


class RunningCalls:
    """One per process."""

    def __init__(self) -> None:
        self.running: set[RunningCall] = set()

    @cached_property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The only one of its calls. To ask which one runs is a system call."""
        return asyncio.get_running_loop()

    def credentials(self) -> Sequence[UUID]:
        """Those with operations that run now."""
        return list({call.credential.id for call in self.running})

    def end(self, ended: Collection[UUID], retired_keys: Set[str]) -> None:
        """Ends the operations of these credentials, of all that are past their time, and of all signed by these keys.

        The time is also judged here, because Postgres may be away: by how long the operation has run since Redis has
        admitted it. This machine's clock may be set meanwhile.
        """
        for call in self.running:
            credential = call.credential
            if (
                credential.id in ended
                or call.is_past_its_time
                or (credential.signed_by is not None and credential.signed_by in retired_keys)
            ):
                call.end()
