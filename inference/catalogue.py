"""The models of all Tritons, joined from what was read of each: their declarations, and which versions are ready."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, NamedTuple

import errors
from inference.declarations import Declaration
from telemetry import metrics

if TYPE_CHECKING:
    from inference.reading import Reading

logger = logging.getLogger(__name__)

# The most models that a log line names.
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Model:
    """`versions` are all versions in the repository, `ready` those that answer. Both are in ascending order.

    `declaration` is that of the newest version that is or was ready. `by_version` has those of all ready versions.
    """

    declaration: Declaration
    versions: tuple[str, ...]
    ready: tuple[str, ...]
    by_version: Mapping[str, Declaration] = field(default_factory=dict)
    name: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.declaration.name)

    @property
    def version(self) -> str | None:
        return self.ready[-1] if self.ready else None

    def declared(self, version: str) -> Declaration:
        """The declaration of that version. If it became ready after the last refresh: that of the newest known."""
        return self.by_version.get(version, self.declaration)

    def only(self, version: str) -> "Model":
        """The model as if it had only this version."""
        ready = tuple(found for found in self.ready if found == version)
        return replace(self, declaration=self.declared(version), ready=ready)


class Joined(NamedTuple):
    """A model of some Tritons, which are named by their numbers.

    `hosts` declare it alike. `differing` have versions of it that are ready, and declare it differently; each with what
    differs.
    """

    model: Model
    hosts: tuple[int, ...]
    differing: Mapping[int, str]


class Catalogue:
    """`join` takes over what the readings have read. Before the first one it has no models."""

    def __init__(self, readings: "Sequence[Reading]", servers: Sequence[str]) -> None:
        """`servers` are the names of the Tritons, in the order of the readings."""
        self.declarations: tuple[Declaration, ...] = ()
        # Counts how often they have changed.
        self.generation = 0
        self.seen = asyncio.Event()
        self.changed = asyncio.Event()
        self._readings = readings
        self._servers = servers
        self._joined: Mapping[str, Joined] = {}
        # Those that only one Triton has, with its reading.
        self._alone: Mapping[str, Reading] = {}
        self._public_models = ""
        # What was last logged of each model that some Triton declares differently.
        self._differences: dict[tuple[str, int], str] = {}

    def models(self) -> list[Model]:
        """By name. Raises ModelUnavailable until a Triton answered once."""
        if not self.seen.is_set():
            raise _not_read()
        return [self._current(name, joined) for name, joined in self._joined.items()]

    def find(self, name: str) -> Model | None:
        """Raises ModelUnavailable where a Triton that may have the model has never answered."""
        alone = self._alone.get(name)
        if alone is not None and (model := alone.current(name)) is not None:
            return model
        joined = self._joined.get(name)
        if joined is not None:
            return self._current(name, joined)
        if not all(reading.seen.is_set() for reading in self._readings):
            raise _not_read()
        return None

    def hosts(self, name: str) -> Sequence[int]:
        """The numbers of the Tritons that have the model and declare it as the catalogue does."""
        joined = self._joined.get(name)
        return () if joined is None else joined.hosts

    def join(self) -> None:
        """To be called after each refresh of a reading."""
        self._joined = joined([reading.models or {} for reading in self._readings])
        self._alone = {
            name: self._readings[found.hosts[0]] for name, found in self._joined.items() if len(found.hosts) == 1
        }
        before, self.declarations = self.declarations, tuple(found.model.declaration for found in self._joined.values())
        self.seen.set()
        if self.declarations != before:
            self.generation += 1
            self.changed.set()
        self._note_differences()
        self._log_public_models()

    def _current(self, name: str, joined: Joined) -> Model:
        """With the versions that are ready now."""
        models = [self._readings[host].current(name) for host in joined.hosts]
        if len(models) == 1 and models[0] is not None:
            return models[0]
        ready = _versions(model.ready for model in models if model is not None)
        return joined.model if ready == joined.model.ready else replace(joined.model, ready=ready)

    def _note_differences(self) -> None:
        """Logs each once, and again if something else differs."""
        found = {}
        for name, joined in self._joined.items():
            for number, what in joined.differing.items():
                found[name, number] = (
                    f"Model {name!r} of Triton at {self._servers[number]} is not called: Triton at "
                    f"{self._servers[joined.hosts[0]]} declares it differently ({what}). It is called again once both "
                    "declare it alike."
                )
        for key, said in found.items():
            if self._differences.get(key) != said:
                logger.error("%s", said)
        for name, number in self._differences.keys() - found.keys():
            logger.info("Model %r of Triton at %s is called again.", name, self._servers[number])
        self._differences = found
        for number, server in enumerate(self._servers):
            count = sum(which == number for _, which in found)
            metrics.TRITON_SERVER_DIFFERING_MODELS.labels(server).set(count)

    def _log_public_models(self) -> None:
        """Logs them at the first refresh and at changes, because a model that is not public can seem to be missing."""
        public = [found.name for found in self.declarations if found.public]
        others = [found.name for found in self.declarations if not found.public]
        models = f"Public models: {_listed(public)}."
        if others:
            models += (
                f" Not public: {_listed(others)}. Only users whose plan names such a model see it; "
                'to open it to all callers add gatehouse.public = "true" to its config.pbtxt (docs/models.md).'
            )
        if models != self._public_models:
            logger.info("%s", models)
        self._public_models = models


def joined(readings: "Sequence[Mapping[str, Model]]") -> dict[str, Joined]:
    """By name. The first Triton on which the model is ready says how it is declared.

    If it is ready on none, this is the first that has it. Others are left out for this model unless their declaration
    of each version is the same. Where two have no version in common, those of their newest versions are compared.
    """
    names = sorted({name for models in readings for name in models})
    return {name: _join({n: models[name] for n, models in enumerate(readings) if name in models}) for name in names}


def _join(found: Mapping[int, Model]) -> Joined:
    first = next((number for number, model in found.items() if model.ready), min(found))
    joined, hosts, differing = found[first], [first], {}
    for number, model in found.items():
        if number == first:
            continue
        if what := _difference(joined, model):
            if model.ready:
                differing[number] = what
            continue
        hosts.append(number)
        joined = _both(joined, model)
    return Joined(joined, tuple(hosts), differing)


def _both(one: Model, other: Model) -> Model:
    newest = max((one, other), key=lambda model: max(map(int, model.by_version), default=0))
    return Model(
        newest.declaration,
        _versions((one.versions, other.versions)),
        _versions((one.ready, other.ready)),
        {**one.by_version, **other.by_version},
    )


def _difference(one: Model, other: Model) -> str:
    """The parts of the declarations that differ; empty if none do."""
    common = one.by_version.keys() & other.by_version.keys()
    pairs = [(one.by_version[version], other.by_version[version]) for version in common]
    names = [
        part.name
        for part in fields(Declaration)
        if part.compare
        and any(
            getattr(a, part.name) != getattr(b, part.name) for a, b in pairs or [(one.declaration, other.declaration)]
        )
    ]
    return ", ".join(names)


def _versions(of_each: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(sorted({version for versions in of_each for version in versions}, key=int))


def _not_read() -> errors.ModelUnavailable:
    return errors.ModelUnavailable("The inference server has not answered yet. Try again in a few seconds.")


def _listed(names: Sequence[str]) -> str:
    """The first 20 names, and how many more there are."""
    return ", ".join([*names[:_NAMED], *([f"{len(names) - _NAMED} more"] if len(names) > _NAMED else [])]) or "none"
