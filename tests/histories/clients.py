"""What the clients of one process do in a history, simulated or real, and what they write into the log."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, NotRequired, TypedDict

import errors
from access.credentials import Credential
from limits.charges import Admission, Charge, ModelCall
from limits.entries import Outcome
from tests.histories.history import MODEL, Call

# As graph/execution/subscriptions.py, in seconds.
_RENEW_EVERY, _RENEW_AGAIN_AFTER = 15.0, 1.0

OfCall = Literal["sent", "admitted", "refused", "settles", "settled", "left"]
What = OfCall | Literal["revokes", "revoked", "rolled_up", "killed", "flush", "unsure", "sure", "restart"]


class Line(TypedDict):
    """One line of the log. `at` is in ms by Redis' clock: before what it names was sent, or after its answer.

    rolled_up: the beginning of a rollup that has ended. unsure, sure: between these a master of a cluster was replaced,
    perhaps.
    """

    what: What
    at: int
    call: NotRequired[int]
    # admitted: when Redis admitted it, and when its lease ends. Both by its clock, in ms.
    admitted_at: NotRequired[int]
    lease_ends: NotRequired[int]
    # refused: the error's code, and the window that refuses.
    code: NotRequired[str]
    window: NotRequired[str]
    # revokes, revoked: whose API token.
    person: NotRequired[int]
    # killed: the process.
    process: NotRequired[int]


class Clients:
    """`credentials` are by person and by whether it is the API token. `admit` and `settle` are the gate's."""

    def __init__(
        self,
        credentials: Mapping[tuple[int, bool], Credential],
        *,
        admit: Callable[[Credential, Charge], Awaitable[Admission]],
        settle: Callable[[Admission, Sequence[Outcome]], Awaitable[None]],
        renew: Callable[[Admission], Awaitable[bool]],
        now: Callable[[], int],
        write: Callable[[Line], None],
    ) -> None:
        self._credentials = credentials
        self._admit = admit
        self._settle = settle
        self._renew = renew
        self._now = now
        self._write = write

    async def run(self, clients: Sequence[Sequence[Call]], *, began_at: float) -> None:
        """`began_at` is when the history began, by the clock of the event loop. Calls of before now are left out."""
        elapsed = (asyncio.get_running_loop().time() - began_at) * 1000
        async with asyncio.TaskGroup() as running:
            for calls in clients:
                running.create_task(self._client([call for call in calls if call.at >= elapsed], began_at))

    async def _client(self, calls: Sequence[Call], began_at: float) -> None:
        for call in calls:
            await asyncio.sleep(began_at + call.at / 1000 - asyncio.get_running_loop().time())
            calling = asyncio.create_task(self._call(call))
            if call.leaves_after is not None:
                await asyncio.wait({calling}, timeout=call.leaves_after / 1000)
                calling.cancel()
            await asyncio.wait({calling})
            if not calling.cancelled():
                calling.result()

    async def _call(self, call: Call) -> None:
        self._note("sent", call=call.number)
        longest = timedelta(milliseconds=call.longest)
        charge = Charge("plan", (ModelCall(MODEL, call.cost),), longest, renews_slot=call.is_stream)
        try:
            admission = await self._admit(self._credentials[call.person, call.is_token], charge)
        except errors.GatehouseError as error:
            self._note("refused", call=call.number, code=error.code, window=getattr(error, "window", ""))
            return
        assert admission.lease is not None
        admitted_at = round(admission.at.timestamp() * 1000)
        self._note("admitted", call=call.number, admitted_at=admitted_at, lease_ends=admission.lease.ends)
        try:
            await (self._stream(call, admission) if call.is_stream else asyncio.sleep(call.milliseconds / 1000))
        except asyncio.CancelledError:
            if call.leaves_after is None:
                raise  # the history is over
            self._note("left", call=call.number)
        failed = call.is_ours
        self._note("settles", call=call.number)
        try:
            await self._settle(admission, [Outcome(MODEL, 1, int(failed), 0 if failed else call.cost, 1.0)])
        except errors.DeadlineExceeded as error:
            self._note("settled", call=call.number, code=error.code)
        else:
            self._note("settled", call=call.number)

    async def _stream(self, call: Call, admission: Admission) -> None:
        """Renews the slot as a process of the API does, and ends when other calls have it."""
        loop = asyncio.get_running_loop()
        end, pause = loop.time() + call.milliseconds / 1000, _RENEW_EVERY
        while (left := end - loop.time()) > 0:
            await asyncio.sleep(min(left, pause))
            try:
                if not await self._renew(admission):
                    return
                pause = _RENEW_EVERY
            except errors.ServiceUnavailable:
                pause = _RENEW_AGAIN_AFTER

    def _note(self, what: OfCall, **values: Any) -> None:
        self._write({"what": what, "at": self._now(), **values})  # type: ignore[typeddict-item]
