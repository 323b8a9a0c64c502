"""The models of one Triton, as last read: their declarations, and which versions are ready."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

import grpc
from tritonclient.grpc import model_config_pb2, service_pb2

from inference.catalogue import Model
from inference.declarations import Declaration, DeclarationError, as_its_steps
from inference.revival import Revival
from inference.triton import Triton
from telemetry import loops

logger = logging.getLogger(__name__)

_REFRESH_EVERY = timedelta(seconds=2)
# Five seconds each for the index, the statistics, the newest declarations and those of older versions. A refresh that
# the revival started may have to end first.
_REFRESH_WITHIN = timedelta(seconds=45)
# With these statuses, one configuration cannot be read. With any other, the server has failed.
_ABOUT_ONE_MODEL = frozenset(
    {
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.UNKNOWN,
    }
)

_STATISTICS: Literal["statistics"] = "statistics"
# What a problem is about: a version of a model, by name and number, or Triton's statistics.
_Subject = tuple[str, str] | Literal["statistics"]


@dataclass(slots=True)
class _Seen:
    versions: list[str] = field(default_factory=list)
    ready: list[str] = field(default_factory=list)


def _nothing() -> None: ...


class Reading:
    """`watch` keeps it fresh. Between two refreshes, and while Triton is down, it is what was last read."""

    def __init__(self, triton: Triton, revival: Revival, then: Callable[[], None] = _nothing) -> None:
        """`then` is called after each refresh."""
        # By name; None until Triton answered once.
        self.models: Mapping[str, Model] | None = None
        self.seen = asyncio.Event()
        self._triton = triton
        self._then = then
        self._revival = revival
        self._refreshing = asyncio.Lock()
        self._statistics: Sequence[service_pb2.ModelStatistics] = ()
        # The last logged problem of each subject, so that it is not logged again at every refresh.
        self._problems: dict[_Subject, str] = {}
        # The declarations of the last refresh, by model and ready version. None if one cannot be read.
        self._read: dict[str, dict[str, Declaration | None]] = {}
        # Each configuration as last read, and what it declares: to work that out takes longer than to read it.
        self._configs: dict[tuple[str, str], tuple[model_config_pb2.ModelConfig, Declaration]] = {}
        self._refreshes = 0

    def current(self, name: str) -> Model | None:
        """As last read, with the versions that are ready now."""
        model = self.models.get(name) if self.models is not None else None
        if model is None or (self._triton.up is not False and not self._revival.running):
            return model
        is_away = self._triton.up is False or self._revival.is_reviving(name)
        return replace(model, ready=()) if is_away else model

    async def watch(self) -> None:
        await loops.forever("catalogue", self._refresh_if_up, every=self._pause, within=_REFRESH_WITHIN)

    async def refresh(self) -> None:
        # One refresh at a time: of two at once, the older one might be stored last.
        async with self._refreshing:
            await self._refresh()

    async def _refresh_if_up(self) -> None:
        if self._triton.up:
            await self.refresh()

    def _pause(self) -> timedelta:
        # Until Triton answers once, this service cannot use models, so it tries more often.
        return _REFRESH_EVERY if self.models is not None else timedelta(seconds=0.1)

    async def _refresh(self) -> None:
        try:
            seen = _by_name(await self._triton.index())
            _add_unlisted(seen, await self._loaded())
            read = await asyncio.gather(*(self._declarations(name, seen[name]) for name in sorted(seen)))
        except grpc.aio.AioRpcError as error:
            why = error.code().name, error.details()
            logger.warning("The models of %s could not be read: %s %s", self._triton.title, *why)
            return
        self._read = dict(zip(sorted(seen), read, strict=True))
        self._configs = {key: kept for key, kept in self._configs.items() if key[0] in seen}
        self._refreshes += 1
        self.models = _models(seen, self._read)
        self.seen.set()
        self._then()

    async def _loaded(self) -> Sequence[service_pb2.ModelStatistics]:
        """All loaded versions. If Triton refuses, as when its statistics need a key, those of the last refresh."""
        try:
            self._statistics = await self._triton.statistics()
            self._revival.note(self._statistics)
            self._problems.pop(_STATISTICS, None)
        except grpc.aio.AioRpcError as error:
            title = self._triton.title
            problem = f"{title}'s statistics cannot be read ({error.code().name}): dead models cannot be found."
            self._log_once(_STATISTICS, problem)
        return self._statistics

    async def _declarations(self, name: str, seen: _Seen) -> dict[str, Declaration | None]:
        """Of each ready version, ascending. If none is ready, the last known ones: Triton shows only ready ones.

        Once the declarations are known, a refresh makes at most two calls for each model: it reads the newest one, and
        one older version in turn. It reads all of them if the newest or the list of versions has changed.
        """
        known = self._read.get(name, {})
        if not seen.ready:
            return known
        *older, newest = seen.ready
        found = {newest: await self._declaration(name, newest)}
        is_known = found[newest] == known.get(newest) and known.keys() == set(seen.ready)
        due = [older[self._refreshes % len(older)]] if is_known and older else older
        found |= zip(due, await asyncio.gather(*(self._declaration(name, version) for version in due)), strict=True)
        return {version: found[version] if version in found else known[version] for version in seen.ready}

    async def _declaration(self, name: str, version: str) -> Declaration | None:
        known = self._read.get(name, {}).get(version)
        try:
            declaration = self._declared_by(await self._triton.config(name, version), name, version)
        except grpc.aio.AioRpcError as error:
            if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.NOT_FOUND) and self._triton.up:
                return known  # it was unloaded after the index was read
            if error.code() not in _ABOUT_ONE_MODEL:
                raise
            self._log_unreadable(name, version, f"Model {name!r}: its configuration cannot be read: {error.details()}.")
            return None
        # A model that cannot be read must not keep the others from being served.
        except Exception as error:
            problem = str(error) if isinstance(error, DeclarationError) else f"Model {name!r}: {error!r}."
            self._log_unreadable(name, version, problem)
            return None
        self._problems.pop((name, version), None)
        return declaration

    def _declared_by(self, config: model_config_pb2.ModelConfig, name: str, version: str) -> Declaration:
        """Raises DeclarationError."""
        before = self._configs.get((name, version))
        if before is not None and before[0] == config:
            return before[1]
        declaration = Declaration.from_config(config)
        self._configs[name, version] = config, declaration
        return declaration

    def _log_unreadable(self, name: str, version: str, problem: str) -> None:
        by = f" by {self._triton.title}" if self._triton.address else ""
        self._log_once((name, version), f"{problem} The model is not served{by}.")

    def _log_once(self, subject: _Subject, problem: str) -> None:
        if self._problems.get(subject) != problem:
            logger.error("%s", problem)
        self._problems[subject] = problem


def _models(seen: Mapping[str, _Seen], read: Mapping[str, Mapping[str, Declaration | None]]) -> dict[str, Model]:
    """By name. Leaves out a model whose newest declaration is unreadable; another unreadable version is not ready."""
    newest = {name: found[max(found, key=int)] for name, found in read.items() if found}
    served = {name: declaration for name, declaration in newest.items() if declaration is not None}
    models = {}
    for name, declaration in served.items():
        by_version = {
            version: as_its_steps(found, served) for version, found in read[name].items() if found is not None
        }
        ready = tuple(version for version in seen[name].ready if version in by_version)
        models[name] = Model(as_its_steps(declaration, served), tuple(seen[name].versions), ready, by_version)
    return models


def _by_name(index: Iterable[service_pb2.RepositoryIndexResponse.ModelIndex]) -> dict[str, _Seen]:
    seen: dict[str, _Seen] = defaultdict(_Seen)
    for entry in index:
        model = seen[entry.name]
        if entry.version:
            model.versions.append(entry.version)
        if entry.state == "READY":
            model.ready.append(entry.version)
    _sort(seen)
    return seen


def _add_unlisted(seen: dict[str, _Seen], loaded: Iterable[service_pb2.ModelStatistics]) -> None:
    """Adds models that were loaded from files in a load call, which the index leaves out."""
    unlisted = [version for version in loaded if version.name not in seen]
    for version in unlisted:
        seen[version.name].versions.append(version.version)
        seen[version.name].ready.append(version.version)
    _sort(seen)


def _sort(seen: Mapping[str, _Seen]) -> None:
    for model in seen.values():
        model.versions.sort(key=int)
        model.ready.sort(key=int)
