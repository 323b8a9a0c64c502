"""Restarts models whose process died ([decision 35](../docs/decisions/0035-dead-models.md)).

Triton does not restart the process, and still calls the model ready.
"""

import asyncio
import logging
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping
from functools import partial

import grpc
from tritonclient.grpc import service_pb2

from inference import loading
from inference.deaths import Deaths
from inference.triton import Triton

logger = logging.getLogger(__name__)

_LONGEST_PAUSE = 60.0
_FINISH_WITHIN = 2.0
_LOOK_EVERY = 1.0
# Triton counts a failure shortly after its answer. The pause also means few searches for a model that always fails.
_SEARCH_AFTER = 0.2
# For a death that Triton reported while the statistics do not show it yet, or cannot be read. All within a second:
# another process may have loaded the model again in the meantime, and a second death must not be taken for this one.
_SEARCH_AGAIN_AFTER = (0.3, 0.4)


class Revival:
    """Loads each dead model at most once at a time in this process, and not if another process just did.

    `then` is awaited after each try, before the model counts as revived.
    """

    def __init__(self, triton: Triton, then: Callable[[], Awaitable[None]]) -> None:
        self._triton = triton
        self._then = then
        self._deaths = Deaths(triton)
        self._searches: dict[str, asyncio.Task[None]] = {}
        self.running: dict[str, asyncio.Task[None]] = {}
        self._tries: Counter[str] = Counter()
        # By called model: the dead models that its calls need, which may be itself.
        self._below: defaultdict[str, set[str]] = defaultdict(set)
        self._lost: set[str] = set()

    def note(self, statistics: Iterable[service_pb2.ModelStatistics]) -> None:
        """Takes the statistics of a catalogue refresh."""
        self._deaths.note(statistics)

    def search(self, model: str, processes: Collection[str] = ()) -> None:
        """Starts a search after a call of `model` failed: this model may be dead, or one that it calls.

        `processes` are those that the error reported as dead.
        """
        _start(self._searches, model, partial(self._search, model, processes))

    def answered(self, model: str) -> None:
        if not (self._tries or self._lost or self._below):
            return
        for name in (model, *self._below.pop(model, ())):
            self._tries.pop(name, None)
            self._lost.discard(name)

    def is_suspected(self, model: str) -> bool:
        """Whether a call of it failed just now, and it is not known yet if a process died."""
        return model in self._searches

    def is_reviving(self, model: str) -> bool:
        """Whether the model, or one that it is known to call, is being restarted."""
        return model in self.running or not self.running.keys().isdisjoint(self._below.get(model, ()))

    async def aclose(self) -> None:
        """Waits for running restarts if it can: a process that ends between unload and load leaves a model unloaded."""
        for search in self._searches.values():
            search.cancel()
        if self.running:
            _, late = await asyncio.wait(self.running.values(), timeout=_FINISH_WITHIN)
            for task in late:
                task.cancel()

    async def _search(self, model: str, processes: Collection[str]) -> None:
        for pause in (_SEARCH_AFTER, *(_SEARCH_AGAIN_AFTER if processes else ())):
            await asyncio.sleep(pause)
            try:
                dead = await self._deaths.find(processes)
                known = {entry.name for entry in await self._triton.index()} if dead else set()
            except grpc.aio.AioRpcError as error:
                logger.info("No search for dead models: %s %s", error.code().name, error.details())
                continue
            if dead:
                self._begin(model, dead, known)
                return

    def _begin(self, model: str, dead: Mapping[str, bool], known: Collection[str]) -> None:
        for name, named in dead.items():
            if name not in known:
                self._give_up(name)
                continue
            if named:
                self._below[model].add(name)
            _start(self.running, name, partial(self._revive, name))

    def _give_up(self, model: str) -> None:
        """Logs once for each death that a call finds."""
        if model not in self._lost:
            self._lost.add(model)
            logger.error(
                "The process of model %r died. The model was loaded from files in a load call, which Triton does not "
                "keep. Load it again in the same way.",
                model,
            )

    async def _revive(self, model: str) -> None:
        # A model that dies at every call is loaded again less and less often: no pause first, then 2, 4, 8 seconds.
        tries = self._tries[model] = min(self._tries[model] + 1, 7)
        pause = min(2.0 ** (tries - 1), _LONGEST_PAUSE) if tries > 1 else 0.0
        # Several processes notice at once. A random pause spreads them, so that all but the first find the work done.
        pause += random.uniform(0, 0.5)  # noqa: S311 - nothing is to be kept secret
        try:
            if await self._stays_dead(model, pause) and await loading.load_again(self._triton, model):
                logger.warning("The process of model %r died; the model was loaded again.", model)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:  # unloaded in the meantime, perhaps on purpose
                logger.error("Model %r could not be loaded again: %s %s", model, error.code().name, error.details())
        await self._then()

    async def _stays_dead(self, model: str, seconds: float) -> bool:
        """False as soon as another process has loaded the model: this one need not wait until its pause is over."""
        end = asyncio.get_running_loop().time() + seconds
        before = await loading.times(self._triton, model)
        while before is not None and (left := end - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(min(left, _LOOK_EVERY))
            if await loading.times(self._triton, model) != before:
                return False
        return before is not None


def _start(tasks: dict[str, asyncio.Task[None]], name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Starts a task unless one of this name runs; it removes itself when it ends."""
    if name in tasks:
        return
    tasks[name] = asyncio.create_task(work())
    tasks[name].add_done_callback(lambda ended: _end(tasks, name, ended))


def _end(tasks: dict[str, asyncio.Task[None]], name: str, ended: "asyncio.Task[None]") -> None:
    del tasks[name]
    # The next failed call starts another one.
    if not ended.cancelled() and (error := ended.exception()):
        logger.error("The restart of model %r failed.", name, exc_info=error)
