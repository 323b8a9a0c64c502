"""The models Triton holds, as last seen: what they declare, which versions are ready."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import grpc
from tritonclient.grpc import service_pb2

import errors
from inference.declarations import Declaration, DeclarationError
from inference.triton import Triton
from telemetry import loops

logger = logging.getLogger(__name__)

_REFRESH_EVERY = timedelta(seconds=2)
# The index, then all declarations at once, each with five seconds; and perhaps a look of the revival's before it.
_REFRESH_WITHIN = timedelta(seconds=25)
# What Triton, or the reading of its answer, says of one configuration; anything else is about the server.
_ABOUT_ONE_MODEL = frozenset(
    {
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.UNKNOWN,
    }
)


@dataclass(frozen=True, slots=True)
class Model:
    """`versions` are all in the repository, `ready` those that answer; both rise."""

    declaration: Declaration
    versions: tuple[str, ...]
    ready: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.declaration.name

    @property
    def version(self) -> str | None:
        return self.ready[-1] if self.ready else None


@dataclass(slots=True)
class _Seen:
    versions: list[str] = field(default_factory=list)
    ready: list[str] = field(default_factory=list)


class Catalogue:
    """Kept fresh by `watch`; between two looks, and while Triton is away, it answers as it last saw."""

    def __init__(self, triton: Triton) -> None:
        self._triton = triton
        self._models: Mapping[str, Model] | None = None
        self._refreshing = asyncio.Lock()
        self._unreadable: dict[str, str] = {}
        self.seen = asyncio.Event()
        self.changed = asyncio.Event()

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """By name; empty until Triton was seen."""
        return tuple(model.declaration for model in (self._models or {}).values())

    def models(self) -> list[Model]:
        """By name. Raises ModelUnavailable as long as Triton was never seen."""
        return [self._as_it_is(model) for model in self._known().values()]

    def find(self, name: str) -> Model | None:
        """Raises ModelUnavailable as long as Triton was never seen."""
        model = self._known().get(name)
        return model and self._as_it_is(model)

    async def watch(self) -> None:
        await loops.forever("catalogue", self._look, every=self._pause, within=_REFRESH_WITHIN)

    async def _look(self) -> None:
        if self._triton.up:
            await self.refresh()

    def _pause(self) -> timedelta:
        # An unseen server is looked for more often: until it is there, this service can do nothing with models.
        return _REFRESH_EVERY if self._models is not None else timedelta(seconds=0.1)

    async def refresh(self) -> None:
        # One look after the other: of two at once, the older might be written last.
        async with self._refreshing:
            await self._refresh()

    async def _refresh(self) -> None:
        try:
            seen = _by_name(await self._triton.index())
            declarations = await asyncio.gather(*(self._declaration(name, seen[name]) for name in sorted(seen)))
        except grpc.aio.AioRpcError as error:
            logger.warning("The catalogue could not be read: %s %s", error.code().name, error.details())
            return
        before = self.declarations
        self._models = {
            found.name: Model(found, tuple(seen[found.name].versions), tuple(seen[found.name].ready))
            for found in declarations
            if found is not None
        }
        self.seen.set()
        if self.declarations != before:
            self.changed.set()

    def _known(self) -> Mapping[str, Model]:
        if self._models is None:
            raise errors.ModelUnavailable("The inference server has not answered yet. Try again in a few seconds.")
        return self._models

    def _as_it_is(self, model: Model) -> Model:
        return replace(model, ready=()) if self._triton.up is False else model

    async def _declaration(self, name: str, seen: _Seen) -> Declaration | None:
        """The last one known for a model that is not ready: Triton shows the configuration of ready ones only."""
        model = (self._models or {}).get(name)
        known = model.declaration if model else None
        if not seen.ready:
            return known
        try:
            declaration = Declaration.from_config(await self._triton.config(name))
        except grpc.aio.AioRpcError as error:
            if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.NOT_FOUND) and self._triton.up:
                return known  # unloaded since the index was read
            if error.code() not in _ABOUT_ONE_MODEL:
                raise
            self._complain(name, f"Model {name!r}: its configuration cannot be read: {error.details()}.")
            return None
        # Whatever is wrong with it, the others are served.
        except Exception as error:
            said = str(error) if isinstance(error, DeclarationError) else f"Model {name!r}: {error!r}."
            self._complain(name, said)
            return None
        self._unreadable.pop(name, None)
        return declaration

    def _complain(self, name: str, problem: str) -> None:
        """Once, not at every look."""
        if self._unreadable.get(name) != problem:
            logger.error("%s The model is not served.", problem)
        self._unreadable[name] = problem


def _by_name(index: Iterable[service_pb2.RepositoryIndexResponse.ModelIndex]) -> dict[str, _Seen]:
    seen: dict[str, _Seen] = defaultdict(_Seen)
    for entry in index:
        model = seen[entry.name]
        if entry.version:
            model.versions.append(entry.version)
        if entry.state == "READY":
            model.ready.append(entry.version)
    for model in seen.values():
        model.versions.sort(key=int)
        model.ready.sort(key=int)
    return seen
